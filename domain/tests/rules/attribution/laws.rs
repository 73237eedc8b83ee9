//! The laws of attribution for any journeys.

use super::{journey, merged, rules, statistics};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    analytics::attribution::{
        AttributionRules, Conversion, Journey, JourneyStatistics, Model, Touch, journeys,
    },
    time::Timestamp,
};
use uuid::Uuid;

/// Names with which other implementations mark the states of their chains, and empty text.
const NAMES: [&str; 6] = ["(start)", "(conversion)", "(null)", "direct", "", "paid"];

prop_compose! {
    fn any_journey()(
        channels in prop::collection::vec(0..NAMES.len(), 0..9),
        gaps in prop::collection::vec(0_i64..3_000_000, 9),
        value in prop::option::of(prop_oneof![0..100_u64, any::<u64>()]),
    ) -> Journey {
        let names: Vec<&str> = channels.into_iter().map(|it| NAMES[it]).collect();
        let mut journey = journey(&names, value);
        let mut secs = 0;
        for (touch, gap) in journey.touches.iter_mut().zip(gaps) {
            secs += gap;
            touch.at = Timestamp::from_secs(secs);
        }
        if let Some(conversion) = &mut journey.conversion {
            conversion.at = Timestamp::from_secs(secs);
        }
        journey
    }
}

fn any_journeys() -> impl Strategy<Value = Vec<Journey>> {
    prop::collection::vec(any_journey(), 0..25)
}

proptest! {
    #[test]
    fn credit_adds_up_under_every_model(journeys in any_journeys()) {
        let conversions = journeys.iter().filter_map(|it| it.conversion.as_ref());
        let revenue: u128 = conversions.clone().map(|it| u128::from(it.value)).sum();
        let micros = 1_000_000 * conversions.map(|_| 1_u128).sum::<u128>();
        let sums = statistics(&journeys);
        for model in Model::ALL {
            let report = sums.attribute(model).expect("a report");
            let given: u128 = report.channels.iter().map(|it| it.conversion_micros).sum();
            prop_assert_eq!(given, micros, "{:?}", model);
            let given: u128 = report.channels.iter().map(|it| it.revenue).sum();
            prop_assert_eq!(given, revenue, "{:?}", model);
        }
    }

    #[test]
    fn parts_of_the_persons_add_up_to_the_whole_and_can_be_taken_away(
        journeys in any_journeys(),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = statistics(&journeys);
        let (left, right) = journeys.split_at(cut.index(journeys.len() + 1));
        let (left, right) = (statistics(left), statistics(right));
        for order in [[&left, &right], [&right, &left]] {
            prop_assert_eq!(&merged(&order.map(Clone::clone)), &whole);
        }
        let mut rest = whole;
        rest.remove(&right);
        prop_assert_eq!(rest, left);
    }

    #[test]
    fn statistics_survive_storage(journeys in any_journeys()) {
        let sums = statistics(&journeys);
        let stored = serde_json::to_value(&sums).expect("JSON");
        prop_assert_eq!(serde_json::from_value::<JourneyStatistics>(stored).expect("sums"), sums);
    }

    #[test]
    fn null_journeys_matter_to_markov_only(journeys in any_journeys()) {
        let converting: Vec<Journey> =
            journeys.iter().filter(|it| it.conversion.is_some()).cloned().collect();
        let (all, converting) = (statistics(&journeys), statistics(&converting));
        for model in Model::ALL.into_iter().filter(|it| *it != Model::Markov) {
            let mut credits = all.attribute(model).expect("a report").channels;
            let expected = converting.attribute(model).expect("a report").channels;
            credits.retain(|it| expected.iter().any(|known| known.channel == it.channel)
                || it.conversion_micros > 0);
            prop_assert_eq!(credits, expected, "{:?}", model);
        }
    }

    /// The names that mark states elsewhere are names like any other.
    #[test]
    fn names_of_channels_do_not_matter(journeys in any_journeys()) {
        let plain = |name: &str| match NAMES.iter().position(|it| *it == name) {
            Some(3) => "direct".to_owned(),
            index => format!("channel {index:?}"),
        };
        let mut renamed = journeys.clone();
        for touch in renamed.iter_mut().flat_map(|it| &mut it.touches) {
            touch.channel = plain(&touch.channel);
        }
        let found = statistics(&journeys).removal_effects().expect("effects");
        let expected = statistics(&renamed).removal_effects().expect("effects");
        for (channel, effect) in found {
            prop_assert!((effect - expected[&plain(&channel)]).abs() < 1e-12);
        }
    }

    /// By the definition: the share of conversions that is lost when all that goes to a channel goes
    /// to null, iterated step by step until nothing moves.
    #[test]
    fn removal_effects_are_what_removal_loses(journeys in any_journeys()) {
        let effects = statistics(&journeys).removal_effects().expect("effects");
        let total = converting_chance(&journeys, None);
        for (channel, effect) in effects {
            let left = converting_chance(&journeys, Some(&channel));
            let expected = if total > 0.0 { 1.0 - left / total } else { 0.0 };
            prop_assert!((effect - expected).abs() < 1e-9, "{channel}: {effect}, not {expected}");
        }
    }

    #[test]
    fn shapley_values_are_the_average_over_all_coalitions(
        journeys in prop::collection::vec(any_journey(), 1..8),
    ) {
        let report = statistics(&journeys).attribute(Model::Shapley).expect("a report");
        let converting: Vec<(BTreeSet<&str>, u64)> = journeys
            .iter()
            .filter_map(|it| Some((it.channels().into_iter().collect(), it.conversion.as_ref()?.value)))
            .collect();
        let players: Vec<&str> = report.channels.iter().map(|it| it.channel.as_str()).collect();
        let orders: u128 = factorial(players.len());
        for (credit, player) in report.channels.iter().zip(&players) {
            let (conversions, revenue) = added(player, &players, &converting);
            let off = |credit: u128, added: u128| (credit * orders).abs_diff(added);
            // A unit of rounding, and what each journey is rounded by.
            prop_assert!(off(credit.conversion_micros, conversions * 1_000_000) * 1_000 < orders * 1_001);
            prop_assert!(off(credit.revenue, revenue) * 1_000 < orders * 1_001);
        }
    }

    #[test]
    fn order_of_arrival_does_not_matter(
        touches in prop::collection::vec((0..NAMES.len(), 0..20_i64), 0..12),
        conversions in prop::collection::vec((0..20_i64, any::<u64>()), 0..4),
        across_conversions in any::<bool>(),
        lookback_secs in 1..20_i64,
        seed in any::<u64>(),
    ) {
        let touches: Vec<Touch> = touches
            .into_iter()
            .map(|(name, secs)| Touch {
                channel: NAMES[name].to_owned(),
                at: Timestamp::from_secs(secs),
            })
            .collect();
        let conversions: Vec<Conversion> = (0..)
            .zip(conversions)
            .map(|(id, (secs, value))| Conversion {
                id: Uuid::from_u128(id),
                at: Timestamp::from_secs(secs),
                value,
            })
            .collect();
        let rules = AttributionRules { lookback_secs, across_conversions, ..rules() };
        let expected = journeys(&touches, &conversions, &rules);
        let found = journeys(&shuffled(&touches, seed), &shuffled(&conversions, seed), &rules);
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(
            expected.iter().filter(|it| it.conversion.is_some()).count(),
            conversions.len()
        );
        for journey in expected {
            let Some(conversion) = journey.conversion else { continue };
            let span = conversion.at.plus_secs(-lookback_secs)..=conversion.at;
            prop_assert!(journey.touches.iter().all(|touch| span.contains(&touch.at)));
            prop_assert!(journey.touches.is_sorted_by_key(|touch| touch.at));
        }
    }
}

