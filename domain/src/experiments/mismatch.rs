//! Whether people came to the arms as the weights say (sample ratio mismatch), and whether they stayed.
//!
//! Law: every arm that people are dealt to is tested. Where nothing can be tested, p is null, and that is
//! no mismatch. People in an arm of weight 0 were not dealt to it, so they say nothing of the others'
//! weights: they are [`stray`], as those are who saw several arms.

pub mod stray;

use super::multiplicity::adjust::holm;
use crate::statistics::chi_squared::PearsonTest;
use serde::Serialize;
use statrs::function::gamma::ln_gamma;

/// Alpha of all tests here: an alarm discards an experiment's results, and is looked at daily.
pub const ALPHA: f64 = 0.001;
/// What the prior of the always-valid test is worth in people. The more, the sooner small deviations are
/// found, and the later large ones.
pub const PRIOR_PEOPLE: f64 = 100.0;
/// An arm while the weights stay the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The weight of the arm, in any unit; 0 where nobody is dealt to it.
    pub weight: u32,
    /// How many people came to it.
    pub people: u64,
}

/// What people's arms say about the weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Mismatch {
    /// p of Pearson's chi-squared test, which is valid for one look. Null unless in some phase two arms
    /// have weights and five people are expected in each of these.
    pub pearson: Option<f64>,
    /// p of the Dirichlet-multinomial test, which is valid for any number of looks. Null unless in some
    /// phase two arms have weights, and anybody came.
    pub always_valid: Option<f64>,
}

impl Mismatch {
    /// Tests all arms that have a weight over `phases`, in each of which the weights stay the same. `so_far` is the least
    /// `always_valid` of earlier looks, below which it stays.
    ///
    /// Tests of phases are independent: Pearson's statistics and freedoms add up, and Bayes factors, of
    /// which each phase has one with a prior of its own, multiply to one whose reciprocal is as valid.
    pub fn of(phases: &[Vec<Share>], so_far: Option<f64>) -> Self {
        let factors: Vec<f64> = phases
            .iter()
            .filter_map(|shares| ln_bayes_factor(shares))
            .collect();
        let now = (!factors.is_empty()).then(|| (-factors.iter().sum::<f64>()).exp().min(1.0));
        let earlier = so_far.filter(|p| (0.0..=1.0).contains(p));
        Self {
            pearson: PearsonTest::together(phases.iter().filter_map(|shares| pearson(shares)))
                .map(|test| test.p),
            always_valid: match (now, earlier) {
                (Some(now), Some(earlier)) => Some(now.min(earlier)),
                (now, earlier) => now.or(earlier),
            },
        }
    }

    /// Whether the always-valid test finds a mismatch at [`ALPHA`].
    pub fn is_found(&self) -> bool {
        self.always_valid.is_some_and(|p| p <= ALPHA)
    }
}

/// The expected share of each arm that has a weight, and how many people it has. None unless there are
/// two such arms, and anybody in them.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
fn expected(shares: &[Share]) -> Option<(f64, Vec<(f64, f64)>)> {
    let weight: u64 = shares.iter().map(|share| u64::from(share.weight)).sum();
    let arms: Vec<(f64, f64)> = shares
        .iter()
        .filter(|share| share.weight > 0)
        .map(|share| {
            let expected = f64::from(share.weight) / weight as f64;
            (expected, share.people as f64)
        })
        .collect();
    let people: f64 = arms.iter().map(|&(_, people)| people).sum();
    (arms.len() >= 2 && people > 0.0).then_some((people, arms))
}

fn pearson(shares: &[Share]) -> Option<PearsonTest> {
    let (people, arms) = expected(shares)?;
    let cells = arms.iter().map(|&(share, found)| (found, share * people));
    PearsonTest::of(cells, arms.len() - 1)
}

/// The logarithm of the Bayes factor of any shares against the expected ones θ, the prior being Dirichlet
/// with a = [`PRIOR_PEOPLE`] · θ (Lindon and Malek 2022, arXiv 2011.03567):
/// lnΓ(A) - lnΓ(A + N) + Σ(lnΓ(a + n) - lnΓ(a)) - Σ n · lnθ. Its reciprocal is a p value at any time.
fn ln_bayes_factor(shares: &[Share]) -> Option<f64> {
    let (people, arms) = expected(shares)?;
    let arms = arms.iter().map(|&(share, found)| {
        let prior = PRIOR_PEOPLE * share;
        ln_gamma(prior + found) - ln_gamma(prior) - found * share.ln()
    });
    Some(ln_gamma(PRIOR_PEOPLE) - ln_gamma(PRIOR_PEOPLE + people) + arms.sum::<f64>())
}

