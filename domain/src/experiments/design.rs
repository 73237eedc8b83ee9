//! What a team settles before an experiment starts.
//!
//! Law: nothing that a result depends on changes while a phase runs. Who wants another weight, metric or
//! tuning begins another phase, whose people are others.

mod validate;

use super::{
    assignment::Allocation,
    bandit::{Algorithm, BURN_IN, FLOOR_BPS},
    inference::{interval::Side, sequence::FEWEST_PEOPLE},
    measurement::Dimension,
    metric::Better,
    multiplicity::{Correction, Scope},
    numbers::part,
    preset::Preset,
};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// Longest name of an experiment, characters.
pub const MAX_NAME_CHARS: usize = 100;
/// Longest hypothesis, characters.
pub const MAX_HYPOTHESIS_CHARS: usize = 1_000;
/// Most factors of a design.
pub const MAX_FACTORS: usize = 4;
/// Most levels of a factor.
pub const MAX_LEVELS: usize = 5;
/// Most hours of a batch: a week.
pub const MAX_BATCH_HOURS: u32 = 168;
/// Most days that rules of a decision can name.
pub const MAX_DAYS: u32 = 366;
/// Highest chance of a false discovery, in ten-thousandths: a test on one side needs less than a half.
pub const MAX_ALPHA_BPS: u16 = 4_999;
/// Number of people with which bounds are tightest unless the design says so.
pub const TUNED_FOR: u32 = 10_000;
/// Most people that a plan can name.
pub const MAX_PEOPLE: u32 = 1_000_000_000;

/// The design of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// What the team calls it.
    pub name: String,
    /// What is expected, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypothesis: Option<String>,
    /// What kind of test it is, where its arms have rules of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// Its arms, and who sees them; the first is the base.
    pub allocation: Allocation,
    /// What is measured.
    pub metrics: Vec<ChosenMetric>,
    /// What exposures are grouped by, when assignments are checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Dimension>,
    /// How figures become conclusions.
    #[serde(default)]
    pub statistics: Statistics,
    /// When it is over.
    #[serde(default)]
    pub decision: DecisionRules,
    /// What arms are made of, in a multivariate test: arms are the combinations of levels, those of the
    /// last factor changing first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<Factor>,
    /// How weights follow what is known of the arms; without it they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandit: Option<BanditRules>,
}

/// A metric, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChosenMetric {
    /// Its name.
    pub metric: String,
    /// What it is for.
    pub role: Role,
    /// How much worse a guardrail may become, in ten-thousandths of the base: what is proved to be worse
    /// than that is not shipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_harm_bps: Option<u16>,
}

/// What a metric is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides.
    Primary,
    /// Explains.
    Secondary,
    /// Must not become worse.
    Guardrail,
}

/// How figures become conclusions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "WrittenStatistics")]
pub struct Statistics {
    /// Which evidence decides.
    pub method: Method,
    /// Which effects are looked for.
    pub sides: Sides,
    /// The chance of a false discovery, in ten-thousandths.
    pub alpha_bps: u16,
    /// How many comparisons at a time are allowed for.
    pub correction: Correction,
    /// Which comparisons count together.
    pub scope: Scope,
    /// Fewest people of an arm: with fewer there is no answer.
    pub fewest_people: u32,
}

/// The same as teams write it: what is left out depends on the method.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenStatistics {
    method: Method,
    sides: Sides,
    alpha_bps: u16,
    correction: Option<Correction>,
    scope: Scope,
    fewest_people: u32,
}

impl Default for WrittenStatistics {
    fn default() -> Self {
        let Statistics {
            method,
            sides,
            alpha_bps,
            scope,
            fewest_people,
            ..
        } = Statistics::default();
        Self {
            method,
            sides,
            alpha_bps,
            correction: None,
            scope,
            fewest_people,
        }
    }
}

impl From<WrittenStatistics> for Statistics {
    fn from(written: WrittenStatistics) -> Self {
        Self {
            method: written.method,
            sides: written.sides,
            alpha_bps: written.alpha_bps,
            correction: written.correction.unwrap_or(match written.method {
                Method::Sequential { .. } => Correction::EBenjaminiHochberg,
                Method::Fixed { .. } => Correction::Holm,
                Method::Bayesian { .. } => Correction::None,
            }),
            scope: written.scope,
            fewest_people: written.fewest_people,
        }
    }
}

