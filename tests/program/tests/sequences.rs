//! Random actions of several wallets against a plain model of what they must come to.

mod actions;
mod model;

use actions::{Action, actions};
use model::Model;
use proptest::prelude::*;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::accounts::{Authority, Ledger, Member, Subscription},
};
use world::{FUNDS, HOLD, Place, Refused, Sent, World, code, key};

const WALLETS: usize = 5;
/// Plans of the org, and token accounts of each wallet.
const PLANS: usize = 2;
const TOKENS: usize = 2;
/// Code of each wallet.
const CODES: [&str; WALLETS] = ["AAA", "BBB", "CCC", "DDD", "EEE"];

/// The cluster, its wallets and the model that runs beside it.
struct Stage {
    world: World,
    keys: Vec<Keypair>,
    tokens: Vec<[Address; TOKENS]>,
    plans: [Place; PLANS],
    keeper: Address,
    model: Model,
}

impl Stage {
    fn new() -> Self {
        let mut world = World::new();
        let keys: Vec<Keypair> = (0..WALLETS)
            .map(|index| key(100 + u8::try_from(index).expect("few")))
            .collect();
        let tokens = keys
            .iter()
            .map(|key| [(); TOKENS].map(|()| world.create_token_account(&key.pubkey(), FUNDS)))
            .collect();
        let plans = [world.place_of_plan(1), world.second_plan()];
        let keeper = world.create_token_account(&key(90).pubkey(), 0);
        world
            .send(&[world.set_issuer(&key(50), 4_000)], &[&key(2)])
            .expect("set_issuer");
        Self {
            world,
            keys,
            tokens,
            plans,
            keeper,
            model: Model::new(WALLETS),
        }
    }

    /// Does `action` on the cluster and in the model, and compares whether it went through.
    fn perform(&mut self, action: &Action) {
        let expected = self.model.perform(action, self.world.now());
        let actual = self.send(action);
        assert_eq!(
            actual.is_ok(),
            expected,
            "{action:?}: {:?}",
            actual.map_err(|refused| refused.error)
        );
        if let Ok(Some(sent)) = actual {
            self.model.read(&sent.events());
        }
    }

    fn send(&mut self, action: &Action) -> Result<Option<Sent>, Refused> {
        let world = &mut self.world;
        let (instructions, wallet) = match *action {
            Action::Wait { secs } => {
                world.advance(secs);
                return Ok(None);
            }
            Action::Approve {
                wallet,
                token,
                amount,
            } => {
                let (token, owner) = (self.tokens[wallet][token], &self.keys[wallet]);
                match amount {
                    0 => world.revoke(&token, owner),
                    _ => world.approve(&token, owner, &world.delegate(&token), amount),
                }
                return Ok(None);
            }
            Action::Freeze { frozen } => {
                let vault = world.vault();
                match frozen {
                    true => world.freeze(&vault),
                    false => world.thaw(&vault),
                }
                return Ok(None);
            }
            Action::Register { wallet, referrer } => {
                let key = &self.keys[wallet];
                let referral = referrer.map(|above| (CODES[above], &self.keys[above]));
                (
                    vec![
                        world.register(key, referral),
                        world.create_code(key, code(CODES[wallet])),
                        world.open_ledger(key),
                    ],
                    wallet,
                )
            }
            Action::Subscribe {
                wallet,
                plan,
                token,
                periods,
            } => {
                if !self.model.is_member(wallet) {
                    return Err(unbuildable());
                }
                let mut args = world.subscribe_args();
                args.terms.approved_periods = periods;
                let (key, token) = (&self.keys[wallet], self.tokens[wallet][token]);
                let subscribe = |world: &mut World| world.subscribe(key, token, args);
                (vec![world.within(self.plans[plan], subscribe)], wallet)
            }
            Action::Charge {
                wallet,
                plan,
                keeper,
            } => {
                if !self.model.has_subscribed(wallet, plan) {
                    return Err(unbuildable());
                }
                let (key, keeper) = (&self.keys[wallet], keeper.then_some(self.keeper));
                let charge = |world: &mut World| world.charge(key, keeper);
                (vec![world.within(self.plans[plan], charge)], wallet)
            }
            Action::Cancel { wallet, plan } => {
                if !self.model.has_subscribed(wallet, plan) {
                    return Err(unbuildable());
                }
                let key = &self.keys[wallet];
                let cancel = |world: &mut World| world.cancel(key);
                (vec![world.within(self.plans[plan], cancel)], wallet)
            }
            Action::Claim { wallet, amount } => {
                let claim = world.claim(&self.keys[wallet], self.tokens[wallet][0], amount);
                (vec![claim], wallet)
            }
            Action::Award { wallet, points } => {
                let award = world.award(&key(50), &self.keys[wallet], points);
                (vec![award], wallet)
            }
            Action::Redeem { wallet, points } => {
                (vec![world.redeem(&self.keys[wallet], points)], wallet)
            }
        };
        let wallet = self.keys[wallet].insecure_clone();
        world.send(&instructions, &[&wallet, &key(50)]).map(Some)
    }

