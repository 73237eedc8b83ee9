//! Nothing is learned from what only the outcome has.

use std::collections::BTreeSet;
use tessera_domain::{
    event::{Event, Properties},
    leads::prediction::{
        CONVERSIONS, DecidedLead, PredictionError, SEPARATING_AUC, TrainedModel, TrainingConfig,
        features, last_before_outcome, train,
    },
    statistics::ranking::auc,
    time::Timestamp,
};
use uuid::Uuid;

const DAY: i64 = 86_400;
/// When deals are closed: two days after the winners have subscribed.
const CLOSED: i64 = 100 * DAY;

/// Xorshift: the same seed gives the same numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The high bits are the better ones.
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }
}

fn event(name: &str, day: i64) -> Event {
    Event {
        id: Uuid::nil(),
        name: name.to_owned(),
        at: Timestamp::from_secs(day * DAY),
        properties: Properties::new(),
    }
}

/// Leads that do this and that, whose outcome is a coin's. Who wins subscribes, and then has what
/// customers have, before the deal is closed.
fn tossed(seed: u64, leads: usize) -> Vec<(bool, Vec<Event>)> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..10 {
        random.next();
    }
    let names = ["visited", "read", "asked", "watched", "shared", "opened"];
    (0..leads)
        .map(|_| {
            let mut events = Vec::new();
            for name in names {
                for _ in 0..random.below(4) {
                    let day = i64::try_from(random.below(90)).expect("a day");
                    events.push(event(name, day));
                }
            }
            let won = random.below(2) == 0;
            if won {
                events.push(event("subscribed", 98));
                // Not all of them, so that neither separates alone.
                let welcomed = ["welcomed", "onboarding_started"];
                let which = usize::try_from(random.below(2)).expect("one of two");
                events.push(event(welcomed[which], 98));
                events.push(event("invoice_opened", 99));
            }
            (won, events)
        })
        .collect()
}

fn learned(
    tossed: &[(bool, Vec<Event>)],
    until: impl Fn(&[Event]) -> Timestamp,
) -> Vec<DecidedLead> {
    (0..)
        .zip(tossed)
        .map(|(hash, (won, events))| DecidedLead {
            hash,
            features: features(events, until(events)),
            won: *won,
        })
        .collect()
}

fn trained(leads: &[DecidedLead], keep: &[&str]) -> Result<TrainedModel, PredictionError> {
    let keep: BTreeSet<String> = keep.iter().map(|name| (*name).to_owned()).collect();
    let config = TrainingConfig {
        keep,
        ..TrainingConfig::default()
    };
    train(leads, &config)
}

#[test]
fn outcomes_by_coin_toss_are_predicted_as_a_coin_does() {
    let closed = Timestamp::from_secs(CLOSED);
    for seed in 1..=6 {
        let tossed = tossed(seed, 2_000);
        let leads = learned(&tossed, |events| last_before_outcome(events, None, closed));
        let model = trained(&leads, &[]).expect("enough outcomes");
        for evaluation in [model.evaluation, model.naive_bayes_evaluation] {
            let auc = evaluation.auc.expect("both outcomes");
            assert!((0.4..=0.6).contains(&auc), "{seed}: {auc}");
        }
        assert_eq!(model.separating, []);
        for name in CONVERSIONS
            .into_iter()
            .chain(["welcomed", "invoice_opened"])
        {
            let had = format!("had.{name}");
            assert!(model.features.iter().all(|it| it.name != had), "{had}");
        }
    }
}

#[test]
fn what_separates_alone_is_reported_and_left_out_unless_it_is_kept() {
    let tossed = tossed(7, 1_000);
    // As if nobody knew of the conversion.
    let leads = learned(&tossed, |_| Timestamp::from_secs(CLOSED - 1));
    let model = trained(&leads, &[]).expect("enough outcomes");
    let separating: Vec<&str> = model
        .separating
        .iter()
        .map(|it| it.feature.as_str())
        .collect();
    let expected = [
        "had.invoice_opened",
        "had.subscribed",
        "log_count.invoice_opened",
        "log_count.subscribed",
    ];
    assert_eq!(separating, expected);
    for left_out in &model.separating {
        assert!(
            left_out.auc >= SEPARATING_AUC && !left_out.kept,
            "{left_out:?}"
        );
        assert!(model.features.iter().all(|it| it.name != left_out.feature));
    }
    let kept = trained(&leads, &["had.subscribed"]).expect("enough outcomes");
    assert!(kept.features.iter().any(|it| it.name == "had.subscribed"));
    let says = kept
        .separating
        .iter()
        .map(|it| (it.feature.as_str(), it.kept));
    let expected: Vec<(&str, bool)> = expected
        .into_iter()
        .map(|name| (name, name == "had.subscribed"))
        .collect();
    assert_eq!(says.collect::<Vec<_>>(), expected);
    assert!(kept.evaluation.auc.expect("both outcomes") > 0.99);
}

#[test]
fn leads_that_only_the_outcome_tells_apart_teach_nothing() {
    let tossed = tossed(8, 1_000);
    let mut leads = learned(&tossed, |_| Timestamp::from_secs(CLOSED - 1));
    for lead in &mut leads {
        lead.features.retain(|name, _| name == "had.subscribed");
    }
    let refused = trained(&leads, &[]).expect_err("nothing is left");
    assert!(refused.to_string().contains("had.subscribed"), "{refused}");
    assert!(trained(&leads, &["had.subscribed"]).is_ok());
}

/// Won and lost leads compared one by one.
fn by_pairs(pairs: &[(f64, bool)]) -> f64 {
    let of = |outcome: bool| pairs.iter().filter(move |(_, won)| *won == outcome);
    let (mut wins, mut all) = (0.0, 0.0);
    for (high, _) in of(true) {
        for (low, _) in of(false) {
            all += 1.0;
            wins += match high.total_cmp(low) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    wins / all
}

#[test]
fn the_area_under_the_curve_is_the_share_of_pairs_in_the_right_order() {
    let mut random = Random(9);
    for values in [2, 5, 1_000_000] {
        let pairs: Vec<(f64, bool)> = (0..300)
            .map(|_| {
                let value = u32::try_from(random.below(values)).expect("a small number");
                (f64::from(value), random.below(3) == 0)
            })
            .collect();
        let found = auc(&pairs).expect("both outcomes");
        assert!((found - by_pairs(&pairs)).abs() < 1e-12, "{found}");
    }
}
