//! What people may decide, and what stays of it.

use super::support::{DAY, Shop, campaign, hour, let_go, refund};
use serde_json::json;
use tessera_domain::automation::referral::{
    Decision, Decisions, Grant, Reason, Rewards, State, check::CheckName, reject, release,
};

fn units(units: u64) -> Grant {
    Grant { points: 0, units }
}

fn points(points: u64) -> Grant {
    Grant { points, units: 0 }
}

/// A campaign whose reward is held back for a shared device.
fn careful() -> tessera_domain::automation::referral::Campaign {
    campaign(&[
        (
            "/checks",
            json!({
                "shared_device": { "pair": 60, "many": 3, "among_many": 40 },
                "merged_persons": { "same": 90, "known": 30 },
            }),
        ),
        (
            "/holds",
            json!([
                { "all": [{ "check": "shared_device", "score": 60 }] },
                { "all": [
                    { "check": "shared_device", "score": 40 },
                    { "check": "merged_persons", "score": 30 },
                ] },
            ]),
        ),
    ])
}

#[test]
fn what_has_not_qualified_is_not_released() {
    let mut shop = Shop::new();
    shop.add("ann", Some("ref"), 0);
    let code = |now| {
        let referral = shop.only(&campaign(&[]), now);
        release(&referral, "sam", hour(now))
            .expect_err("refused")
            .code
    };
    assert_eq!(code(1), "not_qualified");
    assert_eq!(code(31 * DAY), "not_qualified");
}

#[test]
fn nobody_releases_or_rejects_without_a_name_and_a_reason() {
    let mut shop = Shop::new();
    shop.refer("ann", "ref", 0);
    let referral = shop.only(&campaign(&[]), 5);
    assert_eq!(
        release(&referral, "", hour(5)).expect_err("refused").field,
        "by"
    );
    assert_eq!(
        reject(&referral, "", "why", hour(5))
            .expect_err("refused")
            .field,
        "by"
    );
    assert_eq!(
        reject(&referral, "sam", "", hour(5))
            .expect_err("refused")
            .field,
        "reason"
    );
}

#[test]
fn what_is_released_is_not_released_twice_nor_rejected() {
    let mut shop = Shop::new();
    shop.refer("ann", "ref", 0);
    let mut decisions = Decisions::new();
    let referral = shop.only(&campaign(&[]), 5);
    let_go(&mut decisions, &referral, 5);
    let after = &shop.at(&campaign(&[]), &decisions, 6)[0];
    let (by, at) = ("sam".to_owned(), hour(5));
    assert_eq!(
        (after.state, &after.reason),
        (State::Released, &Reason::Released { by, at })
    );
    assert_eq!(
        after.released,
        Rewards {
            referrer: units(10),
            referred: points(5)
        }
    );
    assert_eq!(
        release(after, "sam", hour(6)).expect_err("refused").code,
        "nothing_due"
    );
    assert_eq!(
        reject(after, "sam", "late", hour(6))
            .expect_err("refused")
            .code,
        "already_decided"
    );
    // A rejection that slipped in takes nothing back.
    let slipped = reject(&referral, "eve", "no", hour(5)).expect("a rejection");
    let made = decisions.entry("ann".to_owned()).or_default();
    made.push(Decision::Rejection(slipped));
    assert_eq!(
        shop.at(&campaign(&[]), &decisions, 6)[0].state,
        State::Released
    );
    // Before it was made, the decision was not there.
    assert_eq!(
        shop.at(&campaign(&[]), &decisions, 4)[0].state,
        State::Qualified
    );
}

#[test]
fn a_refund_after_the_release_is_a_claim_and_changes_nothing_else() {
    let mut shop = Shop::new();
    shop.refer("ann", "ref", 0);
    let mut decisions = Decisions::new();
    let_go(&mut decisions, &shop.only(&campaign(&[]), 5), 5);
    let charge = shop.0.charges.values_mut().next().expect("a payment");
    charge.refunds.push(refund(10, 25));
    let before = &shop.at(&campaign(&[]), &decisions, 9)[0];
    assert!(before.clawback.is_zero() && before.qualifies);
    let after = &shop.at(&campaign(&[]), &decisions, 10)[0];
    assert_eq!((after.state, after.qualifies), (State::Released, false));
    assert_eq!(
        after.clawback,
        Rewards {
            referrer: units(10),
            referred: points(5)
        }
    );
    assert_eq!(
        (after.released, after.qualified_at),
        (before.released, before.qualified_at)
    );
    assert!(after.due.is_zero());
    // The claim is there even when the chain no longer knows the referral.
    shop.0.members.remove("ann");
    let gone = &shop.at(&campaign(&[]), &decisions, 10)[0];
    assert_eq!((gone.state, gone.registered_at), (State::Released, None));
    assert_eq!(gone.clawback, after.clawback);
}

