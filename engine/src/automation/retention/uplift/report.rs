//! What a journey changes, as the result of a job says it.

use super::Looked;
use serde::Serialize;
use tessera_domain::{
    automation::{
        journey::Holdout,
        retention::uplift::{
            ALPHA, Bounded, Compared, Counted, FEWEST_PEOPLE, KeptUplift, Side, Tested,
        },
    },
    experiments::inference::comparison::Missing,
};

/// What a journey changes.
#[derive(Debug, Clone, Serialize)]
pub(super) struct JourneyUplift {
    /// The version.
    version: i32,
    /// What is looked for.
    outcome: Looked,
    /// For how many days from their entry people are looked at.
    window_days: u16,
    /// How many are held out, in ten-thousandths.
    holdout_bps: u16,
    /// What follows by the bounds that hold at any look: `not_comparable` where the sample ratio is off,
    /// `not_enough_yet`, `better`, `worse` or `no_difference_shown`.
    verdict: &'static str,
    /// Fewest people on each side before anything is concluded.
    fewest_people: u64,
    /// The confidence of all bounds.
    confidence: f64,
    /// Those who were let in.
    let_in: UpliftSide,
    /// Those who were held out.
    held_out: UpliftSide,
    /// People on both sides, because two have become one; they are in no other number.
    crossed: u64,
    /// Whether as many are held out as the journey says.
    mismatch: HoldoutMismatch,
    /// The share with the outcome among those who were let in, less that among those who were held out; null while
    /// there are too few.
    change: Option<TestedUplift>,
    /// What was paid less what was paid back, by mint.
    kept: Vec<KeptMoney>,
}

/// People of one side, each once, by their first run of this version.
#[derive(Debug, Clone, Serialize)]
struct UpliftSide {
    /// Who entered.
    entered: u64,
    /// Those of them whose days are not over; they are not compared yet.
    open: u64,
    /// Those of them who entered before the first month that the event log still has; they are not compared.
    forgotten: u64,
    /// All others, who are compared.
    measured: u64,
    /// Those of them with the outcome.
    with_outcome: u64,
}

/// Tests of the sample ratio.
#[derive(Debug, Clone, Serialize)]
struct HoldoutMismatch {
    /// p of Pearson's chi-squared test, for one look; null with too few people.
    pearson: Option<f64>,
    /// p of a test that holds at any look; null without anybody.
    always_valid: Option<f64>,
    /// Whether that is at most 0.001: then nothing that is compared can be trusted.
    is_found: bool,
}

/// A difference, by two tests.
#[derive(Debug, Clone, Serialize)]
struct TestedUplift {
    /// By a confidence sequence, whose bounds hold however often they are looked at.
    always_valid: ComparedUplift,
    /// By Welch's test, whose bounds hold at one look that was decided on before.
    fixed_horizon: ComparedUplift,
}

/// Those who were let in less those who were held out.
#[derive(Debug, Clone, Serialize)]
struct ComparedUplift {
    /// The difference.
    absolute: Option<BoundedUplift>,
    /// The difference, divided by the value of those who were held out.
    relative: Option<BoundedUplift>,
    /// The chance of such a difference, or a larger one, were there none.
    p: Option<f64>,
    /// Why something is missing: `no_variance`, `base_too_uncertain` or `too_few_people`; null where nothing is.
    missing: Option<&'static str>,
}

/// A difference and its bounds.
#[derive(Debug, Clone, Serialize)]
struct BoundedUplift {
    /// The difference.
    value: f64,
    /// The lower bound.
    low: Option<f64>,
    /// The upper bound.
    high: Option<f64>,
}

/// Money of one mint, in its smallest unit.
#[derive(Debug, Clone, Serialize)]
struct KeptMoney {
    /// The mint.
    mint: String,
    /// All that was kept of those who were let in and are compared; below 0 where more was paid back.
    let_in: String,
    /// All that was kept of those who were held out and are compared.
    held_out: String,
    /// Money per person: of those who were let in, less of those who were held out; null while there are too few
    /// people, or where one has more than 10^15 units.
    a_person: Option<TestedUplift>,
}

impl JourneyUplift {
    /// What follows from everybody who was drawn by the holdout of a version.
    pub(super) fn of(
        (version, holdout): (i32, Holdout),
        (outcome, window_days): (Looked, u16),
        counted: &Counted,
    ) -> Self {
        let uplift = counted.uplift(holdout);
        let verdict = uplift.verdict().as_str();
        let mismatch = &uplift.mismatch;
        Self {
            version,
            outcome,
            window_days,
            holdout_bps: holdout.holdout_bps,
            verdict,
            fewest_people: FEWEST_PEOPLE,
            confidence: 1.0 - ALPHA,
            let_in: (&counted.let_in).into(),
            held_out: (&counted.held_out).into(),
            crossed: counted.crossed,
            mismatch: HoldoutMismatch {
                pearson: mismatch.pearson,
                always_valid: mismatch.always_valid,
                is_found: mismatch.is_found(),
            },
            change: uplift.outcome.map(Into::into),
            kept: uplift.kept.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<&Side> for UpliftSide {
    fn from(side: &Side) -> Self {
        Self {
            entered: side.entered,
            open: side.open,
            forgotten: side.forgotten,
            measured: side.measured,
            with_outcome: side.with_outcome,
        }
    }
}

impl From<(String, KeptUplift)> for KeptMoney {
    fn from((mint, kept): (String, KeptUplift)) -> Self {
        Self {
            mint,
            let_in: kept.let_in.to_string(),
            held_out: kept.held_out.to_string(),
            a_person: kept.a_person.map(Into::into),
        }
    }
}

impl From<Tested> for TestedUplift {
    fn from(tested: Tested) -> Self {
        Self {
            always_valid: tested.always_valid.into(),
            fixed_horizon: tested.fixed_horizon.into(),
        }
    }
}

impl From<Compared> for ComparedUplift {
    fn from(compared: Compared) -> Self {
        Self {
            absolute: compared.absolute.map(Into::into),
            relative: compared.relative.map(Into::into),
            p: compared.p,
            missing: compared.missing.map(|missing| match missing {
                Missing::NoVariance => "no_variance",
                Missing::BaseTooUncertain => "base_too_uncertain",
                _ => "too_few_people",
            }),
        }
    }
}

impl From<Bounded> for BoundedUplift {
    fn from(bounded: Bounded) -> Self {
        Self {
            value: bounded.value,
            low: bounded.low,
            high: bounded.high,
        }
    }
}
