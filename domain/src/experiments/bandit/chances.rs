//! The chance of each arm to be the best, by integration.
//!
//! Law: chances add up to 1, and neither a seed nor the order of arms plays a part.

use super::{Best, posterior::Posterior};
use crate::experiments::inference::{bayes::best, effect::Figure};

/// The chance of each arm to have the best mean; none where a variance is no positive number.
pub(super) fn chances_to_be_best(arms: &[Posterior], best: Best) -> Option<Vec<f64>> {
    let sign = match best {
        Best::Most => 1.0,
        Best::Least => -1.0,
    };
    let figure = |arm: &Posterior| Figure {
        value: sign * arm.mean,
        error: arm.variance.sqrt(),
    };
    let figures: Vec<Figure> = arms.iter().map(figure).collect();
    best::chances_to_be_best(&figures)
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
    #[expect(clippy::cast_precision_loss, reason = "arms are far fewer than 2^53")]
    let equal = 1.0 / (chances.len() - 1) as f64;
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
        for chance in chances_to_be_best(&alike, Best::Most).expect("chances") {
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