#[test]
fn a_percentage_that_grows_is_released_again_and_shrinks_into_a_claim() {
    let share = json!({ "kind": "percentage", "bps": 1_000, "payments": 3, "most": "100" });
    let growing = campaign(&[("/tiers/0/rewards", json!({ "referrer": share }))]);
    let mut shop = Shop::new();
    shop.refer("ann", "ref", 0);
    let mut decisions = Decisions::new();
    let_go(&mut decisions, &shop.only(&growing, 5), 5);
    shop.pay("ann", 6, 30);
    shop.pay("ann", 7, 1_000);
    let grown = &shop.at(&growing, &decisions, 8)[0];
    assert_eq!(
        (grown.state, grown.released.referrer),
        (State::Released, units(5))
    );
    // The third payment counts, the fourth does not.
    assert_eq!(grown.due.referrer, units(3));
    let_go(&mut decisions, grown, 8);
    let last = shop.0.charges.values_mut().nth(2).expect("a payment");
    last.refunds.push(refund(9, 15));
    let shrunk = &shop.at(&growing, &decisions, 9)[0];
    assert_eq!(
        (shrunk.released.referrer, shrunk.clawback.referrer),
        (units(8), units(2))
    );
}

#[test]
fn a_suspicion_holds_a_reward_back_until_a_human_has_looked() {
    let mut shop = Shop::new();
    shop.refer("ann", "ref", 0);
    assert_eq!(shop.only(&careful(), 5).state, State::Qualified);
    for wallet in ["ann", "ref"] {
        let member = shop.0.members.get_mut(wallet).expect("a member");
        member.devices.insert("phone".to_owned(), hour(3));
    }
    assert_eq!(shop.only(&careful(), 2).findings.len(), 2);
    let held = shop.only(&careful(), 5);
    let checks = vec![CheckName::SharedDevice];
    assert_eq!(
        (held.state, &held.reason),
        (
            State::Held,
            &Reason::Suspicious {
                checks: checks.clone()
            }
        )
    );
    let release = release(&held, "sam", hour(5)).expect("a release");
    assert_eq!(release.despite, checks);
    let json = serde_json::to_value(&held.findings).expect("JSON");
    assert_eq!(
        json,
        json!([
            { "check": "shared_device", "outcome": "suspicious", "score": 60, "evidence": [
                { "kind": "in_common", "values": ["phone"], "count": 1 },
            ] },
            { "check": "merged_persons", "outcome": "clear" },
        ])
    );
    let made = reject(&held, "sam", "the same phone", hour(5)).expect("a rejection");
    let rejected = [("ann".to_owned(), vec![Decision::Rejection(made)])].into();
    let rejected = &shop.at(&careful(), &rejected, 6)[0];
    assert_eq!(
        (rejected.state, rejected.due.is_zero()),
        (State::Rejected, true)
    );
}

#[test]
fn one_sign_of_a_combination_holds_nothing_back() {
    let mut shop = Shop::new();
    for (wallet, at) in [("ann", 0), ("bob", 1), ("cid", 2)] {
        shop.refer(wallet, "ref", at);
        let member = shop.0.members.get_mut(wallet).expect("a member");
        member.devices.insert("lobby".to_owned(), hour(at));
    }
    let state = |shop: &Shop, index: usize| {
        let referral = shop.at(&careful(), &Decisions::new(), 9).remove(index);
        (referral.state, referral.findings[0].outcome.score())
    };
    assert_eq!(state(&shop, 1), (State::Qualified, 40));
    let ann = shop.0.members["ann"].person;
    shop.0.members.get_mut("bob").expect("a member").person = ann;
    assert_eq!(state(&shop, 0), (State::Qualified, 40));
    assert_eq!(state(&shop, 1), (State::Held, 40));
}

#[test]
fn final_states_stay() {
    for state in [State::Released, State::Rejected, State::Expired] {
        assert!(
            State::ALL
                .into_iter()
                .all(|next| state.may_become(next) == (next == state))
        );
    }
    assert!(!State::Pending.may_become(State::Released));
    for state in [State::Qualified, State::Held] {
        assert!(State::ALL.into_iter().all(|next| state.may_become(next)));
    }
}

#[test]
fn decisions_are_read_as_they_are_written() {
    let mut shop = Shop::new();
    shop.refer("ann", "ref", 0);
    let referral = shop.only(&campaign(&[]), 5);
    let made = [
        Decision::Release(release(&referral, "sam", hour(5)).expect("a release")),
        Decision::Rejection(reject(&referral, "sam", "no", hour(5)).expect("a rejection")),
    ];
    for decision in made {
        let json = serde_json::to_value(&decision).expect("JSON");
        assert_eq!(
            serde_json::from_value::<Decision>(json).expect("a decision"),
            decision
        );
    }
}
