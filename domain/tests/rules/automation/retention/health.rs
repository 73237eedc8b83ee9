//! Customers' health.

use proptest::prelude::*;
use serde_json::{Value, json};
use tessera_domain::{
    analytics::{lifetime_value::BgNbd, succession::Grace},
    automation::retention::health::{
        BEFORE_DAYS, Facts, Health, Observed, Part, PartName, Payments, RECENT_DAYS, Standing,
        Usage, WEIGHTS, Weights,
    },
    capture::{Acts, message_key},
    event::Event,
    time::Timestamp,
};

const DAY: i64 = 86_400;

fn now() -> Timestamp {
    Timestamp::from_secs(1_796_126_400)
}

/// A customer who is known well and has nothing wrong.
fn best() -> Facts {
    Facts {
        usage: Usage {
            recent: RECENT_DAYS,
            before: BEFORE_DAYS,
            known_days: 365,
        },
        payments: Payments {
            standing: Standing::GoesOn,
            missed: 0,
            refunds: 0,
        },
        periods_left: Some(12),
        alive_bps: Some(10_000),
    }
}

fn health(facts: &Facts) -> Health {
    WEIGHTS.health(facts).expect("a health")
}

fn part(health: &Health, name: PartName) -> &Part {
    let mut parts = health.parts.iter();
    parts.find(|it| it.part == name).expect("a part")
}

fn event(name: &str, days_ago: i64, properties: Value) -> Event {
    let at = now().plus_secs(-days_ago * DAY);
    Event {
        id: message_key(&format!("{name} {days_ago}")),
        name: name.to_owned(),
        at,
        properties: properties.as_object().cloned().unwrap_or_default(),
    }
}

fn paid(name: &str, days_ago: i64) -> Event {
    event(
        name,
        days_ago,
        json!({ "account": "a", "wallet": "w", "mint": "m", "amount": "5" }),
    )
}

fn observed(events: &[Event]) -> Option<Observed> {
    Observed::of(events, &Acts::default(), Grace::default(), now())
}

#[test]
fn facts_that_cannot_be_are_refused() {
    let refused = |change: fn(&mut Facts)| {
        let mut facts = best();
        change(&mut facts);
        WEIGHTS.health(&facts).expect_err("refused").field
    };
    assert_eq!(
        refused(|it| it.usage.recent = RECENT_DAYS + 1),
        "usage.recent"
    );
    assert_eq!(
        refused(|it| it.usage.before = BEFORE_DAYS + 1),
        "usage.before"
    );
    assert_eq!(refused(|it| it.usage.known_days = 111), "usage.known_days");
    assert_eq!(refused(|it| it.alive_bps = Some(10_001)), "alive_bps");
}

#[test]
fn weights_that_are_no_hundred_points_are_refused() {
    let refused = |points: [u8; 7]| {
        let weights = Weights { version: 2, points };
        weights.health(&best()).expect_err("refused").field
    };
    assert_eq!(refused([20, 15, 25, 10, 5, 10, 14]), "points");
    assert_eq!(refused([255; 7]), "points");
    assert_eq!(refused([45, 15, 0, 10, 5, 10, 15]), "points.standing");
    assert_eq!(WEIGHTS.validate(), Ok(()));
}

#[test]
fn who_has_no_subscription_is_no_customer() {
    assert_eq!(observed(&[]), None);
    assert_eq!(observed(&[event("page_viewed", 1, json!({}))]), None);
    assert_eq!(observed(&[paid("subscribed", -1)]), None, "not yet");
}

#[test]
fn all_of_it_is_a_hundred_and_nothing_of_it_none() {
    let all = health(&best());
    assert_eq!(all.score, 100);
    let of: u32 = all.parts.iter().map(|it| u32::from(it.of)).sum();
    assert_eq!((of, all.version), (100, 1));
    let worst = Facts {
        usage: Usage {
            recent: 0,
            before: 10,
            known_days: 365,
        },
        payments: Payments {
            standing: Standing::Ended,
            missed: 9,
            refunds: 9,
        },
        periods_left: Some(0),
        alive_bps: Some(0),
    };
    assert_eq!(health(&worst).score, 0);
}

#[test]
fn what_is_not_known_counts_for_nothing() {
    let facts = Facts {
        usage: Usage {
            recent: 12,
            before: 0,
            known_days: 20,
        },
        periods_left: None,
        alive_bps: None,
        ..best()
    };
    let new = health(&facts);
    assert_eq!(new.score, 100);
    for name in [PartName::Trend, PartName::Approval, PartName::Alive] {
        assert_eq!(part(&new, name).points_milli, None, "{name:?}");
    }
    assert_eq!(
        part(&new, PartName::Trend).reason,
        "known for 20 days, and a trend takes 56"
    );
}

#[test]
fn use_is_compared_with_the_customers_own_past() {
    let of = |recent, before, known_days| {
        let usage = Usage {
            recent,
            before,
            known_days,
        };
        let facts = Facts { usage, ..best() };
        part(&health(&facts), PartName::Trend).points_milli
    };
    // Half as often as before: 5 of 28 days after 30 of 84.
    assert_eq!(of(5, 30, 365), Some(7_500));
    // The same of who is known for 28 days before.
    assert_eq!(of(5, 10, 56), Some(7_500));
    assert_eq!(of(12, 12, 365), Some(15_000));
    assert_eq!((of(0, 0, 365), of(1, 0, 365)), (Some(0), Some(15_000)));
}

