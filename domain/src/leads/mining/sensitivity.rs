//! A day's profit at other prices of the coin and other difficulties.

use super::{daily::Daily, inputs::Inputs};
use crate::refusal::Refusal;
use rust_decimal::Decimal;
use serde::Serialize;

/// By how many percent price and difficulty are moved.
pub const STEPS_PERCENT: [i64; 7] = [-50, -25, -10, 0, 10, 25, 50];

/// A price and a difficulty, and the profit at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// By how many percent the coin's price is moved.
    pub price_percent: i64,
    /// By how many percent the difficulty is moved.
    pub difficulty_percent: i64,
    /// A day's profit then.
    pub profit: Decimal,
}

/// A cell for each pair of steps, by price, then by difficulty.
pub(super) fn table(inputs: &Inputs) -> Result<Vec<Cell>, Refusal> {
    let pairs = STEPS_PERCENT
        .into_iter()
        .flat_map(|price| STEPS_PERCENT.map(|difficulty| (price, difficulty)));
    pairs
        .map(|(price, difficulty)| {
            let moved = Inputs {
                coin_price: inputs.coin_price * moved_by(price),
                ..*inputs
            };
            Ok(Cell {
                price_percent: price,
                difficulty_percent: difficulty,
                profit: Daily::of(&moved, moved_by(difficulty))?.profit,
            })
        })
        .collect()
}

/// The factor that moves by so many percent.
pub(super) fn moved_by(percent: i64) -> Decimal {
    Decimal::new(100 + percent, 2)
}
