//! Where tokens went, compared with where receipts say.

use super::story::{self, ANN, BOB, CHARGED, Facts, MINT, TOKEN, snapshot};
use crate::{
    address,
    audit::{Auditor, Check, Passing, Report, Scope, movements},
    carried::{Strange, Tokens},
    decode::Event,
    model::{State, Transfer, rules::PoolState},
};
use bytemuck::Zeroable;
use tessera_types::{
    Address,
    accounts::{Campaign, Plan},
    events::{Closed, PoolFunded, Receipt},
};

const KEEPER: Address = named(90);

const fn named(name: u8) -> Address {
    Address::new_from_array([name; 32])
}

fn sent(from: Address, to: Address, amount: u64) -> Transfer {
    Transfer { from, to, amount }
}

/// What is found when the invocation behind the receipt at `place` did this with tokens.
#[track_caller]
fn found(place: usize, tokens: &Tokens) -> Vec<(Check, Address)> {
    let mut auditor = Auditor::new(Scope::default());
    for (at, raw) in snapshot(&Facts::default()).events.iter().enumerate() {
        auditor.take(&Passing {
            slot: None,
            transaction: None,
            raw,
            tokens: (at == place).then_some(tokens),
        });
    }
    let findings = auditor.report().findings.iter();
    findings.map(|it| (it.check, it.account)).collect()
}

/// What is found when that invocation moved only this.
#[track_caller]
fn findings(place: usize, moved: &[Transfer]) -> Vec<(Check, Address)> {
    found(place, &transfers(moved))
}

fn transfers(moved: &[Transfer]) -> Tokens {
    signed(moved, None)
}

fn signed(moved: &[Transfer], signer: Option<Address>) -> Tokens {
    Tokens {
        transfers: moved.iter().map(|it| (*it, signer)).collect(),
        ..Tokens::default()
    }
}

fn charge() -> [Transfer; 3] {
    [
        sent(TOKEN, story::destination(), 895),
        sent(TOKEN, story::vault(), 100),
        sent(TOKEN, KEEPER, 5),
    ]
}

#[test]
fn a_payment_that_went_elsewhere_is_named() {
    let named = [(Check::Charges, story::subscription())];
    let [merchant, vault, keeper] = charge();
    for moved in [
        vec![],
        vec![merchant, vault],
        vec![sent(TOKEN, ANN, 895), vault, keeper],
        vec![sent(ANN, merchant.to, 895), vault, keeper],
        vec![sent(TOKEN, merchant.to, 894), vault, keeper],
        vec![merchant, sent(TOKEN, ANN, 100), keeper],
        vec![merchant, vault, keeper, sent(TOKEN, ANN, 1)],
        vec![merchant, vault, keeper, keeper],
    ] {
        assert_eq!(findings(CHARGED, &moved), named, "{moved:?}");
    }
    assert_eq!(findings(CHARGED, &charge()), []);
    assert_eq!(findings(CHARGED, &[keeper, vault, merchant]), []);
}

#[test]
fn a_claim_leaves_the_vault_for_where_the_member_wants_it() {
    let named = [(Check::Commission, story::ledger())];
    let claimed = 12;
    for moved in [
        sent(story::vault(), KEEPER, 100),
        sent(TOKEN, ANN, 100),
        sent(story::vault(), ANN, 99),
    ] {
        assert_eq!(findings(claimed, &[moved]), named, "{moved:?}");
    }
    assert_eq!(findings(claimed, &[sent(story::vault(), ANN, 100)]), []);
}

const SUBSCRIBED: usize = 8;
const CANCELLED: usize = 13;

#[test]
fn what_a_receipt_does_not_state_does_not_move() {
    let events = snapshot(&Facts::default()).events;
    let mut silent = 0;
    for (place, raw) in events.iter().enumerate() {
        let event = Event::decode(raw).expect("an event");
        if event.settlement().is_some() || matches!(event, Event::CommissionClaimed(_)) {
            continue;
        }
        silent += 1;
        assert_eq!(found(place, &Tokens::default()), []);
        let moved = findings(place, &[sent(TOKEN, ANN, 5)]);
        let [(_, account)] = moved[..] else {
            panic!("{place}: {moved:?}");
        };
        assert_eq!(account, event.receipt().account);
    }
    assert_eq!(silent, 11);
    let cancelled = findings(CANCELLED, &[sent(TOKEN, ANN, 5)]);
    assert_eq!(cancelled, [(Check::Subscriptions, story::subscription())]);
}

#[test]
fn a_call_that_may_have_moved_anything_is_named() {
    for strange in [Strange::Program(KEEPER), Strange::Instruction(Some(8))] {
        let tokens = Tokens {
            strange: Some(strange),
            ..transfers(&charge())
        };
        let named = [(Check::Charges, story::subscription())];
        assert_eq!(found(CHARGED, &tokens), named);
        let named = [(Check::Subscriptions, story::subscription())];
        let tokens = Tokens {
            transfers: vec![],
            ..tokens
        };
        assert_eq!(found(CANCELLED, &tokens), named);
    }
}