#[test]
fn payments_say_whether_a_subscription_goes_on() {
    let standing = |events: &[Event]| observed(events).expect("a customer").payments;
    let signed = paid("subscribed", 40);
    assert_eq!(
        standing(std::slice::from_ref(&signed)).standing,
        Standing::GoesOn
    );
    let late = [signed.clone(), paid("past_due", 5)];
    assert_eq!(
        (standing(&late).standing, standing(&late).missed),
        (Standing::PastDue, 1)
    );
    let lapsed = [signed.clone(), paid("past_due", 5), paid("lapsed", 3)];
    assert_eq!(standing(&lapsed).standing, Standing::Ended);
    let paid_late = [signed.clone(), paid("past_due", 5), paid("charged", 3)];
    assert_eq!(standing(&paid_late).standing, Standing::GoesOn);
    let refunded = [signed, paid("refunded", 3), paid("cancelled", 2)];
    let refunded = standing(&refunded);
    assert_eq!((refunded.standing, refunded.refunds), (Standing::Ended, 1));
}

#[test]
fn days_are_active_by_what_people_do_themselves() {
    let acts = [0, 0, 1, 27, 28, 111, 112].map(|days| event("page_viewed", days, json!({})));
    // Charged by a keeper, and later than now.
    let others = [
        paid("subscribed", 40),
        paid("charged", 3),
        event("page_viewed", -1, json!({})),
    ];
    let events: Vec<Event> = acts.into_iter().chain(others).collect();
    let usage = observed(&events).expect("a customer").usage;
    // The subscription was signed, which is an act.
    assert_eq!((usage.recent, usage.before, usage.known_days), (3, 3, 113));
}

#[test]
fn the_chance_to_come_back_is_that_of_the_model() {
    let model = BgNbd {
        r: 0.243,
        alpha: 4.414,
        a: 0.793,
        b: 2.426,
    };
    let acts = [30, 20, 15, 10].map(|days| event("page_viewed", days, json!({})));
    let events: Vec<Event> = acts.into_iter().chain([paid("subscribed", 30)]).collect();
    let observed = observed(&events).expect("a customer");
    let days = observed.days.expect("days");
    assert_eq!((days.frequency, days.recency, days.age), (3, 20.0, 30.0));
    let expected = model.probability_alive(&days).expect("a chance");
    let facts = observed.facts(None, Some(&model));
    let bps = f64::from(facts.alive_bps.expect("a chance"));
    assert!(
        (bps / 10_000.0 - expected).abs() <= 0.5e-4,
        "{bps} {expected}"
    );
    assert_eq!(observed.facts(None, None).alive_bps, None);
}

fn facts() -> impl Strategy<Value = Facts> {
    let usage = (0..=RECENT_DAYS, 0..=BEFORE_DAYS, 0_u32..400);
    let standing = prop_oneof![
        Just(Standing::GoesOn),
        Just(Standing::PastDue),
        Just(Standing::Ended)
    ];
    let known = (
        prop::option::of(0_u32..20),
        prop::option::of(0_u16..=10_000),
    );
    (usage, standing, 0_u32..5, 0_u32..5, known).prop_map(
        |((recent, before, more), standing, missed, refunds, (periods_left, alive_bps))| Facts {
            usage: Usage {
                recent,
                before,
                known_days: recent + before + more,
            },
            payments: Payments {
                standing,
                missed,
                refunds,
            },
            periods_left,
            alive_bps,
        },
    )
}

proptest! {
    #[test]
    fn a_score_is_the_points_by_the_most_that_they_could_be(facts in facts()) {
        let health = health(&facts);
        prop_assert!(health.score <= 100);
        let known: Vec<&Part> = health.parts.iter().filter(|it| it.points_milli.is_some()).collect();
        let got: i64 = known.iter().filter_map(|it| it.points_milli).map(i64::from).sum();
        let most: i64 = known.iter().map(|it| i64::from(it.of)).sum();
        prop_assert!(known.iter().all(|it| it.points_milli.is_some_and(|points| points <= u32::from(it.of) * 1_000)));
        // Within half a hundredth.
        let score = i64::from(health.score);
        prop_assert!((2 * got - 20 * most * score).abs() <= 10 * most, "{got} of {most}: {score}");
    }

    #[test]
    fn a_score_does_not_fall_when_a_fact_gets_better(facts in facts(), which in 0_usize..6) {
        let mut better = facts;
        match which {
            0 => better.usage.recent = (facts.usage.recent + 1).min(RECENT_DAYS),
            1 => better.payments.standing = Standing::GoesOn,
            2 => better.payments.missed = facts.payments.missed.saturating_sub(1),
            3 => better.payments.refunds = 0,
            4 => better.periods_left = facts.periods_left.map(|it| it + 1),
            _ => better.alive_bps = facts.alive_bps.map(|it| (it + 100).min(10_000)),
        }
        let days = better.usage.recent + better.usage.before;
        prop_assume!(days <= better.usage.known_days);
        prop_assert!(health(&better).score >= health(&facts).score);
    }

    #[test]
    fn the_order_of_events_does_not_matter(
        mut events in prop::collection::vec((0_usize..6, 0_i64..150), 0..20),
    ) {
        let names = ["page_viewed", "subscribed", "charged", "past_due", "cancelled", "refunded"];
        events.sort_unstable();
        events.dedup();
        let forward: Vec<Event> = events.iter().map(|(name, days)| paid(names[*name], *days)).collect();
        let backward: Vec<Event> = forward.iter().rev().cloned().collect();
        prop_assert_eq!(observed(&forward), observed(&backward));
    }
}