    /// The laws that hold after every step.
    fn check(&self) {
        let world = &self.world;
        assert_eq!(crate::audited::report(world).findings, []);
        let mut owed = 0;
        let mut tokens = world.balance(&world.destination) + world.balance(&self.keeper);
        tokens += world.balance(&world.vault());
        for (index, wallet) in self.keys.iter().enumerate() {
            let expected = &self.model.wallets[index];
            let balances = self.tokens[index].map(|token| world.balance(&token));
            let balance: u64 = balances.iter().sum();
            tokens += balance;
            assert_eq!(
                balance,
                FUNDS * TOKENS as u64 - expected.paid + expected.claimed
            );
            for (token, expected) in self.tokens[index].iter().zip(&expected.tokens) {
                self.check_approval(token, expected);
            }
            if !expected.registered {
                continue;
            }
            let member = world.member(wallet);
            assert_eq!(member.points, expected.points);
            assert_eq!(member.lifetime_points, expected.lifetime_points);
            assert_eq!(member.tier, expected.tier());
            let above = expected.referrers.map(|above| match above {
                Some(above) => self.keys[above].pubkey(),
                None => Address::default(),
            });
            assert_eq!(member.referrers, above, "referrers never change");
            world.assert_receipts::<Member>(&world.member_address(wallet));

            let ledger = world.ledger(wallet);
            let address = world.ledger_address(wallet);
            let waiting = ledger.held + ledger.queued + ledger.claimable;
            assert_eq!(waiting + ledger.claimed, self.model.accrued(&address));
            assert_eq!(ledger.claimed, expected.claimed);
            assert_eq!(ledger.owed(), Ok(waiting));
            owed += waiting;
            let (now, hold) = (world.now(), i64::from(HOLD));
            let mut today = ledger;
            today.release(now).expect("no overflow");
            let free = today.claimable + today.claimed;
            assert!(free <= expected.accrued_by(now - hold), "too early");
            assert!(free >= expected.accrued_by(now - 2 * hold), "too late");
            world.assert_receipts::<Ledger>(&address);

            for (plan, terms) in self.plans.iter().zip(&expected.subscriptions) {
                if let Some(terms) = terms {
                    self.check_subscription(plan, wallet, terms);
                }
            }
        }
        assert!(
            world.balance(&world.vault()) >= owed,
            "the vault is solvent"
        );
        assert_eq!(tokens, world.supply(), "no token appears or vanishes");
        assert_eq!(self.model.merchant, world.balance(&world.destination));
        assert_eq!(self.model.keeper, world.balance(&self.keeper));
    }

    /// What the token account approves, what its authority says of that, and what the wallet's
    /// subscriptions may still take from it.
    fn check_approval(&self, token: &Address, expected: &model::Token) {
        let state = self.world.token(token);
        assert_eq!(state.delegate.is_some(), expected.approved > 0);
        assert_eq!(state.delegated_amount, expected.approved);
        let delegate = self.world.delegate(token);
        let Some(authority) = self.world.find::<Authority>(&delegate) else {
            assert_eq!(expected.generation, 0);
            return;
        };
        assert_eq!(authority.outstanding, expected.outstanding);
        assert_eq!(authority.live_subscriptions, expected.live);
        if !expected.touched {
            assert_eq!(expected.approved, expected.outstanding);
        }
    }

    fn check_subscription(&self, plan: &Place, wallet: &Keypair, terms: &model::Terms) {
        let world = &self.world;
        let address = address::subscription(&plan.plan, &wallet.pubkey());
        let subscription: Subscription = world.account(&address);
        assert_eq!(subscription.paid_through, terms.paid_through);
        assert_eq!(subscription.periods_paid, terms.periods_paid);
        assert_eq!(subscription.periods_left(), terms.left());
        let elapsed = (world.now() - subscription.subscribed_at) / model::PERIOD;
        assert!(i64::from(subscription.periods_paid) <= elapsed + 1);
        world.assert_receipts::<Subscription>(&address);
    }
}

fn unbuildable() -> Refused {
    Refused {
        error: solana_transaction_error::TransactionError::AccountNotFound,
        logs: vec![],
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_balance_is_the_sum_of_its_receipts(actions in actions()) {
        let mut stage = Stage::new();
        for action in &actions {
            stage.perform(action);
            stage.check();
        }
    }
}

#[test]
fn the_model_reaches_every_kind_of_event() {
    use Action::{Award, Cancel, Charge, Claim, Redeem, Register, Subscribe, Wait};
    let mut stage = Stage::new();
    for action in [
        Register {
            wallet: 0,
            referrer: None,
        },
        Register {
            wallet: 1,
            referrer: Some(0),
        },
        Subscribe {
            wallet: 1,
            plan: 0,
            token: 0,
            periods: 3,
        },
        Wait {
            secs: model::PERIOD,
        },
        Charge {
            wallet: 1,
            plan: 0,
            keeper: true,
        },
        Claim {
            wallet: 0,
            amount: u64::MAX,
        },
        Award {
            wallet: 0,
            points: 9,
        },
        Redeem {
            wallet: 1,
            points: 3,
        },
        Cancel { wallet: 1, plan: 0 },
    ] {
        stage.perform(&action);
        stage.check();
    }
    let kinds: std::collections::HashSet<&str> = stage
        .world
        .events
        .iter()
        .map(|raw| Event::decode(raw).expect("event").name())
        .collect();
    assert_eq!(kinds.len(), 13);
}
