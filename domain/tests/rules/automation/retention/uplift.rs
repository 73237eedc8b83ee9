//! What a journey changes.

use proptest::prelude::*;
use serde_json::json;
use tessera_domain::{
    automation::{
        journey::Holdout,
        retention::uplift::{
            ALPHA, Arrived, Counted, DrawnRun, FEWEST_PEOPLE, MAX_WINDOW_DAYS, Outcome, Question,
            Verdict, heeded,
        },
    },
    event::Event,
    experiments::design::TUNED_FOR,
    filter::EventFilter,
    time::Timestamp,
};
use uuid::Uuid;

const DAY: i64 = 86_400;
const MINT: &str = "mint";
const HOLDOUT: Holdout = Holdout { holdout_bps: 5_000 };

fn at(days: i64) -> Timestamp {
    Timestamp::from_secs(1_796_126_400 + days * DAY)
}

fn question(outcome: Outcome<'_>) -> Question<'_> {
    Question {
        outcome,
        window_days: 30,
        now: at(60),
        known_from: None,
    }
}

fn drawn(days: i64, is_held_out: bool) -> DrawnRun {
    DrawnRun {
        entered_at: at(days),
        is_held_out,
    }
}

fn arrived(name: &str, days: i64, amount: u64) -> Arrived {
    let properties = json!({ "mint": MINT, "amount": amount.to_string() });
    Arrived {
        at: at(days),
        event: Event {
            id: Uuid::nil(),
            name: name.to_owned(),
            at: at(days),
            properties: properties.as_object().cloned().unwrap_or_default(),
        },
    }
}

/// So many people of each side, with so many who pay.
fn counted([held, paying_held]: [u64; 2], [let_in, paying_let_in]: [u64; 2]) -> Counted {
    let mut counted = Counted::default();
    for (people, paying, is_held_out) in [(held, paying_held, true), (let_in, paying_let_in, false)]
    {
        for number in 0..people {
            let paid = [arrived("charged", 1, 5_000_000)];
            let arrived = if number < paying { &paid[..] } else { &[] };
            counted.add(
                &question(Outcome::Charged),
                &[drawn(0, is_held_out)],
                arrived,
            );
        }
    }
    counted
}

#[test]
fn a_window_has_bounds() {
    for window_days in [0, MAX_WINDOW_DAYS + 1] {
        let asked = Question {
            window_days,
            ..question(Outcome::Charged)
        };
        assert_eq!(asked.validate().expect_err("refused").field, "window_days");
    }
    assert_eq!(question(Outcome::Charged).validate(), Ok(()));
}

#[test]
fn nothing_is_concluded_from_too_few() {
    let few = counted([FEWEST_PEOPLE - 1, 0], [5_000, 5_000]).uplift(HOLDOUT);
    assert_eq!(few.outcome, None);
    assert_eq!(few.kept[MINT].a_person, None);
    // Money is counted all the same.
    assert_eq!(few.kept[MINT].let_in, 5_000 * 5_000_000);
    let few = counted([99, 0], [99, 0]).uplift(HOLDOUT);
    assert_eq!(few.verdict(), Verdict::NotEnoughYet);
    assert_eq!(
        Counted::default().uplift(HOLDOUT).verdict(),
        Verdict::NotEnoughYet
    );
}

#[test]
fn windows_that_are_open_are_said_and_not_compared() {
    let mut counted = Counted::default();
    let asked = question(Outcome::Charged);
    counted.add(&asked, &[drawn(31, true)], &[arrived("charged", 32, 5)]);
    assert_eq!((counted.held_out.entered, counted.held_out.open), (1, 1));
    assert_eq!(
        (counted.held_out.measured, counted.held_out.kept.len()),
        (0, 0)
    );
    counted.add(&asked, &[drawn(30, false)], &[]);
    assert_eq!((counted.let_in.open, counted.let_in.measured), (0, 1));
}

#[test]
fn what_is_no_longer_known_is_said_and_not_compared() {
    let asked = Question {
        known_from: Some(at(1)),
        ..question(Outcome::Charged)
    };
    let mut counted = Counted::default();
    counted.add(&asked, &[drawn(0, false)], &[]);
    counted.add(&asked, &[drawn(1, false)], &[]);
    assert_eq!((counted.let_in.forgotten, counted.let_in.measured), (1, 1));
}

#[test]
fn who_is_on_both_sides_is_on_neither() {
    let mut counted = Counted::default();
    let both = [drawn(0, true), drawn(3, false)];
    counted.add(&question(Outcome::Charged), &both, &[]);
    assert_eq!(counted.crossed, 1);
    assert_eq!((counted.held_out.entered, counted.let_in.entered), (0, 0));
}

#[test]
fn a_person_counts_once_by_the_first_run() {
    let mut counted = Counted::default();
    let runs = [drawn(20, false), drawn(0, false)];
    let paid = [arrived("charged", 29, 1), arrived("charged", 31, 10)];
    counted.add(&question(Outcome::Charged), &runs, &paid);
    assert_eq!((counted.let_in.entered, counted.let_in.measured), (1, 1));
    assert_eq!(counted.let_in.kept[MINT].total, 1);
}

#[test]
fn a_payment_that_was_paid_back_is_no_outcome() {
    let mut counted = Counted::default();
    let asked = question(Outcome::Charged);
    let back = [arrived("charged", 1, 5), arrived("refunded", 2, 5)];
    counted.add(&asked, &[drawn(0, false)], &back);
    counted.add(&asked, &[drawn(0, false)], &[arrived("refunded", 2, 7)]);
    counted.add(&asked, &[drawn(0, false)], &[arrived("subscribed", 2, 0)]);
    assert_eq!(
        (counted.let_in.measured, counted.let_in.with_outcome),
        (3, 0)
    );
    assert_eq!(counted.let_in.kept[MINT].total, -7);
}

#[test]
fn the_goal_counts_from_after_the_entry_to_the_end_of_the_window() {
    let goal = EventFilter {
        event: "came_back".to_owned(),
        conditions: Vec::new(),
    };
    let asked = question(Outcome::Goal(&goal));
    assert!(heeded(asked.outcome).contains(&"came_back".to_owned()));
    for (days, counts) in [(0, 0), (1, 1), (29, 1), (30, 0)] {
        let mut counted = Counted::default();
        counted.add(&asked, &[drawn(0, false)], &[arrived("came_back", days, 0)]);
        assert_eq!(counted.let_in.with_outcome, counts, "{days}");
    }
}

#[test]
fn a_difference_has_the_bounds_of_the_closed_forms() {
    let (held, let_in) = ([2_000, 800], [2_000, 1_000]);
    let tested = counted(held, let_in)
        .uplift(HOLDOUT)
        .outcome
        .expect("enough");
    let [p, q] = [0.4_f64, 0.5];
    let error = ((p * (1.0 - p) + q * (1.0 - q)) / 1_999.0).sqrt();
    // Waudby-Smith and others, as in the study of references: the sequence at N people, tuned at N*.
    let log = -2.0 * ALPHA.ln();
    let width = (log + log.ln_1p()) / f64::from(TUNED_FOR);
    let scaled = 4_000.0 * width;
    let half =
        error * ((scaled + 1.0) / scaled * 2.0 * ((scaled + 1.0).sqrt() / ALPHA).ln()).sqrt();
    let absolute = tested.always_valid.absolute.expect("a difference");
    assert!((absolute.value - 0.1).abs() < 1e-12);
    let [low, high] = [absolute.low, absolute.high].map(|it| it.expect("a bound"));
    assert!((low - (0.1 - half)).abs() < 1e-9, "{low}");
    assert!((high - (0.1 + half)).abs() < 1e-9, "{high}");
    // Two proportions: with so many people, Student's quantile is the normal one to the third digit.
    let fixed = tested.fixed_horizon.absolute.expect("a difference");
    let low = fixed.low.expect("a bound");
    assert!((low - (0.1 - 1.9600 * error)).abs() < 1e-4, "{low}");
    let relative = tested.fixed_horizon.relative.expect("a difference");
    assert!((relative.value - 0.25).abs() < 1e-12);
}

#[test]
fn money_is_compared_in_the_smallest_unit_and_summed_exactly() {
    let uplift = counted([200, 80], [200, 100]).uplift(HOLDOUT);
    let kept = uplift.kept[MINT];
    assert_eq!((kept.held_out, kept.let_in), (400_000_000, 500_000_000));
    let a_person = kept.a_person.expect("enough").fixed_horizon.absolute;
    assert!((a_person.expect("a difference").value - 500_000.0).abs() < 1e-6);
}

#[test]
fn a_sum_that_is_too_large_to_compare_is_still_exact() {
    let mut counted = counted([200, 0], [200, 0]);
    let rich = [
        arrived("charged", 1, u64::MAX),
        arrived("charged", 2, u64::MAX),
    ];
    counted.add(&question(Outcome::Charged), &[drawn(0, false)], &rich);
    let kept = counted.uplift(HOLDOUT).kept[MINT];
    assert_eq!(kept.let_in, 2 * i128::from(u64::MAX));
    assert_eq!(kept.a_person, None);
}

#[test]
fn what_is_better_worse_or_not_shown_is_said() {
    let verdict = |held, let_in| counted(held, let_in).uplift(HOLDOUT).verdict();
    assert_eq!(verdict([2_000, 800], [2_000, 1_000]), Verdict::Better);
    assert_eq!(verdict([2_000, 1_000], [2_000, 800]), Verdict::Worse);
    assert_eq!(
        verdict([2_000, 800], [2_000, 810]),
        Verdict::NoDifferenceShown
    );
    assert_eq!(verdict([200, 200], [200, 200]), Verdict::NoDifferenceShown);
    // Half were to be held out.
    assert_eq!(verdict([200, 80], [2_000, 1_900]), Verdict::NotComparable);
}

proptest! {
    #[test]
    fn nobody_is_lost_and_order_does_not_matter(
        people in prop::collection::vec(
            (prop::collection::vec((0_i64..60, any::<bool>()), 1..4),
             prop::collection::vec((0_i64..90, 0_u64..100, 0_usize..3), 0..5)), 0..20),
        known_from in prop::option::of(0_i64..60),
    ) {
        let names = ["charged", "subscribed", "refunded"];
        let asked = Question { known_from: known_from.map(at), ..question(Outcome::Charged) };
        let mut forward = Counted::default();
        let mut backward = Counted::default();
        let mut sum = 0;
        for (runs, events) in &people {
            let mut runs: Vec<DrawnRun> = runs.iter().map(|(day, held)| drawn(*day, *held)).collect();
            let mut events: Vec<Arrived> =
                events.iter().map(|(day, amount, name)| arrived(names[*name], *day, *amount)).collect();
            forward.add(&asked, &runs, &events);
            // A tie of two runs is one of the same side, or the person is on neither.
            runs.reverse();
            events.reverse();
            backward.add(&asked, &runs, &events);
        }
        prop_assert_eq!(&forward, &backward);
        let mut everybody = forward.crossed;
        for side in [&forward.let_in, &forward.held_out] {
            prop_assert_eq!(side.entered, side.open + side.forgotten + side.measured);
            prop_assert!(side.with_outcome <= side.measured);
            everybody += side.entered;
            sum += side.kept.values().map(|it| it.total).sum::<i128>();
        }
        prop_assert_eq!(everybody, people.len() as u64);
        let uplift = forward.uplift(HOLDOUT);
        let shown: i128 = uplift.kept.values().map(|it| it.let_in + it.held_out).sum();
        prop_assert_eq!(shown, sum);
    }
}
