//! Random actions of several wallets against a plain model of what they must come to.

mod model;

use model::Model;
use proptest::prelude::*;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    types::accounts::{Ledger, Member, Subscription},
};
use world::{FUNDS, HOLD, Refused, Sent, World, code, key};

const WALLETS: usize = 5;
/// Code of each wallet.
const CODES: [&str; WALLETS] = ["AAA", "BBB", "CCC", "DDD", "EEE"];

#[derive(Debug, Clone)]
enum Action {
    Register {
        wallet: usize,
        referrer: Option<usize>,
    },
    Subscribe {
        wallet: usize,
        periods: u32,
    },
    Charge {
        wallet: usize,
        keeper: bool,
    },
    Cancel {
        wallet: usize,
    },
    Claim {
        wallet: usize,
        amount: u64,
    },
    Award {
        wallet: usize,
        points: u64,
    },
    Redeem {
        wallet: usize,
        points: u64,
    },
    Revoke {
        wallet: usize,
    },
    Wait {
        secs: i64,
    },
}

/// First most wallets register, each below an earlier one or none; then anything happens.
fn actions() -> impl Strategy<Value = Vec<Action>> {
    let beginning: Vec<_> = (0..WALLETS - 1)
        .map(|wallet| {
            let above = match wallet {
                0 => Just(None).boxed(),
                _ => prop::option::weighted(0.8, 0..wallet).boxed(),
            };
            above.prop_map(move |referrer| Action::Register { wallet, referrer })
        })
        .collect();
    (beginning, prop::collection::vec(action(), 40)).prop_map(|(mut actions, rest)| {
        actions.extend(rest);
        actions
    })
}

fn action() -> impl Strategy<Value = Action> {
    let wallet = 0..WALLETS;
    prop_oneof![
        1 => (wallet.clone(), prop::option::of(wallet.clone()))
            .prop_map(|(wallet, referrer)| Action::Register { wallet, referrer }),
        5 => (wallet.clone(), 1..4u32)
            .prop_map(|(wallet, periods)| Action::Subscribe { wallet, periods }),
        8 => (wallet.clone(), any::<bool>())
            .prop_map(|(wallet, keeper)| Action::Charge { wallet, keeper }),
        2 => wallet.clone().prop_map(|wallet| Action::Cancel { wallet }),
        3 => (wallet.clone(), prop_oneof![Just(u64::MAX), 0..20_000_000u64])
            .prop_map(|(wallet, amount)| Action::Claim { wallet, amount }),
        2 => (wallet.clone(), 0..3_000u64)
            .prop_map(|(wallet, points)| Action::Award { wallet, points }),
        2 => (wallet.clone(), 0..3_000u64)
            .prop_map(|(wallet, points)| Action::Redeem { wallet, points }),
        1 => wallet.prop_map(|wallet| Action::Revoke { wallet }),
        7 => prop::sample::select(vec![1, 43_200, 86_399, 86_400, 2_591_999, 2_592_000, 6_000_000])
            .prop_map(|secs| Action::Wait { secs }),
    ]
}

/// The cluster, its wallets and the model that runs beside it.
struct Stage {
    world: World,
    keys: Vec<Keypair>,
    tokens: Vec<Address>,
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
            .map(|key| world.create_token_account(&key.pubkey(), FUNDS))
            .collect();
        let keeper = world.create_token_account(&key(90).pubkey(), 0);
        world
            .send(&[world.set_issuer(&key(50), 4_000)], &[&key(2)])
            .expect("set_issuer");
        Self {
            world,
            keys,
            tokens,
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
            Action::Revoke { wallet } => {
                world.revoke(&self.tokens[wallet], &self.keys[wallet]);
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
            Action::Subscribe { wallet, periods } => {
                if !self.model.is_member(wallet) {
                    return Err(unbuildable());
                }
                let mut args = world.subscribe_args();
                args.approved_periods = periods;
                let token = self.tokens[wallet];
                (
                    vec![world.subscribe(&self.keys[wallet], token, args)],
                    wallet,
                )
            }
            Action::Charge { wallet, keeper } => {
                if !self.model.has_subscribed(wallet) {
                    return Err(unbuildable());
                }
                let keeper = keeper.then_some(self.keeper);
                let token = self.tokens[wallet];
                (
                    vec![world.charge(&self.keys[wallet], token, keeper)],
                    wallet,
                )
            }
            Action::Cancel { wallet } => (vec![world.cancel(&self.keys[wallet])], wallet),
            Action::Claim { wallet, amount } => {
                let claim = world.claim(&self.keys[wallet], self.tokens[wallet], amount);
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
        let mut owed = 0;
        let mut tokens = world.balance(&world.destination) + world.balance(&self.keeper);
        tokens += world.balance(&world.vault());
        for (index, wallet) in self.keys.iter().enumerate() {
            let expected = &self.model.wallets[index];
            tokens += world.balance(&self.tokens[index]);
            assert_eq!(
                world.balance(&self.tokens[index]),
                FUNDS - expected.paid + expected.claimed
            );
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
            assert_eq!(ledger.owed(), Some(waiting));
            owed += waiting;
            let (now, hold) = (world.now(), i64::from(HOLD));
            let mut today = ledger;
            today.release(now).expect("no overflow");
            let free = today.claimable + today.claimed;
            assert!(free <= expected.accrued_by(now - hold), "too early");
            assert!(free >= expected.accrued_by(now - 2 * hold), "too late");
            world.assert_receipts::<Ledger>(&address);

            if let Some(terms) = &expected.subscription {
                let subscription = world.subscription(wallet);
                assert_eq!(subscription.paid_through, terms.paid_through);
                assert_eq!(subscription.periods_paid, terms.periods_paid);
                let elapsed = (world.now() - subscription.subscribed_at) / model::PERIOD;
                assert!(i64::from(subscription.periods_paid) <= elapsed + 1);
                world.assert_receipts::<Subscription>(&world.subscription_address(wallet));
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
}

/// What the builders cannot name an account for.
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
            periods: 3,
        },
        Wait {
            secs: model::PERIOD,
        },
        Charge {
            wallet: 1,
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
        Cancel { wallet: 1 },
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
    assert_eq!(kinds.len(), 8);
}
