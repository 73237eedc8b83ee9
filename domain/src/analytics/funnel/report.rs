//! A funnel's report from its counts: for each step the number of persons, the conversion, the time
//! to convert, and the bottleneck. Persons at a step are all whose level is at least that step, so
//! they never increase from step to step, and groups add up to the whole.

use super::{
    FunnelCounts, FunnelDefinition, GroupedCounts, Measure, Mode,
    bottleneck::{Bottleneck, bottleneck},
    counts::{Cell, add_to},
    duration::{TimeToConvert, time_to_convert},
};
use crate::statistics::proportion::Proportion;
use rust_decimal::Decimal;
use serde::Serialize;

/// Most breakdown values that are shown separately; the others are shown together.
pub const MAX_GROUPS: usize = 25;

/// The report of a funnel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunnelReport {
    /// All persons.
    #[serde(flatten)]
    pub all: StepsReport,
    /// Persons by breakdown value, those with the most entrants first; empty when the definition has
    /// no breakdown.
    pub groups: Vec<GroupReport>,
    /// Values of events in the range that have no order to those that the definition compares them
    /// with, and so were neither less nor greater.
    pub not_compared: u64,
}

/// The persons of one breakdown value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupReport {
    /// The persons of the group.
    pub group: BreakdownGroup,
    /// Their steps.
    #[serde(flatten)]
    pub steps: StepsReport,
}

/// A group of persons in a breakdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BreakdownGroup {
    /// Persons with this value.
    Value {
        /// The value.
        value: String,
    },
    /// Persons without the property.
    Missing,
    /// Persons with any value beyond the [`MAX_GROUPS`] that have the most entrants.
    Other {
        /// Number of values, including the missing one; null when they are too many to be counted.
        values: Option<usize>,
    },
}

/// Every step, and the transition that costs the most.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepsReport {
    /// In the funnel's order.
    pub steps: Vec<StepReport>,
    /// Where the most is lost; null when nobody is lost.
    pub bottleneck: Option<Bottleneck>,
}

/// How many persons reach a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepReport {
    /// The step's name; in an unordered funnel how many steps were taken.
    pub name: String,
    /// Persons whose level is at least this step.
    pub persons: u64,
    /// Share of the persons at the step before; null at the first step.
    pub conversion_from_previous: Option<Proportion>,
    /// Share of the persons at the first step.
    pub conversion_from_first: Proportion,
    /// Time from the step before; null at the first step, and when nobody reaches this one.
    pub time_from_previous: Option<TimeToConvert>,
}

/// The report of the counts of any range of days. `revenue_per_conversion` is the average, in any
/// unit.
pub fn report(
    definition: &FunnelDefinition,
    counts: &GroupedCounts,
    revenue_per_conversion: Option<Decimal>,
) -> FunnelReport {
    let steps = |cell: &Cell| steps_report(definition, cell, revenue_per_conversion);
    let all = cell(&counts.all);
    let mut groups = Vec::new();
    if definition.breakdown.is_some() {
        groups.extend(
            counts
                .top
                .largest
                .iter()
                .map(|(value, counts)| GroupReport {
                    group: match value.as_str() {
                        "" => BreakdownGroup::Missing,
                        value => BreakdownGroup::Value {
                            value: value.to_owned(),
                        },
                    },
                    steps: steps(&cell(counts)),
                }),
        );
        groups.extend(counts.top.other.iter().map(|other| GroupReport {
            group: BreakdownGroup::Other {
                values: other.labels,
            },
            steps: steps(&cell(&other.sum)),
        }));
    }
    FunnelReport {
        all: steps(&all),
        groups,
        not_compared: count_of(&all, Measure::NotCompared),
    }
}

/// Counts of all days and values.
fn cell(counts: &FunnelCounts) -> Cell {
    let mut cell = Cell::new();
    for (_, _, measure, amount) in counts.rows() {
        add_to(&mut cell, measure, amount);
    }
    cell
}

fn steps_report(
    definition: &FunnelDefinition,
    cell: &Cell,
    revenue: Option<Decimal>,
) -> StepsReport {
    let levels = (1..).take(definition.steps.len());
    let persons: Vec<u64> = levels
        .clone()
        .map(|level| persons_from(cell, level))
        .collect();
    let entrants = persons.first().copied().unwrap_or(0);
    let before = [None].into_iter().chain(persons.iter().copied().map(Some));
    let steps = levels
        .zip(&definition.steps)
        .zip(persons.iter().zip(before));
    StepsReport {
        steps: steps
            .map(|((level, step), (persons, before))| StepReport {
                name: match definition.mode {
                    Mode::Ordered | Mode::Strict => step.name.clone(),
                    Mode::Unordered => format!("any {level} of {}", definition.steps.len()),
                },
                persons: *persons,
                conversion_from_previous: before.map(|before| Proportion::wilson(*persons, before)),
                conversion_from_first: Proportion::wilson(*persons, entrants),
                time_from_previous: time_to(cell, level),
            })
            .collect(),
        bottleneck: bottleneck(&persons, revenue),
    }
}

/// Persons whose level is at least `level`.
fn persons_from(cell: &Cell, level: u8) -> u64 {
    let levels = Measure::Persons { level }..=Measure::Persons { level: u8::MAX };
    let persons: i64 = cell.range(levels).map(|(_, amount)| amount).sum();
    u64::try_from(persons).unwrap_or(0)
}

fn count_of(cell: &Cell, measure: Measure) -> u64 {
    let amount = cell.get(&measure).copied();
    amount.and_then(|it| u64::try_from(it).ok()).unwrap_or(0)
}

fn time_to(cell: &Cell, level: u8) -> Option<TimeToConvert> {
    let [first, last] = [u8::MIN, u8::MAX].map(|bucket| Measure::Time { level, bucket });
    let buckets = cell
        .range(first..=last)
        .filter_map(|(measure, amount)| match measure {
            Measure::Time { bucket, .. } => Some((*bucket, u64::try_from(*amount).unwrap_or(0))),
            _ => None,
        });
    let buckets: Vec<_> = buckets.collect();
    let total = cell.get(&Measure::TotalMillis { level }).copied();
    time_to_convert(&buckets, total.unwrap_or(0))
}
