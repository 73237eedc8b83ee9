//! Decisions from given readings.

use super::*;
use bytemuck::Zeroable;
use solana_account::Account;
use tessera_client::types::accounts::{OrgSettings, Terms};

const NOW: i64 = 10_000;
const PLAN: Address = Address::new_from_array([1; 32]);
const PAYER_TOKEN: Address = Address::new_from_array([2; 32]);
const AUTHORITY: Address = Address::new_from_array([3; 32]);
const WALLET: Address = Address::new_from_array([4; 32]);
const MINT: Address = Address::new_from_array([5; 32]);
const NAMED: [Address; 5] = [
    Address::new_from_array([9; 32]),
    PLAN,
    Address::new_from_array([8; 32]),
    AUTHORITY,
    PAYER_TOKEN,
];

/// Due for a while, under a plan that goes on, with a wallet that can pay.
fn reading() -> Reading {
    let mut subscription = Subscription::zeroed();
    subscription.plan = PLAN;
    subscription.wallet = WALLET;
    subscription.payer_token = PAYER_TOKEN;
    subscription.state = SubscriptionState::Active as u8;
    subscription.next_due = NOW - 10;
    subscription.paid_through = NOW - 10;
    subscription.terms = Terms {
        price: 1_000,
        period_secs: 1_000,
        grace_secs: 100,
        approved_periods: 5,
        ..Terms::zeroed()
    };
    let token = TokenAccount {
        mint: MINT,
        owner: WALLET,
        amount: 1_500,
        delegate: Some(AUTHORITY).into(),
        delegated_amount: 5_000,
        state: AccountState::Initialized,
        ..TokenAccount::default()
    };
    Reading {
        subscription,
        plan: Some(Plan {
            mint: MINT,
            ends_at: i64::MAX,
            ..Plan::zeroed()
        }),
        org: Some(Org::zeroed()),
        authority: Some(Authority::zeroed()),
        token: Some(token),
    }
}

fn judged(change: impl FnOnce(&mut Reading)) -> Verdict {
    let mut reading = reading();
    change(&mut reading);
    reading.judge(&NAMED, NOW, &mut Purses::new())
}

#[test]
fn what_the_mirror_is_behind_on_is_not_tried() {
    let behind = [
        judged(|it| it.subscription.next_due = NOW + 1),
        judged(|it| it.subscription.state = SubscriptionState::Cancelled as u8),
        judged(|it| it.subscription.pending_plan = WALLET),
        judged(|it| it.subscription.payer_token = WALLET),
    ];
    assert!(behind.iter().all(|it| *it == Verdict::Behind));
}

#[test]
fn what_no_charge_can_reach_any_more_lapses_whatever_the_wallet_holds() {
    let lapsed = [
        judged(|it| it.plan = None),
        judged(|it| {
            it.plan = it.plan.map(|plan| Plan {
                ends_at: NOW,
                ..plan
            });
        }),
        judged(|it| it.subscription.periods_paid = 6),
        judged(|it| it.subscription.next_due = NOW - 1_000),
        judged(|it| {
            it.subscription.state = SubscriptionState::PastDue as u8;
            it.subscription.next_due = NOW - 101;
        }),
        // Nor does its org state any more usage.
        judged(|it| {
            it.subscription.consents = Plan::METERED;
            it.subscription.periods_paid = 6;
        }),
    ];
    assert!(
        lapsed.iter().all(|it| *it == Verdict::Do(Task::Lapse)),
        "{lapsed:?}"
    );
}

#[test]
fn who_cannot_pay_is_past_due_once_and_then_waited_for() {
    let poor: [fn(&mut Reading); 8] = [
        |it| it.token = None,
        |it| it.authority = None,
        |it| {
            it.authority = Some(Authority {
                generation: 1,
                ..Authority::zeroed()
            });
        },
        |it| {
            it.token = it.token.map(|token| TokenAccount {
                owner: MINT,
                ..token
            });
        },
        |it| {
            it.token = it.token.map(|token| TokenAccount {
                state: AccountState::Frozen,
                ..token
            });
        },
        |it| {
            it.token = it.token.map(|token| TokenAccount {
                amount: 999,
                ..token
            });
        },
        |it| {
            it.token = it.token.map(|token| TokenAccount {
                delegated_amount: 999,
                ..token
            });
        },
        |it| {
            it.token = it.token.map(|token| TokenAccount {
                delegate: Some(MINT).into(),
                ..token
            });
        },
    ];
    for poor in poor {
        assert_eq!(judged(poor), Verdict::Do(Task::Miss));
        let known = judged(|it| {
            poor(it);
            it.subscription.state = SubscriptionState::PastDue as u8;
        });
        assert!(matches!(known, Verdict::Wait(_)));
    }
    assert_eq!(judged(|_| {}), Verdict::Do(Task::Charge));
}

#[test]
fn the_largest_discount_is_given_the_benefit_of_the_doubt() {
    let discounted = |amount| {
        judged(|it| {
            it.subscription.terms.discount_bps[3] = 2_000;
            it.token = it.token.map(|token| TokenAccount { amount, ..token });
        })
    };
    assert_eq!(discounted(800), Verdict::Do(Task::Charge));
    assert_eq!(discounted(799), Verdict::Do(Task::Miss));
}

#[test]
fn a_paused_org_and_a_metered_plan_are_waited_for() {
    let paused = judged(|it| {
        it.org = Some(Org {
            settings: OrgSettings {
                pause_flags: Org::PAUSE_CHARGE,
                ..Zeroable::zeroed()
            },
            ..Org::zeroed()
        });
    });
    assert!(matches!(paused, Verdict::Wait(_)), "{paused:?}");
    let metered = judged(|it| it.subscription.consents = Plan::METERED);
    assert!(matches!(metered, Verdict::Wait(_)));
}

#[test]
fn charges_of_one_token_account_are_reckoned_together() {
    let (reading, mut purses) = (reading(), Purses::new());
    let first = reading.judge(&NAMED, NOW, &mut purses);
    let second = reading.judge(&NAMED, NOW, &mut purses);
    assert_eq!(
        (first, second),
        (Verdict::Do(Task::Charge), Verdict::Wait(OTHERS_FIRST))
    );
    // If it could not pay the second charge alone either, that one is missed.
    let mut dear = self::reading();
    dear.subscription.terms.price = 2_000;
    let third = dear.judge(&NAMED, NOW, &mut purses);
    assert_eq!(third, Verdict::Do(Task::Miss));
}

#[test]
fn it_is_looked_at_again_when_the_grace_time_or_the_plan_ends() {
    assert_eq!(reading().changes_at(NOW), NOW - 10 + 1_000);
    let mut known = reading();
    known.subscription.state = SubscriptionState::PastDue as u8;
    assert_eq!(known.changes_at(NOW), NOW - 10 + 101);
    known.plan = known.plan.map(|plan| Plan {
        ends_at: NOW + 5,
        ..plan
    });
    assert_eq!(known.changes_at(NOW), NOW + 5);
}

#[test]
fn a_token_account_with_extensions_is_read_and_a_stub_is_not() {
    let mut data = vec![0; TokenAccount::LEN + 40];
    reading()
        .token
        .expect("one")
        .pack_into_slice(&mut data[..TokenAccount::LEN]);
    let account = Account {
        data: data.clone(),
        ..Account::default()
    };
    assert_eq!(token_account(&account), reading().token);
    data.truncate(TokenAccount::LEN - 1);
    assert_eq!(
        token_account(&Account {
            data,
            ..Account::default()
        }),
        None
    );
}