/// A value of a dimension, such as a country, among others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueMismatch {
    /// The value.
    pub value: String,
    /// The people of each arm, in the order of the design.
    pub people: Vec<u64>,
    /// The tests of the people who have it.
    pub mismatch: Mismatch,
    /// Its `always_valid` after Holm's correction over all values.
    pub corrected: Option<f64>,
    /// Whether that is at most [`ALPHA`].
    pub is_found: bool,
}

/// Corrects the tests of all values of a dimension for how many they are, the one that is least likely
/// by chance first, and then in the order they came in. Values without a test are last.
pub fn by_value(values: Vec<(String, Vec<Share>)>) -> Vec<ValueMismatch> {
    let tested: Vec<(String, Vec<u64>, Mismatch)> = values
        .into_iter()
        .map(|(value, shares)| {
            let people = shares.iter().map(|it| it.people).collect();
            (value, people, Mismatch::of(&[shares], None))
        })
        .collect();
    let tests: Vec<Option<f64>> = tested.iter().map(|(.., test)| test.always_valid).collect();
    let mut all: Vec<ValueMismatch> = tested
        .into_iter()
        .zip(holm(&tests))
        .map(|((value, people, mismatch), corrected)| ValueMismatch {
            value,
            people,
            mismatch,
            corrected,
            is_found: corrected.is_some_and(|p| p <= ALPHA),
        })
        .collect();
    let order = |it: &ValueMismatch| it.mismatch.always_valid.unwrap_or(f64::INFINITY);
    all.sort_by(|left, right| order(left).total_cmp(&order(right)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(shares: &[(u32, u64)]) -> Vec<Share> {
        let share = |&(weight, people)| Share { weight, people };
        shares.iter().map(share).collect()
    }

    fn tested(shares: &[(u32, u64)]) -> Mismatch {
        Mismatch::of(&[phase(shares)], None)
    }

    #[test]
    fn nothing_is_tested_without_two_arms_or_without_people() {
        for shares in [&[][..], &[(1, 9)], &[(1, 0), (1, 0)], &[(1, 9), (0, 0)]] {
            let untested = tested(shares);
            assert_eq!((untested.pearson, untested.always_valid), (None, None));
            assert!(!untested.is_found());
        }
    }

    #[test]
    fn people_in_an_arm_without_weight_say_nothing_of_the_others() {
        let fair = tested(&[(5_000, 5_000), (5_000, 5_000)]);
        assert_eq!(tested(&[(5_000, 5_000), (5_000, 5_000), (0, 9)]), fair);
        assert!(!fair.is_found());
    }

    #[test]
    fn an_arm_that_nobody_comes_to_is_found() {
        let empty = tested(&[(1, 60), (1, 0)]);
        assert!(empty.is_found() && empty.pearson.is_some_and(|p| p < 1e-10));
    }

    #[test]
    fn few_expected_people_have_no_chi_squared_test() {
        // Three of 50 at weight 1% have p = 0.0004 by chi-squared, and 0.014 by counting.
        assert_eq!(tested(&[(9_900, 47), (100, 3)]).pearson, None);
        assert_eq!(tested(&[(1, 5), (1, 4)]).pearson, None);
        assert!(tested(&[(1, 5), (1, 5)]).pearson.is_some());
    }

    #[test]
    fn an_alarm_is_not_taken_back() {
        let fair = phase(&[(1, 500), (1, 500)]);
        let held = Mismatch::of(&[fair], Some(0.0002));
        assert_eq!(held.always_valid, Some(0.0002));
        assert!(held.is_found());
        assert_eq!(Mismatch::of(&[], Some(0.5)).always_valid, Some(0.5));
    }

    #[test]
    fn the_worst_value_is_first_and_corrected_for_how_many_there_are() {
        let values = [("a", 500), ("b", 900), ("none", 0), ("c", 520)].map(|(name, first)| {
            let rest = if first == 0 { 0 } else { 1_000 - first };
            (name.to_owned(), phase(&[(1, first), (1, rest)]))
        });
        let all = by_value(values.to_vec());
        let names: Vec<&str> = all.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(names, ["b", "a", "c", "none"]);
        let worst = &all[0];
        assert_eq!(worst.people, [900, 100]);
        let alone = worst.mismatch.always_valid.expect("tested");
        assert_eq!(worst.corrected, Some(4.0 * alone));
        assert!(worst.is_found && all[1..].iter().all(|it| !it.is_found));
        assert_eq!(all[3].corrected, None);
    }
}
