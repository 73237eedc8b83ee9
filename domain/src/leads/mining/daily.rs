//! What a farm earns and costs on a day.

use super::{
    arithmetic::{Computed, divide, multiply, product, subtract},
    inputs::{Inputs, Network},
};
use crate::refusal::Refusal;
use rust_decimal::Decimal;
use serde::Serialize;

/// Blocks a day of 1 TH/s at difficulty 1, as digits and scale: `10^12 * 86,400 / 2^32` is exactly
/// 20,116,567.6116943359375.
const BLOCKS_A_TERAHASH: (i128, u32) = (201_165_676_116_943_359_375, 13);
const SECS_A_DAY: u64 = 86_400;

/// What a farm earns and costs on an average day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Daily {
    /// Coins that are mined, after the pool's fee.
    pub coins: Decimal,
    /// What they are worth.
    pub revenue: Decimal,
    /// What power costs.
    pub cost: Decimal,
    /// What remains of the one after the other.
    pub profit: Decimal,
}

impl Daily {
    /// A day of a farm, with a network so many times as hard as stated.
    pub(super) fn of(inputs: &Inputs, hardness: Decimal) -> Result<Self, Refusal> {
        let paid = multiply(
            inputs.block_reward + inputs.block_fees,
            Decimal::ONE - inputs.pool_fee,
        )?;
        let blocks = divide(blocks(inputs)?, hardness)?;
        let coins = product(&[blocks, inputs.uptime, paid])?;
        let revenue = multiply(coins, inputs.coin_price)?;
        let kilowatt_hours = product(&[inputs.watts, Decimal::new(24, 3), inputs.uptime])?;
        let cost = multiply(kilowatt_hours, inputs.power_price)?;
        Ok(Self {
            coins,
            revenue,
            cost,
            profit: subtract(revenue, cost)?,
        })
    }
}

/// Blocks that a farm finds on a day of working all the time.
fn blocks(inputs: &Inputs) -> Computed {
    match inputs.network {
        Network::Difficulty { difficulty } => {
            let (digits, scale) = BLOCKS_A_TERAHASH;
            let of_one = Decimal::from_i128_with_scale(digits, scale);
            divide(multiply(inputs.terahashes, of_one)?, difficulty)
        }
        Network::HashRate {
            terahashes,
            block_secs,
        } => {
            let share = divide(inputs.terahashes, terahashes)?;
            let a_day = divide(Decimal::from(SECS_A_DAY), block_secs.into())?;
            multiply(share, a_day)
        }
    }
}
