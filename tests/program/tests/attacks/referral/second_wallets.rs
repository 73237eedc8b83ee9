//! One person behind all the wallets: he refers himself over three levels, cranks his own charges,
//! climbs the tiers, takes discounts, is refunded and claims. What comes back is less than the price.

use proptest::{prelude::*, test_runner::TestCaseError};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{OrgSettings, Subscription, SubscriptionState, Tier},
        args::CreatePlanArgs,
        events::Settlement,
    },
};
use world::{FUNDS, PRICE, World, key};

/// The terms that an org could be careless enough to offer.
#[derive(Debug, Clone, Copy)]
struct Terms {
    commission_bps: [u16; 3],
    discounts_bps: [u16; 2],
    boost_bps: u16,
    hold_secs: u32,
    price: u64,
    /// Of what the shares leave of the least price, hundredths.
    keeper_fee: u64,
}

fn terms() -> impl Strategy<Value = Terms> {
    let commission = (0..=5_000u16, 0..=100u16, 0..=100u16).prop_map(|(all, second, third)| {
        let second = all / 100 * second / 2;
        let third = all / 100 * third / 2;
        [all - second - third, second, third]
    });
    let price = prop_oneof![1..20u64, 1_000..PRICE, Just(PRICE)];
    (
        commission,
        0..=5_000u16,
        0..=5_000u16,
        0..=10_000u16,
        0..200_000u32,
        price,
        0..100u64,
    )
        .prop_map(
            |(commission_bps, first, second, boost_bps, hold_secs, price, keeper_fee)| Terms {
                commission_bps,
                discounts_bps: [first, second],
                boost_bps,
                hold_secs,
                price,
                keeper_fee,
            },
        )
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Subscribe(usize),
    /// Waits until the next payment is due, this much late in hundredths of the grace time.
    Charge(usize, i64),
    Cancel(usize),
    Invoice(usize, u64),
    /// Hundredths of what is left of the last payment.
    Refund(usize, u64),
    Claim(usize),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..4usize;
    let step = prop_oneof![
        2 => who.clone().prop_map(Step::Subscribe),
        4 => (who.clone(), 0..=100i64).prop_map(|(who, late)| Step::Charge(who, late)),
        1 => who.clone().prop_map(Step::Cancel),
        1 => (who.clone(), prop_oneof![1..10u64, 1..PRICE]).prop_map(|(who, it)| Step::Invoice(who, it)),
        1 => (who.clone(), 1..=100u64).prop_map(|(who, part)| Step::Refund(who, part)),
        2 => who.prop_map(Step::Claim),
        1 => (1..400_000i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..30)
}

/// The person, and the org that he pays.
struct Person {
    world: World,
    wallets: [(Keypair, Address); 4],
    /// Where his charges' fees go.
    keeper: Address,
    /// Fees for charges of each wallet's last period, which he keeps when that is refunded.
    fees: [u64; 4],
    /// Of these, what the org gave him with refunds: it gives the whole debit back.
    given: u64,
}

impl Person {
    fn new(terms: &Terms) -> Self {
        let mut world = World::new();
        let tier = |points_threshold, discount_bps| Tier {
            points_threshold,
            points_boost_bps: terms.boost_bps,
            discount_bps,
            spare: [0; 4],
        };
        let update = world.update_org(OrgSettings {
            commission_bps: terms.commission_bps,
            hold_secs: terms.hold_secs,
            tiers: [
                tier(1_500, terms.discounts_bps[0]),
                tier(4_000, terms.discounts_bps[1]),
                Tier::UNUSED,
                Tier::UNUSED,
            ],
            ..world.org_settings()
        });
        world.send(&[update], &[&key(2)]).expect("update_org");
        let largest = terms.discounts_bps[0].max(terms.discounts_bps[1]);
        let part = |amount: u64, bps: u16| amount * u64::from(bps) / 10_000;
        let least = terms.price - part(terms.price, largest);
        let shares = part(least, terms.commission_bps.iter().sum());
        // The highest fee that a plan may have leaves the merchant one unit.
        let keeper_fee_cap = (least - shares - 1) * terms.keeper_fee / 99;
        let args = CreatePlanArgs {
            price: terms.price,
            price_floor: terms.price,
            price_ceiling: terms.price,
            keeper_fee_cap,
            ..world.create_plan_args()
        };
        world.plan = world.add_plan(args).plan;
        let wallets = world.referral_chain();
        let keeper = world.create_token_account(&wallets[0].0.pubkey(), 0);
        // What others paid, so that whatever the org refunds it can.
        let merchant = world.destination;
        world.edit_token(&merchant, |token| token.amount = FUNDS);
        Self {
            world,
            wallets,
            keeper,
            fees: [0; 4],
            given: 0,
        }
    }

    fn state(&self, who: usize) -> Option<Subscription> {
        let address = self.world.subscription_address(&self.wallets[who].0);
        self.world.find(&address)
    }

    /// What he has: his balances and what he is owed, less what he owes; and the merchant's balance.
    fn worth(&self) -> (u64, u64) {
        let world = &self.world;
        let accounts = self.wallets.iter().map(|(_, token)| token);
        let held: u64 = accounts
            .chain([&self.keeper])
            .map(|it| world.balance(it))
            .sum();
        let ledgers = self
            .wallets
            .each_ref()
            .map(|(wallet, _)| world.ledger(wallet));
        let owed: u64 = ledgers
            .iter()
            .map(|it| it.owed().expect("no overflow"))
            .sum();
        let debts: u64 = ledgers.iter().map(|it| it.debt).sum();
        // Whatever he does, the vault holds what is owed, and no token comes from nowhere.
        let vault = world.balance(&world.vault());
        assert_eq!(vault, owed);
        let merchant = world.balance(&world.destination);
        assert_eq!(held + vault + merchant, 5 * FUNDS);
        (held + owed - debts, merchant)
    }

    /// Does one thing, if the program lets him.
    fn play(&mut self, step: Step) {
        let (worth, _) = self.worth();
        let world = &mut self.world;
        let (instructions, who) = match step {
            Step::Subscribe(who) => {
                let (wallet, token) = &self.wallets[who];
                let args = world.subscribe_args();
                (vec![world.subscribe(wallet, *token, args)], who)
            }
            Step::Charge(who, late) => {
                let Some(it) = self.state(who) else { return };
                if !SubscriptionState::is_live(it.state) {
                    return;
                }
                let world = &mut self.world;
                let grace = i64::from(world.plan_account().grace_secs);
                let wait = it.next_due + grace * late / 100 - world.now();
                world.advance(wait.max(0));
                let keeper = Some(self.keeper);
                (vec![world.charge(&self.wallets[who].0, keeper)], who)
            }
            Step::Cancel(who) => {
                if self.state(who).is_none() {
                    return;
                }
                (vec![self.world.cancel(&self.wallets[who].0)], who)
            }
            Step::Invoice(who, amount) => {
                let id = u64::try_from(world.events.len()).expect("few");
                let args = world.invoice_args(id, amount);
                let (wallet, token) = &self.wallets[who];
                (world.pay_invoice(wallet, *token, args).to_vec(), who)
            }
            Step::Refund(who, part) => {
                let Some(it) = self.state(who) else { return };
                let left = it.period_debit - it.period_refunded;
                let amount = u64::try_from(u128::from(left) * u128::from(part) / 100);
                let amount = amount.expect("a part of it");
                (vec![self.world.refund(&self.wallets[who].0, amount)], who)
            }
            Step::Claim(who) => {
                let (wallet, token) = &self.wallets[who];
                (vec![world.claim(wallet, *token, u64::MAX)], who)
            }
            Step::Wait(secs) => return world.advance(secs),
        };
        let signers = [&self.wallets[who].0, &key(2), &key(4)];
        let Ok(sent) = self.world.send(&instructions, &signers) else {
            assert_eq!(self.worth().0, worth, "refused, and nothing moved");
            return;
        };
        let (after, _) = self.worth();
        let event = sent.event();
        match (&event, event.settlement()) {
            (Event::Refunded(refund, _), _) => {
                assert!(after >= worth && after - worth <= refund.amount);
                self.given += std::mem::take(&mut self.fees[who]);
            }
            (_, Some((money, shares))) if money.debit > 0 => {
                // An invoice pays no period.
                if !matches!(step, Step::Invoice(..)) {
                    self.fees[who] = money.keeper_fee;
                }
                assert_payment(money, shares.iter().map(|share| share.amount).sum());
                // He is poorer by what the merchant keeps of it.
                assert_eq!(worth - after, money.merchant - money.debt_repaid);
            }
            _ => assert_eq!(after, worth),
        }
    }
}

/// What comes back of a payment, by all ways together, is less than it.
fn assert_payment(money: &Settlement, shares: u64) {
    assert!(shares + money.keeper_fee < money.debit, "{money:?}");
    assert!(money.merchant > money.debt_repaid, "{money:?}");
}

/// Plays steps behind a payment that is refunded when all of its commission was claimed, and the next
/// one: after each, the person has no more than before and was given.
fn gains_nothing(terms: &Terms, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut person = Person::new(terms);
    let start = person.worth().0;
    let claims = (0..3).map(Step::Claim);
    let debts = [Step::Refund(3, 100), Step::Charge(3, 100)];
    let first = [Step::Subscribe(3), Step::Wait(200_000)];
    for step in first.into_iter().chain(claims).chain(debts).chain(steps) {
        person.play(step);
        prop_assert!(person.worth().0 <= start + person.given);
    }
    // All that is held is claimed: what he has then, he has in hand.
    person.world.advance(2 * 200_000);
    for who in 0..4 {
        person.play(Step::Claim(who));
    }
    let (worth, merchant) = person.worth();
    prop_assert_eq!(person.world.balance(&person.world.vault()), 0);
    prop_assert!(worth <= start + person.given);
    prop_assert!(worth < start + person.given || merchant <= FUNDS);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 16,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_persons_own_wallets_get_back_less_than_they_pay(terms in terms(), steps in steps()) {
        gains_nothing(&terms, steps)?;
    }
}

/// The fee that an org gives back with a refund is the period's, whatever else was paid since.
#[test]
fn an_invoice_between_a_charge_and_its_refund_gives_nothing() -> Result<(), TestCaseError> {
    let terms = Terms {
        commission_bps: [0; 3],
        discounts_bps: [0; 2],
        boost_bps: 0,
        hold_secs: 8_031,
        price: PRICE,
        keeper_fee: 73,
    };
    gains_nothing(&terms, vec![Step::Invoice(3, 9), Step::Refund(3, 76)])
}

/// Rates that the org raises after a plan was made, and a keeper who is the customer: what comes back
/// of a later charge must not be all of it.
#[test]
fn rates_that_leave_the_merchant_nothing_are_not_signed() {
    let mut world = World::new();
    let args = CreatePlanArgs {
        price_floor: PRICE,
        keeper_fee_cap: PRICE / 2,
        ..world.create_plan_args()
    };
    world.plan = world.add_plan(args).plan;
    let update = world.update_org(OrgSettings {
        commission_bps: [2_500, 1_500, 1_000],
        ..world.org_settings()
    });
    world.send(&[update], &[&key(2)]).expect("update_org");
    let [.., (customer, token)] = world.referral_chain();
    let subscribe = world.subscribe(&customer, token, world.subscribe_args());
    world
        .send(&[subscribe], &[&customer])
        .expect_err("nothing is left")
        .assert_is(TesseraError::PriceBelowShares);
}
