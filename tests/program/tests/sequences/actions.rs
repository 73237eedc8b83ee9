//! What wallets do, in random order.

use super::{PLANS, TOKENS, WALLETS};
use proptest::prelude::*;
use world::PRICE;

#[derive(Debug, Clone)]
pub(super) enum Action {
    Register {
        wallet: usize,
        referrer: Option<usize>,
    },
    Subscribe {
        wallet: usize,
        plan: usize,
        token: usize,
        periods: u32,
    },
    Charge {
        wallet: usize,
        plan: usize,
        keeper: bool,
    },
    Cancel {
        wallet: usize,
        plan: usize,
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
    /// The wallet itself changes what its token account approves; nothing is revoked.
    Approve {
        wallet: usize,
        token: usize,
        amount: u64,
    },
    /// The mint's issuer freezes or thaws the org's vault.
    Freeze {
        frozen: bool,
    },
    Wait {
        secs: i64,
    },
}

/// First most wallets register, each below an earlier one or none; then anything happens.
pub(super) fn actions() -> impl Strategy<Value = Vec<Action>> {
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
        6 => (wallet.clone(), 0..PLANS, 0..TOKENS, 1..4u32).prop_map(
            |(wallet, plan, token, periods)| Action::Subscribe { wallet, plan, token, periods }
        ),
        9 => (wallet.clone(), 0..PLANS, any::<bool>())
            .prop_map(|(wallet, plan, keeper)| Action::Charge { wallet, plan, keeper }),
        3 => (wallet.clone(), 0..PLANS)
            .prop_map(|(wallet, plan)| Action::Cancel { wallet, plan }),
        3 => (wallet.clone(), prop_oneof![Just(u64::MAX), 0..20_000_000u64])
            .prop_map(|(wallet, amount)| Action::Claim { wallet, amount }),
        2 => (wallet.clone(), 0..3_000u64)
            .prop_map(|(wallet, points)| Action::Award { wallet, points }),
        2 => (wallet.clone(), 0..3_000u64)
            .prop_map(|(wallet, points)| Action::Redeem { wallet, points }),
        2 => (wallet, 0..TOKENS, prop_oneof![
            2 => Just(0),
            1 => PRICE - 1..4 * PRICE,
            1 => Just(u64::MAX),
        ])
            .prop_map(|(wallet, token, amount)| Action::Approve { wallet, token, amount }),
        1 => any::<bool>().prop_map(|frozen| Action::Freeze { frozen }),
        8 => prop::sample::select(vec![1, 43_200, 86_399, 86_400, 2_591_999, 2_592_000, 2_678_400])
            .prop_map(|secs| Action::Wait { secs }),
    ]
}
