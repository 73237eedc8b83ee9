//! Stages of deals, and win-rate lift.

use proptest::{collection::vec, prelude::*, sample::select};
use tessera_domain::leads::deals::{
    Barrier, Factor, Findings, Objection, Solution, Stage, WinCounts, transition,
};

#[test]
fn a_refused_move_names_both_stages() {
    let refusal = transition(Stage::Won, Stage::Lost).expect_err("won is final");
    assert_eq!(
        refusal.to_string(),
        "stage: a deal cannot go from won to lost"
    );
}

#[test]
fn only_the_listed_moves_are_allowed() {
    let allowed: Vec<_> = Stage::ALL
        .into_iter()
        .map(|from| {
            let to = Stage::ALL.map(|to| u8::from(transition(from, to).is_ok()));
            (from.to_string(), to)
        })
        .collect();
    // Columns in the order of the rows.
    assert_eq!(
        allowed,
        [
            ("new".to_owned(), [0, 1, 0, 0, 0, 0, 1]),
            ("qualified".to_owned(), [0, 0, 1, 0, 1, 1, 1]),
            ("demo_scheduled".to_owned(), [0, 1, 0, 1, 0, 1, 1]),
            ("demo_held".to_owned(), [0, 0, 1, 0, 1, 1, 1]),
            ("proposal".to_owned(), [0, 0, 1, 0, 0, 1, 1]),
            ("won".to_owned(), [0, 0, 0, 0, 0, 0, 0]),
            ("lost".to_owned(), [0, 1, 0, 0, 0, 0, 0]),
        ]
    );
}

#[test]
fn stages_are_shown_as_they_are_written() {
    for stage in Stage::ALL {
        let json = serde_json::to_value(stage).expect("JSON");
        assert_eq!(json, stage.to_string());
    }
}

#[test]
fn open_deals_count_for_nothing() {
    let mut counts = WinCounts::default();
    for stage in Stage::ALL.into_iter().filter(|stage| !stage.is_closed()) {
        counts.add(stage, &Findings::default());
    }
    assert_eq!(counts, WinCounts::default());
    assert_eq!(counts.win_rate().rate, None);
    for lift in counts.lifts() {
        assert_eq!((lift.lift.difference, lift.lift.ratio), (None, None));
    }
}

#[test]
fn a_lift_compares_deals_with_and_without_the_factor() {
    let audited = Findings {
        solutions: [Solution::SecurityAudit].into(),
        ..Findings::default()
    };
    let mut counts = WinCounts::default();
    // The first example of Newcombe (1998), table II: 56 of 70 against 48 of 80.
    for (findings, won, lost) in [(&audited, 56, 14), (&Findings::default(), 48, 32)] {
        (0..won).for_each(|_| counts.add(Stage::Won, findings));
        (0..lost).for_each(|_| counts.add(Stage::Lost, findings));
    }
    let factor = Factor::Solution(Solution::SecurityAudit);
    let lifts = counts.lifts();
    let lift = lifts
        .iter()
        .find(|lift| lift.factor == factor)
        .expect("listed");
    assert_eq!((lift.with.numerator, lift.with.denominator), (56, 70));
    assert_eq!((lift.without.numerator, lift.without.denominator), (48, 80));
    let published = lift
        .lift
        .difference_interval
        .map(|bounds| bounds.map(|bound| format!("{bound:.4}")));
    assert_eq!(published, Some(["0.0524".to_owned(), "0.3339".to_owned()]));

    let json = serde_json::to_value(lift).expect("JSON");
    assert_eq!(json["factor"]["kind"], "solution");
    assert_eq!(json["factor"]["name"], "security_audit");
    assert!(json["ratio_interval"].is_array());
}

fn deals() -> impl Strategy<Value = Vec<(Stage, Findings)>> {
    let findings = (
        vec(
            select(vec![Objection::SecurityConcerns, Objection::Pricing]),
            0..3,
        ),
        vec(
            select(vec![Solution::SecurityAudit, Solution::TechnicalDocs]),
            0..3,
        ),
        vec(
            select(vec![Barrier::PaymentFriction, Barrier::FeatureConfusion]),
            0..3,
        ),
    )
        .prop_map(|(objections, solutions, barriers)| Findings {
            objections: objections.into_iter().collect(),
            solutions: solutions.into_iter().collect(),
            barriers: barriers.into_iter().collect(),
        });
    vec((select(Stage::ALL.to_vec()), findings), 0..40)
}

fn count(deals: &[(Stage, Findings)]) -> WinCounts {
    let mut counts = WinCounts::default();
    for (stage, findings) in deals {
        counts.add(*stage, findings);
    }
    counts
}

proptest! {
    #[test]
    fn counts_add_over_deals(ours in deals(), theirs in deals()) {
        let mut merged = count(&theirs);
        merged.merge(&count(&ours));
        prop_assert_eq!(merged, count(&[ours, theirs].concat()));
    }

    #[test]
    fn with_and_without_make_all_closed_deals(deals in deals()) {
        let counts = count(&deals);
        let all = counts.win_rate();
        for (lift, factor) in counts.lifts().iter().zip(Factor::ALL) {
            prop_assert_eq!(lift.factor, factor);
            prop_assert_eq!(lift.with.numerator + lift.without.numerator, all.numerator);
            prop_assert_eq!(lift.with.denominator + lift.without.denominator, all.denominator);
            let closed_with = deals
                .iter()
                .filter(|(stage, found)| stage.is_closed() && factor.is_in(found))
                .count();
            prop_assert_eq!(u64::try_from(closed_with), Ok(lift.with.denominator));
        }
    }
}
