//! The weights of a bandit's next batch of people, by Thompson sampling on normal posteriors.
//!
//! Law: weights are basis points that add up to 10,000, and none is below the floor, so that every arm is
//! explored for ever and every logged propensity is above 0. They follow from the periods alone: chances
//! are integrals, not draws, so that the same periods have the same weights, and renamed arms renamed ones
//! (where a basis point cannot be divided, the first arm has it).

pub mod chances;
pub mod posterior;

use super::{assignment::BPS, moments::Moments};
use crate::apportion::{apportion, integer_weights};
use chances::{chances_to_be_best, top_two};
use posterior::{Posterior, posteriors};
use serde::{Deserialize, Serialize};

/// The floor unless another is given: 1%.
pub const FLOOR_BPS: u32 = 100;
/// People that each arm needs before weights move, unless another number is given.
pub const BURN_IN: i64 = 100;

/// What the weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// The chance of each arm to be the best (Thompson 1933), which loses little on the way.
    Thompson,
    /// Half of the people see the arm that is drawn as the best, half the next one that is drawn as the
    /// best and is another (Russo 2020, top-two Thompson sampling), which finds the best arm sooner.
    TopTwo,
}

/// Which mean is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Best {
    /// The largest.
    Most,
    /// The smallest.
    Least,
}

/// How a bandit decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What the weights are.
    pub algorithm: Algorithm,
    /// Which mean is the best.
    pub best: Best,
    /// The least weight of an arm; where arms are too many for it, all weigh the same.
    pub floor_bps: u32,
    /// People that each arm needs before weights move.
    pub burn_in: i64,
}

/// What the next batch of people sees, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Batch {
    /// The weight of each arm, in basis points.
    pub weights_bps: Vec<u32>,
    /// What is believed of each arm's mean; null where that is unknown, and weights are equal.
    pub posteriors: Option<Vec<Posterior>>,
    /// The chance of each arm to be the best; null with the posteriors.
    pub chances: Option<Vec<f64>>,
    /// Whether some arm has had fewer people than the burn-in, so that weights are equal.
    pub is_burning_in: bool,
}

/// The next batch after `periods`, in their order, in each of which the weights stayed the same: the
/// moments of the people who came to each arm in it, in the order of arms.
///
/// A weight is the floor and a part, in proportion to what the algorithm says, of what floors leave over.
pub fn next_batch(periods: &[Vec<Moments>], settings: &Settings) -> Batch {
    let arms = periods.iter().map(Vec::len).max().unwrap_or(0);
    let people = |arm: usize| -> i64 {
        let of_period = |period: &Vec<Moments>| period.get(arm).map_or(0, |it| it.people);
        periods.iter().map(of_period).sum()
    };
    let is_burning_in = (0..arms).any(|arm| people(arm) < settings.burn_in);
    let posteriors = posteriors(periods, arms);
    let chances = posteriors
        .as_deref()
        .and_then(|posteriors| chances_to_be_best(posteriors, settings.best));
    let shares = match &chances {
        Some(chances) if !is_burning_in => match settings.algorithm {
            Algorithm::Thompson => chances.clone(),
            Algorithm::TopTwo => top_two(chances),
        },
        _ => vec![1.0; arms],
    };
    Batch {
        weights_bps: above_floor(&shares, settings.floor_bps),
        posteriors,
        chances,
        is_burning_in,
    }
}

fn above_floor(shares: &[f64], floor_bps: u32) -> Vec<u32> {
    let Some(equal) = u32::try_from(shares.len())
        .ok()
        .and_then(|arms| u32::from(BPS).checked_div(arms))
    else {
        return Vec::new();
    };
    let floor = floor_bps.min(equal);
    let floors: u32 = shares.iter().map(|_| floor).sum();
    apportion((u32::from(BPS) - floors).into(), &integer_weights(shares))
        .into_iter()
        .map(|part| u32::try_from(part).map_or(floor, |part| floor + part))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiments::moments::Observation;

    const SETTINGS: Settings = Settings {
        algorithm: Algorithm::Thompson,
        best: Best::Most,
        floor_bps: FLOOR_BPS,
        burn_in: BURN_IN,
    };

    fn converted(people: i64, conversions: i64) -> Moments {
        let mut all = Moments::default();
        for person in 0..people {
            let value = if person < conversions { 1_000_000 } else { 0 };
            all.add(&Moments::of(Observation([value, 0, 0, 0])), 1);
        }
        all
    }

    #[test]
    fn no_arms_have_no_weights_and_one_arm_has_all() {
        assert_eq!(next_batch(&[], &SETTINGS).weights_bps, Vec::<u32>::new());
        let alone = next_batch(&[vec![converted(200, 9)]], &SETTINGS);
        assert_eq!(alone.weights_bps, [10_000]);
    }

    #[test]
    fn weights_stay_equal_until_every_arm_has_its_people() {
        let period = vec![
            converted(5_000, 900),
            converted(5_000, 100),
            converted(99, 9),
        ];
        let batch = next_batch(&[period], &SETTINGS);
        assert!(batch.is_burning_in);
        assert_eq!(batch.weights_bps, [3_334, 3_333, 3_333]);
    }

    #[test]
    fn an_arm_that_nobody_came_to_is_explored_like_the_others() {
        let eager = Settings {
            burn_in: 0,
            ..SETTINGS
        };
        let period = vec![converted(500, 90), Moments::default()];
        let batch = next_batch(&[period], &eager);
        assert_eq!(batch.weights_bps, [5_000, 5_000]);
        assert_eq!(batch.posteriors, None);
    }

    #[test]
    fn arms_without_any_variance_weigh_the_same() {
        let period = vec![converted(500, 500), converted(500, 0)];
        assert_eq!(next_batch(&[period], &SETTINGS).weights_bps, [5_000, 5_000]);
    }

    #[test]
    fn an_arm_without_conversions_is_as_uncertain_as_the_others() {
        let period = vec![converted(200, 4), converted(200, 0)];
        let batch = next_batch(&[period], &SETTINGS);
        let posteriors = batch.posteriors.expect("known");
        assert!(posteriors[1].variance > 0.0);
        assert!(batch.weights_bps[1] >= FLOOR_BPS, "{:?}", batch.weights_bps);
    }

    #[test]
    fn the_best_may_be_the_least() {
        let period = vec![converted(1_000, 300), converted(1_000, 100)];
        let least = Settings {
            best: Best::Least,
            ..SETTINGS
        };
        assert_eq!(
            next_batch(std::slice::from_ref(&period), &SETTINGS).weights_bps,
            [9_900, 100]
        );
        assert_eq!(next_batch(&[period], &least).weights_bps, [100, 9_900]);
    }

    #[test]
    fn too_many_arms_for_the_floor_weigh_the_same() {
        let period: Vec<Moments> = (0..3).map(|arm| converted(200, 50 + 40 * arm)).collect();
        let high = Settings {
            floor_bps: 5_000,
            ..SETTINGS
        };
        assert_eq!(
            next_batch(&[period], &high).weights_bps,
            [3_333, 3_333, 3_334]
        );
    }
}
