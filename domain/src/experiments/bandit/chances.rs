//! The chance of each arm to be the best, by integration.
//!
//! Law: chances add up to 1, and neither a seed nor the order of arms plays a part.

use super::{Best, posterior::Posterior};
use crate::experiments::numbers::size;
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// Where a normal density or distribution bends, in standard deviations: between two of these points
/// each of them is smooth on the scale of the distance, and beyond the last flat to 1e-18.
const BENDS: [f64; 13] = [
    -9.0, -7.0, -5.5, -4.0, -2.5, -1.25, 0.0, 1.25, 2.5, 4.0, 5.5, 7.0, 9.0,
];

/// Points and weights of Gauss and Legendre's rule of 10 points on [-1, 1], which are symmetric around 0
/// (Abramowitz and Stegun 1964, table 25.4).
const RULE: [(f64, f64); 5] = [
    (0.148_874_338_981_631_21, 0.295_524_224_714_752_87),
    (0.433_395_394_129_247_2, 0.269_266_719_309_996_35),
    (0.679_409_568_299_024_4, 0.219_086_362_515_982_04),
    (0.865_063_366_688_984_5, 0.149_451_349_150_580_6),
    (0.973_906_528_517_171_7, 0.066_671_344_308_688_14),
];

/// The chance of each arm to have the best mean: ∫ φ((x - μ) / σ) / σ · Π Φ((x - μ') / σ') dx over the
/// other arms, between all points where any of the functions bends.
pub(super) fn chances_to_be_best(arms: &[Posterior], best: Best) -> Vec<f64> {
    let sign = match best {
        Best::Most => 1.0,
        Best::Least => -1.0,
    };
    // A standard deviation that is no positive number has no normal; there is none.
    let normals: Vec<Normal> = arms
        .iter()
        .filter_map(|arm| Normal::new(sign * arm.mean, arm.variance.sqrt()).ok())
        .collect();
    let mut points: Vec<f64> = arms
        .iter()
        .flat_map(|arm| BENDS.map(|bend| sign * arm.mean + bend * arm.variance.sqrt()))
        .collect();
    points.sort_by(f64::total_cmp);
    let mut sums = vec![0.0; normals.len()];
    for ends in points.windows(2) {
        let &[low, high] = ends else { continue };
        let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0);
        for (offset, weight) in RULE {
            for x in [middle - half * offset, middle + half * offset] {
                add_densities(&mut sums, &normals, x, weight * half);
            }
        }
    }
    let total: f64 = sums.iter().sum();
    sums.iter().map(|sum| sum / total).collect()
}

/// Adds the density of each arm being the best at `x`.
fn add_densities(sums: &mut [f64], normals: &[Normal], x: f64, weight: f64) {
    let below: Vec<f64> = normals.iter().map(|normal| normal.cdf(x)).collect();
    for (arm, (sum, normal)) in sums.iter_mut().zip(normals).enumerate() {
        let others = below.iter().enumerate().filter(|&(at, _)| at != arm);
        *sum += weight * normal.pdf(x) * others.map(|(_, below)| below).product::<f64>();
    }
}

/// The share of each arm where half of the people see the best arm of a draw, and the others the best
/// one of the next draw in which that is another: α · (½ + ½ · Σ α' / (1 - α')) over the other arms
/// (Russo 2020, section 3.3). Where the others of an arm have no chance left that a number can hold, they
/// share its second place equally.
pub(super) fn top_two(chances: &[f64]) -> Vec<f64> {
    if chances.len() < 2 {
        return chances.to_vec();
    }
    let rest = |leader: usize| -> f64 {
        let others = chances.iter().enumerate().filter(|&(at, _)| at != leader);
        others.map(|(_, chance)| chance).sum()
    };
    let rests: Vec<f64> = (0..chances.len()).map(rest).collect();
    let equal = 1.0 / size(chances.len() - 1);
    let second = |arm: usize, chance: f64| -> f64 {
        let leaders = chances.iter().zip(&rests).enumerate();
        leaders
            .filter(|&(leader, _)| leader != arm)
            .map(|(_, (leads, &rest))| leads * if rest > 0.0 { chance / rest } else { equal })
            .sum()
    };
    chances
        .iter()
        .enumerate()
        .map(|(arm, &chance)| f64::midpoint(chance, second(arm, chance)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_that_are_alike_share_the_chance() {
        let alike = vec![
            Posterior {
                mean: 2.0,
                variance: 0.3
            };
            4
        ];
        for chance in chances_to_be_best(&alike, Best::Most) {
            assert!((chance - 0.25).abs() < 1e-13, "{chance}");
        }
    }

    #[test]
    fn the_second_place_of_a_certain_winner_goes_to_the_others() {
        assert_eq!(top_two(&[1.0, 0.0, 0.0]), [0.5, 0.25, 0.25]);
        assert_eq!(top_two(&[0.7, 0.3]), [0.5, 0.5]);
        assert_eq!(top_two(&[1.0]), [1.0]);
    }
}