/// Which evidence decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Confidence sequences: valid whenever one looks.
    Sequential {
        /// People of both arms at whom the bounds are tightest.
        tuned_for: u32,
    },
    /// Welch's test, which is read once, when so many people have come.
    Fixed {
        /// People of all arms.
        planned_people: u32,
    },
    /// The chance that an arm is better.
    Bayesian {
        /// What is believed beforehand of relative effects; nothing, unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prior: Option<Prior>,
    },
}

/// A normal distribution of relative effects around 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Its standard deviation, in ten-thousandths of the base.
    pub deviation_bps: u16,
}

/// Which effects are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// Any difference.
    #[default]
    Both,
    /// Improvements only: a bound on one side.
    Improvement,
}

/// When an experiment is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionRules {
    /// Whether Tessera ships or stops by itself.
    pub automatic: bool,
    /// Days before anything is shipped, or stopped but for harm to a guardrail, so that each weekday is in it.
    pub min_days: u32,
    /// Days after which it stops; it goes on for as long as it takes, unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_days: Option<u32>,
    /// The least relative effect that is worth shipping, in ten-thousandths of the base: where none as large
    /// is possible any more, it stops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worthwhile_bps: Option<u16>,
}

/// One of the things that a multivariate test varies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// What varies.
    pub name: String,
    /// Its levels, the base first.
    pub levels: Vec<String>,
}

/// How weights follow what is known of the arms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BanditRules {
    /// What the weights are.
    pub algorithm: Algorithm,
    /// Least weight of an arm, in ten-thousandths.
    #[serde(default = "floor_bps")]
    pub floor_bps: u16,
    /// People that each arm needs before weights move.
    #[serde(default = "burn_in")]
    pub burn_in: u32,
    /// Hours between two moves.
    #[serde(default = "day")]
    pub batch_hours: u32,
}

/// Hours of a batch unless given.
const DAY_HOURS: u32 = 24;

fn floor_bps() -> u16 {
    u16::try_from(FLOOR_BPS).unwrap_or_default()
}

fn burn_in() -> u32 {
    u32::try_from(BURN_IN).unwrap_or_default()
}

fn day() -> u32 {
    DAY_HOURS
}

impl Default for Statistics {
    fn default() -> Self {
        Self {
            method: Method::Sequential {
                tuned_for: TUNED_FOR,
            },
            sides: Sides::Both,
            alpha_bps: 500,
            correction: Correction::EBenjaminiHochberg,
            scope: Scope::All,
            fewest_people: u32::try_from(FEWEST_PEOPLE).unwrap_or_default(),
        }
    }
}

impl Default for DecisionRules {
    fn default() -> Self {
        Self {
            automatic: false,
            min_days: 7,
            max_days: None,
            worthwhile_bps: None,
        }
    }
}

impl ChosenMetric {
    /// How much worse it may become, as a part of the base.
    pub fn most_harm(&self) -> f64 {
        f64::from(self.most_harm_bps.unwrap_or(0)) / 10_000.0
    }
}

impl Sides {
    /// Which effects on a metric are looked for.
    pub fn of(self, better: Better) -> Side {
        match (self, better) {
            (Self::Both, _) => Side::Both,
            (Self::Improvement, Better::Higher) => Side::Above,
            (Self::Improvement, Better::Lower) => Side::Below,
        }
    }
}

impl Statistics {
    /// The chance of a false discovery.
    pub fn alpha(&self) -> f64 {
        part(self.alpha_bps)
    }
}

impl Design {
    /// Hours of the batches by which what came of exposures is kept.
    pub fn batch_hours(&self) -> u32 {
        self.bandit.as_ref().map_or(DAY_HOURS, |it| it.batch_hours)
    }

    /// Refuses another design than `before` while a phase runs, but for what people read.
    ///
    /// # Errors
    /// The first field that results depend on, and that differs.
    pub fn unless_renamed(&self, before: &Self) -> Result<(), Refusal> {
        let checks = [
            ("preset", self.preset == before.preset),
            ("allocation", self.allocation == before.allocation),
            ("metrics", self.metrics == before.metrics),
            ("dimensions", self.dimensions == before.dimensions),
            ("statistics", self.statistics == before.statistics),
            ("decision", self.decision == before.decision),
            ("factors", self.factors == before.factors),
            ("bandit", self.bandit == before.bandit),
        ];
        match checks.into_iter().find(|(_, is_same)| !is_same) {
            None => Ok(()),
            Some((field, _)) => {
                let rule = "must stay as it is while a phase runs; stop it, and begin another";
                Err(Refusal::coded("phase_runs", field, rule))
            }
        }
    }
}
