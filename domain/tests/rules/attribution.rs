//! Attribution: against other packages, its laws for any journeys, and what lies at the edges.

mod channels;
mod laws;
mod oracles;

use tessera_domain::{
    analytics::attribution::{
        AttributionError, AttributionRules, Conversion, Journey, JourneyStatistics,
        MAX_MARKOV_CHANNELS, Model, Touch, bootstrap, compare,
    },
    time::Timestamp,
};
use uuid::Uuid;

fn rules() -> AttributionRules {
    AttributionRules {
        lookback_secs: 3_650 * 86_400,
        ..AttributionRules::default()
    }
}

fn merged(persons: &[JourneyStatistics]) -> JourneyStatistics {
    let mut sums = JourneyStatistics::default();
    persons.iter().for_each(|person| sums.merge(person));
    sums
}

fn journey(channels: &[&str], value: Option<u64>) -> Journey {
    let touches = (0..).zip(channels).map(|(hour, channel)| Touch {
        channel: (*channel).to_owned(),
        at: Timestamp::from_secs(hour * 3_600),
    });
    Journey {
        touches: touches.collect(),
        conversion: value.map(|value| Conversion {
            id: Uuid::nil(),
            at: Timestamp::from_secs(1_000_000),
            value,
        }),
    }
}

fn statistics(journeys: &[Journey]) -> JourneyStatistics {
    JourneyStatistics::of(journeys, &rules())
}

#[test]
fn too_many_channels_for_the_chain_are_refused_by_name() {
    let names: Vec<String> = (0..=MAX_MARKOV_CHANNELS)
        .map(|it| format!("c{it}"))
        .collect();
    let channels: Vec<&str> = names.iter().map(String::as_str).collect();
    let sums = statistics(&[journey(&channels, Some(1))]);
    let refusal = sums.attribute(Model::Markov).expect_err("a refusal");
    assert_eq!(
        refusal.to_string(),
        "model: markov takes at most 256 channels, these journeys have 257"
    );
    // The other models have no such bound.
    let report = sums.attribute(Model::Shapley).expect("a report");
    assert_eq!(
        report
            .channels
            .iter()
            .map(|it| it.conversion_micros)
            .sum::<u128>(),
        1_000_000
    );
}

#[test]
fn a_chain_that_never_ends_is_refused() {
    let dead_end = r#"{"journeys": 1, "conversions": 0, "revenue": "0", "channels": {
        "a": {"starts": 1, "converted": 0, "abandoned": 0, "next": {"b": 1}, "credit": {}},
        "b": {"starts": 0, "converted": 0, "abandoned": 0, "next": {"a": 1}, "credit": {}}
    }}"#;
    let sums: JourneyStatistics = serde_json::from_str(dead_end).expect("statistics");
    assert_eq!(sums.removal_effects(), Err(AttributionError::Unsolvable));
}

#[test]
fn without_conversions_no_channel_has_a_share() {
    for sums in [statistics(&[]), statistics(&[journey(&["a", "b"], None)])] {
        for model in Model::ALL {
            let report = sums.attribute(model).expect("a report");
            for credit in report.channels {
                assert_eq!(
                    (credit.conversion_micros, credit.revenue, credit.share),
                    (0, 0, None)
                );
            }
        }
        assert!(compare(&[sums.attribute(Model::First).expect("a report")]).is_empty());
        let intervals = bootstrap(&[sums], Model::Markov, 1, 100).expect("intervals");
        assert!(
            intervals
                .iter()
                .all(|it| it.share.is_none() && it.interval.is_none())
        );
    }
    assert_eq!(bootstrap(&[], Model::Last, 1, 100), Ok(Vec::new()));
}

#[test]
fn a_single_channel_earns_everything() {
    let sums = statistics(&[journey(&["a", "a", "a"], Some(7)), journey(&["a"], None)]);
    for model in Model::ALL {
        let report = sums.attribute(model).expect("a report");
        let [only] = report.channels.as_slice() else {
            panic!("one channel");
        };
        assert_eq!((only.conversion_micros, only.revenue), (1_000_000, 7));
    }
    let effects = sums.removal_effects().expect("effects");
    assert_eq!(effects["a"], 1.0);
}

#[test]
fn a_conversion_without_touches_is_credited_to_direct() {
    let sums = statistics(&[journey(&[], Some(5)), journey(&[], None)]);
    assert_eq!((sums.journeys, sums.conversions), (1, 1));
    for model in Model::ALL {
        let report = sums.attribute(model).expect("a report");
        let credits = report
            .channels
            .iter()
            .map(|it| (it.channel.as_str(), it.revenue));
        assert_eq!(credits.collect::<Vec<_>>(), [("direct", 5)]);
    }
}

#[test]
fn a_whole_refund_leaves_a_conversion_without_revenue() {
    let sums = statistics(&[journey(&["a", "b"], Some(0))]);
    for model in Model::ALL {
        let report = sums.attribute(model).expect("a report");
        assert_eq!(report.channels.iter().map(|it| it.revenue).sum::<u128>(), 0);
        assert_eq!(
            report
                .channels
                .iter()
                .map(|it| it.conversion_micros)
                .sum::<u128>(),
            1_000_000
        );
    }
}

#[test]
fn models_that_disagree_are_named_with_their_shares() {
    let sums = statistics(&[journey(&["a", "b", "b"], Some(1)), journey(&["c"], Some(1))]);
    let reports = [Model::Last, Model::First, Model::Linear]
        .map(|model| sums.attribute(model).expect("a report"));
    let found = compare(&reports);
    let spans: Vec<_> = found
        .iter()
        .map(|it| (it.channel.as_str(), it.lowest.model, it.highest.model))
        .collect();
    let expected = [
        ("a", Model::Last, Model::First),
        ("b", Model::First, Model::Last),
        ("c", Model::Last, Model::Last),
    ];
    assert_eq!(spans, expected);
    assert_eq!(found[0].highest.share, 0.5);
    assert_eq!((found[2].lowest.share, found[2].highest.share), (0.5, 0.5));
}

#[test]
fn rounds_out_of_bounds_are_refused() {
    for rounds in [0, 99, 10_001] {
        let refusal = bootstrap(&[], Model::Last, 1, rounds).expect_err("a refusal");
        assert_eq!(refusal.to_string(), "rounds: must be from 100 to 10000");
    }
}

#[test]
fn a_seed_gives_the_same_intervals_again() {
    let persons: Vec<_> = [&["a", "b"][..], &["b"], &["b", "c"], &["a"]]
        .iter()
        .map(|channels| statistics(&[journey(channels, Some(1))]))
        .collect();
    for model in Model::ALL {
        let first = bootstrap(&persons, model, 5, 200).expect("intervals");
        assert_eq!(
            bootstrap(&persons, model, 5, 200).expect("intervals"),
            first
        );
        for it in &first {
            let ([low, high], share) = it.interval.zip(it.share).expect("shares");
            assert!(
                (0.0..=share).contains(&low) && (share..=1.0).contains(&high),
                "{it:?}"
            );
        }
    }
    let [one, other] = [5, 6].map(|seed| bootstrap(&persons, Model::Linear, seed, 200));
    assert_ne!(one, other);
}