fn shuffled<T: Clone>(items: &[T], seed: u64) -> Vec<T> {
    let mut keyed: Vec<(u64, &T)> = (1_u64..)
        .zip(items)
        .map(|(index, item)| (seed.wrapping_mul(index).rotate_left(17), item))
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, item)| item.clone()).collect()
}

/// The chance to convert from the start: mass moves step by step through the chain, what goes to
/// `removed` is lost.
fn converting_chance(journeys: &[Journey], removed: Option<&str>) -> f64 {
    const CONVERSION: Option<&str> = None;
    let mut edges: BTreeMap<(Option<&str>, Option<&str>), f64> = BTreeMap::new();
    let mut starts: BTreeMap<&str, f64> = BTreeMap::new();
    let mut left: BTreeMap<&str, f64> = BTreeMap::new();
    for journey in journeys {
        let channels = journey.channels();
        if let Some(first) = channels.first() {
            *starts.entry(first).or_default() += 1.0;
        }
        for (index, channel) in channels.iter().enumerate() {
            *left.entry(channel).or_default() += 1.0;
            match channels.get(index + 1) {
                Some(next) => *edges.entry((Some(channel), Some(next))).or_default() += 1.0,
                None if journey.conversion.is_some() => {
                    *edges.entry((Some(channel), CONVERSION)).or_default() += 1.0;
                }
                None => {}
            }
        }
    }
    let total: f64 = starts.values().sum();
    let mut mass: BTreeMap<&str, f64> = starts;
    let mut converted = 0.0;
    for _ in 0..100_000 {
        mass.retain(|channel, amount| Some(*channel) != removed && *amount > 1e-13);
        if mass.is_empty() {
            break;
        }
        let mut moved = BTreeMap::new();
        for ((from, to), count) in &edges {
            let Some(from) = from else { continue };
            let amount = mass.get(from).copied().unwrap_or(0.0) * count / left[from];
            match to {
                Some(to) => *moved.entry(*to).or_default() += amount,
                None => converted += amount,
            }
        }
        mass = moved;
    }
    if total > 0.0 { converted / total } else { 0.0 }
}

/// Conversions and revenue that `player` adds to those before it, summed over all orders in which the
/// players can come.
fn added(player: &str, players: &[&str], converting: &[(BTreeSet<&str>, u64)]) -> (u128, u128) {
    let others: Vec<&str> = players.iter().copied().filter(|it| *it != player).collect();
    let worth = |coalition: &BTreeSet<&str>| {
        let earned = converting
            .iter()
            .filter(|(touched, _)| touched.is_subset(coalition));
        earned.fold((0, 0), |(conversions, revenue), (_, value)| {
            (conversions + 1, revenue + u128::from(*value))
        })
    };
    let mut sum = (0, 0);
    for mask in 0_u32..1 << others.len() {
        let chosen = others
            .iter()
            .enumerate()
            .filter(|(index, _)| mask >> index & 1 == 1);
        let mut coalition: BTreeSet<&str> = chosen.map(|(_, it)| *it).collect();
        let orders = factorial(coalition.len()) * factorial(others.len() - coalition.len());
        let without = worth(&coalition);
        coalition.insert(player);
        let with = worth(&coalition);
        sum.0 += orders * (with.0 - without.0);
        sum.1 += orders * (with.1 - without.1);
    }
    sum
}

fn factorial(n: usize) -> u128 {
    (1..=n as u128).product()
}
