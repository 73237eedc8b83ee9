//! The chance of every arm to be the best of several.
//!
//! Law: the chances add up to 1.

use crate::experiments::inference::effect::Figure;
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// The chance of each arm to have the highest metric, the arms being independent and normal: the
/// integral of its density times the distribution functions of all others. None unless every arm
/// has a finite figure with an error above 0.
///
/// Gauss's rule with eight points on each piece between the breaks, which lie a standard deviation
/// apart up to nine of them around each mean, so no arm is narrower than its pieces.
pub fn chances_to_be_best(arms: &[Figure]) -> Option<Vec<f64>> {
    let is_proper =
        |arm: &Figure| arm.value.is_finite() && arm.error > 0.0 && arm.error.is_finite();
    if !arms.iter().all(is_proper) {
        return None;
    }
    let mut breaks: Vec<f64> = arms
        .iter()
        .flat_map(|arm| (-REACH..=REACH).map(|step| arm.value + f64::from(step) * arm.error))
        .collect();
    breaks.sort_by(f64::total_cmp);
    let mut chances = vec![0.0; arms.len()];
    for (from, to) in breaks.iter().zip(breaks.iter().skip(1)) {
        let (middle, half) = (f64::midpoint(*from, *to), (to - from) / 2.0);
        for (point, weight) in POINTS {
            for at in [middle - point * half, middle + point * half] {
                add_densities(&mut chances, arms, at, weight * half);
            }
        }
    }
    // What is left of the integral is below the rounding of the rule.
    let whole: f64 = chances.iter().sum();
    chances.iter_mut().for_each(|chance| *chance /= whole);
    Some(chances)
}

/// Adds the density of each arm to be the highest, with the highest at `at`.
fn add_densities(chances: &mut [f64], arms: &[Figure], at: f64, weight: f64) {
    let normal = Normal::standard();
    let scaled = |arm: &Figure| (at - arm.value) / arm.error;
    let below: Vec<f64> = arms.iter().map(|arm| normal.cdf(scaled(arm))).collect();
    // Products of all before, and of all behind, so that nothing is divided by a chance of 0.
    let mut behind = vec![1.0; arms.len() + 1];
    for (place, chance) in below.iter().enumerate().rev() {
        behind[place] = behind[place + 1] * chance;
    }
    let mut before = 1.0;
    for (place, (arm, chance)) in arms.iter().zip(&below).enumerate() {
        let density = normal.pdf(scaled(arm)) / arm.error;
        chances[place] += weight * density * before * behind[place + 1];
        before *= chance;
    }
}

/// Standard deviations around a mean that are integrated over.
const REACH: i32 = 9;

/// Gauss-Legendre points and weights of order eight, each for both signs (Abramowitz and Stegun, table
/// 25.4).
const POINTS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_27),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];
