//! How many mails an hour go to one domain.

use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use tessera_domain::{
    automation::delivery::{DeliveryPolicy, DomainRates, MAX_DOMAINS},
    time::{MICROS_PER_HOUR, Timestamp},
};

fn policy(rates: Value) -> DeliveryPolicy {
    serde_json::from_value(json!({ "domain_rates": rates })).expect("a policy")
}

#[test]
fn rates_that_break_a_rule_are_refused_by_field() {
    let many: serde_json::Map<_, _> = (0..=MAX_DOMAINS)
        .map(|it| (format!("d{it}.example"), json!(1)))
        .collect();
    for (field, rates) in [
        ("domain_rates.per_hour", json!({ "per_hour": 0 })),
        ("domain_rates.per_hour", json!({ "per_hour": 1_000_001 })),
        (
            "domain_rates.domains.a.example",
            json!({ "domains": { "a.example": 0 } }),
        ),
        (
            "domain_rates.domains",
            json!({ "domains": { "A.example": 1 } }),
        ),
        (
            "domain_rates.domains",
            json!({ "domains": { "example": 1 } }),
        ),
        (
            "domain_rates.domains",
            json!({ "domains": { "a@b.example": 1 } }),
        ),
        ("domain_rates.domains", json!({ "domains": { "": 1 } })),
        (
            "domain_rates.domains",
            json!({ "domains": { " a.example": 1 } }),
        ),
        ("domain_rates.domains", json!({ "domains": many })),
    ] {
        let refused = policy(rates.clone()).validate().expect_err("refused");
        assert_eq!(refused.field, field, "{rates}");
    }
}

#[test]
fn a_domain_has_its_own_rate_or_that_of_all_others() {
    let policy = policy(json!({ "per_hour": 20, "domains": { "gmail.com": 500 } }));
    assert_eq!(policy.validate(), Ok(()));
    assert_eq!(policy.most_to("gmail.com"), Some(500));
    assert_eq!(policy.most_to("mail.gmail.com"), Some(20));
    assert_eq!(DeliveryPolicy::default().most_to("gmail.com"), None);
    // A policy that was stored before there were rates, and one that is written without.
    assert_eq!(json!(DeliveryPolicy::default()), json!({ "caps": [] }));
}

/// What becomes of mails that are due at these moments.
struct Played {
    sent: Vec<i64>,
    looks: usize,
}

/// Plays mails of one priority through the rule that a claim goes by.
fn play(most: u32, due: &[i64]) -> Played {
    let mut waiting: BTreeSet<(i64, usize)> = due.iter().copied().zip(0..).collect();
    let (mut sent, mut looks) = (Vec::new(), 0);
    let mut window = VecDeque::new();
    let mut held: BTreeSet<i64> = BTreeSet::new();
    while let Some((now, mail)) = waiting.pop_first() {
        looks += 1;
        held.remove(&now);
        while window.front().is_some_and(|at| now - at >= MICROS_PER_HOUR) {
            window.pop_front();
        }
        if window.len() < most as usize {
            window.push_back(now);
            sent.push(now);
            continue;
        }
        let making_room = Timestamp(window[window.len() - most as usize]);
        let last = held.last().map(|at| Timestamp(*at));
        let turn = DomainRates::turn(most, making_room, last);
        assert!(turn.0 > now);
        held.insert(turn.0);
        waiting.insert((turn.0, mail));
    }
    Played { sent, looks }
}

proptest! {
    #[test]
    fn no_hour_has_more_than_its_rate_and_none_waits_for_ever(
        most in 1_u32..40,
        due in prop::collection::vec(0..3 * MICROS_PER_HOUR, 1..400),
    ) {
        let played = play(most, &due);
        prop_assert_eq!(played.sent.len(), due.len());
        for pair in played.sent.windows(most as usize + 1) {
            prop_assert!(pair[most as usize] - pair[0] >= MICROS_PER_HOUR);
        }
        // No more than twice as long as it takes at the full rate.
        let hours = i64::try_from(due.len()).expect("few") / i64::from(most) + 1;
        let last = played.sent.iter().max().expect("one");
        prop_assert!(*last <= (2 * hours + 4) * MICROS_PER_HOUR, "{} of {hours}", last / MICROS_PER_HOUR);
        // What waits is looked at about as often as something may go.
        prop_assert!(played.looks <= 3 * due.len() + 4 * most as usize, "{} looks", played.looks);
    }
}
