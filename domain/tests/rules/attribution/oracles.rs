//! Attribution against MAM, do-attribution, shapley-attribution, `ChannelAttribution` and scipy on
//! seeded journeys (`tests/oracles/attribution.py`).

use super::{merged, rules};
use serde::Deserialize;
use std::collections::BTreeMap;
use tessera_domain::{
    analytics::attribution::{Conversion, JourneyStatistics, Model, Touch, bootstrap, journeys},
    time::Timestamp,
};
use uuid::Uuid;

type ByChannel = BTreeMap<String, f64>;
type ByModel = BTreeMap<Model, ByChannel>;

#[derive(Deserialize)]
struct Fixture {
    data_sets: BTreeMap<String, DataSet>,
}

#[derive(Deserialize)]
struct DataSet {
    /// Person, seconds, channel, value of a conversion at this touch.
    rows: Vec<(u32, i64, String, Option<u64>)>,
    journeys: u64,
    mam: Oracle,
    channel_attribution: Oracle,
    removal_effects: BTreeMap<String, ByChannel>,
    shapley: BTreeMap<String, ByChannel>,
    last_share_intervals: BTreeMap<String, [f64; 2]>,
}

#[derive(Deserialize)]
struct Oracle {
    conversions: ByModel,
    revenue: ByModel,
}

fn data_sets() -> BTreeMap<String, DataSet> {
    let text = include_str!("../../../../tests/oracles/fixtures/attribution.json");
    let fixture: Fixture = serde_json::from_str(text).expect("a fixture");
    fixture.data_sets
}

/// Each person's statistics, reduced from touches and conversions.
fn persons(data: &DataSet) -> Vec<JourneyStatistics> {
    let mut persons: BTreeMap<u32, (Vec<Touch>, Vec<Conversion>)> = BTreeMap::new();
    for (index, (person, secs, channel, value)) in (0_u128..).zip(&data.rows) {
        let at = Timestamp::from_secs(*secs);
        let (touches, conversions) = persons.entry(*person).or_default();
        touches.push(Touch {
            channel: channel.clone(),
            at,
        });
        conversions.extend(value.map(|value| Conversion {
            id: Uuid::from_u128(index),
            at,
            value,
        }));
    }
    persons
        .values()
        .map(|(touches, conversions)| {
            JourneyStatistics::of(&journeys(touches, conversions, &rules()), &rules())
        })
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "amounts of the fixture are below 2^53"
)]
fn credit(sums: &JourneyStatistics, model: Model) -> (ByChannel, ByChannel) {
    let report = sums.attribute(model).expect("a report");
    let conversions = |it: u128| it as f64 / 1e6;
    let credits = report.channels.into_iter();
    credits
        .map(|it| {
            let conversions = (it.channel.clone(), conversions(it.conversion_micros));
            (conversions, (it.channel, it.revenue as f64))
        })
        .unzip()
}

fn assert_close(what: &str, found: &ByChannel, expected: &ByChannel, tolerance: f64) {
    for (channel, expected) in expected {
        let found = found.get(channel).copied().unwrap_or(0.0);
        let difference = (found - expected).abs();
        assert!(
            difference <= tolerance,
            "{what} {channel}: {found}, not {expected}"
        );
    }
    assert!(
        found.keys().all(|channel| expected.contains_key(channel)),
        "{what}"
    );
}

/// A unit of rounding: a millionth of a conversion, the smallest unit of a token.
#[test]
fn credit_equals_mam_and_channel_attribution_to_the_last_unit() {
    for (name, data) in data_sets() {
        let sums = merged(&persons(&data));
        assert_eq!(sums.journeys, data.journeys, "{name}");
        for oracle in [&data.mam, &data.channel_attribution] {
            assert!(oracle.conversions.len() >= 3);
            for (model, expected) in &oracle.conversions {
                let (conversions, revenue) = credit(&sums, *model);
                let what = format!("{name} {model:?}");
                assert_close(&what, &conversions, expected, 1e-6);
                assert_close(&what, &revenue, &oracle.revenue[model], 1.0);
            }
        }
    }
}

#[test]
fn removal_effects_equal_exact_packages_and_approach_the_simulated_one() {
    for (name, data) in data_sets() {
        let sums = merged(&persons(&data));
        let effects = sums.removal_effects().expect("effects");
        for (package, expected) in &data.removal_effects {
            // ChannelAttribution simulates a million journeys and more.
            let simulated = package == "channel_attribution_simulated";
            let tolerance = if simulated { 3e-3 } else { 1e-11 };
            assert_close(&format!("{name} {package}"), &effects, expected, tolerance);
        }
        let total: f64 = effects.values().sum();
        let expected = effects
            .iter()
            .map(|(channel, effect)| (channel.clone(), effect / total * sums.conversions as f64));
        let (conversions, _) = credit(&sums, Model::Markov);
        assert_close(&name, &conversions, &expected.collect(), 1e-6);
    }
}

#[test]
fn shapley_values_equal_the_enumeration_of_all_coalitions() {
    for (name, data) in data_sets() {
        let (conversions, _) = credit(&merged(&persons(&data)), Model::Shapley);
        for (package, expected) in &data.shapley {
            assert_close(&format!("{name} {package}"), &conversions, expected, 1e-6);
        }
    }
}

/// Both are random, with other generators: 10,000 and 20,000 resamples.
#[test]
fn bootstrap_intervals_approach_scipy() {
    for (name, data) in data_sets() {
        let found = bootstrap(&persons(&data), Model::Last, 1, 10_000).expect("intervals");
        for it in found {
            let interval = it.interval.expect("an interval");
            let expected = data.last_share_intervals[&it.channel];
            for (found, expected) in interval.iter().zip(expected) {
                let difference = (found - expected).abs();
                assert!(difference < 0.008, "{name} {}: {interval:?}", it.channel);
            }
        }
    }
}