/// What is found of a signature for its payment, and of rewards that come from a token account, when
/// `signer` signs for them.
fn by(signer: Address) -> [usize; 2] {
    let [merchant, vault, _] = charge();
    let merchant = Transfer {
        amount: 900,
        ..merchant
    };
    let paid = signed(&[merchant, vault], Some(signer));
    let mut state = State::default();
    let pool = PoolState {
        reward_vault: VAULTS[0],
        ..PoolState::default()
    };
    state.pools.insert(POOL, pool);
    let funded = Event::PoolFunded(PoolFunded {
        receipt: Receipt {
            account: POOL,
            ..Receipt::zeroed()
        },
        amount: 5,
        ..PoolFunded::zeroed()
    });
    let tokens = signed(&[sent(TOKEN, VAULTS[0], 5)], Some(signer));
    let mut report = Report::default();
    movements::check(&state, &funded, &tokens, &mut report);
    [found(SUBSCRIBED, &paid).len(), report.findings.len()]
}

#[test]
fn an_authority_moves_nothing_but_charges() {
    assert_eq!(by(address::authority(&TOKEN)), [1, 1]);
    assert_eq!(by(TOKEN), [1, 1]);
    assert_eq!(by(ANN), [1, 0]);
    assert_eq!(by(BOB), [0, 0]);
    let charged = signed(&charge(), Some(address::authority(&TOKEN)));
    assert_eq!(found(CHARGED, &charged), []);
}

#[test]
fn a_token_account_lets_nobody_but_its_authority_move_tokens() {
    let approving = |account, delegate| {
        let [merchant, vault, _] = charge();
        let merchant = Transfer {
            amount: 900,
            ..merchant
        };
        Tokens {
            approvals: vec![(account, delegate)],
            ..transfers(&[merchant, vault])
        }
    };
    let named = [(Check::Approvals, story::subscription())];
    let authority = address::authority(&TOKEN);
    for (account, delegate) in [
        (TOKEN, KEEPER),
        (TOKEN, address::authority(&ANN)),
        (story::vault(), KEEPER),
    ] {
        let found = found(SUBSCRIBED, &approving(account, delegate));
        assert_eq!(found, named, "{delegate}");
    }
    assert_eq!(found(SUBSCRIBED, &approving(TOKEN, authority)), []);
}

#[test]
fn an_invocation_without_a_receipt_does_nothing_with_tokens() {
    let unstated = |tokens: &Tokens| {
        let mut auditor = Auditor::new(Scope::default());
        auditor.take_unstated([4; 64], tokens);
        auditor.finish().findings
    };
    for tokens in [
        transfers(&[sent(TOKEN, ANN, 5)]),
        Tokens {
            closed: vec![TOKEN],
            ..Tokens::default()
        },
        Tokens {
            approvals: vec![(TOKEN, address::authority(&TOKEN))],
            ..Tokens::default()
        },
        Tokens {
            strange: Some(Strange::Instruction(None)),
            ..Tokens::default()
        },
    ] {
        let [finding] = &unstated(&tokens)[..] else {
            panic!("{tokens:?}");
        };
        assert_eq!(finding.check, Check::Receipts);
        assert_eq!(finding.transaction, Some([4; 64]));
    }
    assert_eq!(unstated(&Tokens::default()), []);
}

const VAULTS: [Address; 2] = [named(91), named(92)];
const CAMPAIGN: Address = named(93);
const POOL: Address = named(94);
/// The plan that created the first vault, and another one on it.
const CREATOR: Address = named(95);
const OTHER: Address = named(96);

/// What is found when an account closes and takes this along.
fn closing(account: Address, moved: &[Transfer], closed: &[Address]) -> usize {
    let mut state = State::default();
    let [vault, other] = VAULTS;
    let campaign = Campaign {
        vault,
        ..Campaign::zeroed()
    };
    state.campaigns.insert(CAMPAIGN, campaign);
    let pool = PoolState {
        stake_vault: vault,
        reward_vault: other,
        ..PoolState::default()
    };
    state.pools.insert(POOL, pool);
    let plan = Plan {
        mint: MINT,
        vault,
        ..Plan::zeroed()
    };
    state.plans.insert(CREATOR, plan);
    state.plans.insert(OTHER, plan);
    state.vaults.insert(vault, CREATOR);
    let closing = Event::Closed(Closed {
        receipt: Receipt {
            account,
            ..Receipt::zeroed()
        },
        ..Closed::zeroed()
    });
    let tokens = Tokens {
        closed: closed.to_vec(),
        ..transfers(moved)
    };
    let mut report = Report::default();
    movements::check(&state, &closing, &tokens, &mut report);
    report.findings.len()
}

#[test]
fn what_closes_takes_only_its_own_vaults_along() {
    let [vault, other] = VAULTS;
    let left = |from| [sent(from, ANN, 5)];
    for (account, moved, closed) in [
        (CAMPAIGN, &left(other)[..], &[vault][..]),
        (CAMPAIGN, &left(vault), &[other]),
        (CAMPAIGN, &left(vault), &[vault, TOKEN]),
        (POOL, &left(TOKEN), &VAULTS),
        (CREATOR, &left(vault), &[vault]),
        (OTHER, &[], &[vault]),
        (TOKEN, &left(vault), &[]),
        (TOKEN, &[], &[TOKEN]),
    ] {
        assert_eq!(closing(account, moved, closed), 1, "{account} {closed:?}");
    }
    let both = [sent(vault, ANN, 5), sent(other, ANN, 6)];
    assert_eq!(closing(CAMPAIGN, &left(vault), &[vault]), 0);
    assert_eq!(closing(POOL, &both, &VAULTS), 0);
    assert_eq!(closing(CREATOR, &[], &[vault]), 0);
    assert_eq!(closing(OTHER, &[], &[]), 0);
}
