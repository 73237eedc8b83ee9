//! What follows from those who were counted.
//!
//! Law: no difference has bounds while one side has fewer than [`FEWEST_PEOPLE`]; until then there are counts
//! alone. Bounds by the sequence hold at every look, those of the fixed horizon at one look that was decided on
//! before.

use super::{Counted, Kept, Side};
use crate::{
    automation::journey::Holdout,
    experiments::{
        design::TUNED_FOR,
        inference::{
            adjustment::{Adjustment, NotAdjusted},
            comparison::{BoundedEffect, Comparison, Method, Missing, Question, mean},
            estimate::Shape,
            interval::Side as Tails,
            sequence::{self, Sequence},
        },
        mismatch::{Mismatch, Share},
        moments::Moments,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Fewest people on each side before anything is concluded.
pub const FEWEST_PEOPLE: u64 = sequence::FEWEST_PEOPLE.unsigned_abs();
/// The error that is allowed: intervals have 95 %.
pub const ALPHA: f64 = 0.05;
/// A share of 1, and the unit that amounts of money are compared in.
const ONE: i128 = 1_000_000;

/// What a journey changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Uplift {
    /// Whether as many are held out as was said.
    pub mismatch: Mismatch,
    /// The share with the outcome; none while there are too few people.
    pub outcome: Option<Tested>,
    /// Money that was kept, by mint.
    pub kept: BTreeMap<String, KeptUplift>,
}

/// What the bounds say that hold at any look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Other people were held out than the draw says, so that nothing can be compared.
    NotComparable,
    /// There are too few people.
    NotEnoughYet,
    /// More of those who were let in have the outcome.
    Better,
    /// Fewer of them have it.
    Worse,
    /// Neither is shown.
    NoDifferenceShown,
}

/// Money of one mint, in its smallest unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeptUplift {
    /// All of those who were let in.
    pub let_in: i128,
    /// All of those who were held out.
    pub held_out: i128,
    /// The money a person; none while there are too few people, or where a person has more than can be compared.
    pub a_person: Option<Tested>,
}

/// A difference by both tests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    /// By a confidence sequence, for who looks whenever they like.
    pub always_valid: Compared,
    /// By Welch's test, for who looks once.
    pub fixed_horizon: Compared,
}

/// Those who were let in less those who were held out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The difference.
    pub absolute: Option<Bounded>,
    /// The difference, divided by the value of those who were held out.
    pub relative: Option<Bounded>,
    /// Of no difference.
    pub p: Option<f64>,
    /// Why something is missing.
    pub missing: Option<Missing>,
}

/// A difference and its bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded {
    /// The difference.
    pub value: f64,
    /// The lower bound.
    pub low: Option<f64>,
    /// The upper one.
    pub high: Option<f64>,
}

impl Verdict {
    /// Its name in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotComparable => "not_comparable",
            Self::NotEnoughYet => "not_enough_yet",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifferenceShown => "no_difference_shown",
        }
    }
}

impl Uplift {
    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        if self.mismatch.is_found() {
            return Verdict::NotComparable;
        }
        let Some(tested) = self.outcome else {
            return Verdict::NotEnoughYet;
        };
        let bounds = tested.always_valid.absolute;
        match bounds.map(|it| (it.low, it.high)) {
            Some((Some(low), _)) if low > 0.0 => Verdict::Better,
            Some((_, Some(high))) if high < 0.0 => Verdict::Worse,
            _ => Verdict::NoDifferenceShown,
        }
    }
}

impl Counted {
    /// What follows of a journey with such a holdout.
    pub fn uplift(&self, holdout: Holdout) -> Uplift {
        let shares = [
            (holdout.holdout_bps, &self.held_out),
            (10_000_u16.saturating_sub(holdout.holdout_bps), &self.let_in),
        ];
        let shares = shares.map(|(weight, side)| Share {
            weight: weight.into(),
            people: side.entered,
        });
        let outcome = self.is_enough().then(|| {
            let [base, arm] = [&self.held_out, &self.let_in].map(Side::outcomes);
            Tested::of(&base, &arm, Shape::Rate, 1.0)
        });
        let sides = [&self.held_out, &self.let_in];
        let mints: BTreeSet<&String> = sides.into_iter().flat_map(|it| it.kept.keys()).collect();
        let kept = mints
            .into_iter()
            .map(|mint| (mint.clone(), self.kept(mint)));
        Uplift {
            mismatch: Mismatch::of(&[shares.to_vec()], None),
            outcome,
            kept: kept.collect(),
        }
    }

    /// Whether there are people enough to conclude anything.
    fn is_enough(&self) -> bool {
        self.held_out.measured.min(self.let_in.measured) >= FEWEST_PEOPLE
    }

    fn kept(&self, mint: &str) -> KeptUplift {
        let [base, arm] = [&self.held_out, &self.let_in].map(|side| {
            let kept = side.kept.get(mint).copied().unwrap_or_default();
            (kept, kept.over(side.measured))
        });
        let is_comparable = self.is_enough() && base.0.beyond + arm.0.beyond == 0;
        KeptUplift {
            let_in: arm.0.total,
            held_out: base.0.total,
            a_person: is_comparable.then(|| {
                // Amounts stand in the place of millionths.
                Tested::of(&base.1, &arm.1, Shape::Mean, 1e6)
            }),
        }
    }
}

impl Side {
    fn outcomes(&self) -> Moments {
        let reached = i128::from(self.with_outcome);
        let people = i64::try_from(self.measured).unwrap_or(i64::MAX);
        Moments::from_amounts(people, &[reached * ONE, reached * ONE * ONE])
    }
}

impl Kept {
    /// The amounts of so many people; those without one have none.
    fn over(&self, people: u64) -> Moments {
        Moments {
            people: i64::try_from(people).unwrap_or(i64::MAX),
            ..self.moments
        }
    }
}

impl Tested {
    /// Compares in units of which each has so many.
    fn of(base: &Moments, arm: &Moments, shape: Shape, units: f64) -> Self {
        let by = |method| {
            let question = Question {
                method,
                alpha: ALPHA,
                side: Tails::Both,
            };
            let adjustment = Adjustment::none(NotAdjusted::NotAsked);
            Compared::of(
                &mean::compare(base, arm, shape, &adjustment, &question),
                units,
            )
        };
        Self {
            always_valid: by(Method::Sequential(Sequence {
                tuned_for: TUNED_FOR.into(),
                tuned_at: ALPHA,
                fewest_people: sequence::FEWEST_PEOPLE,
            })),
            fixed_horizon: by(Method::Fixed),
        }
    }
}

impl Compared {
    fn of(comparison: &Comparison, units: f64) -> Self {
        let bounded = |effect: BoundedEffect, units: f64| Bounded {
            value: effect.value * units,
            low: effect.interval.and_then(|it| it.low).map(|it| it * units),
            high: effect.interval.and_then(|it| it.high).map(|it| it * units),
        };
        Self {
            absolute: comparison.absolute.map(|it| bounded(it, units)),
            relative: comparison.relative.map(|it| bounded(it, 1.0)),
            p: comparison.p,
            missing: comparison.reason,
        }
    }
}
