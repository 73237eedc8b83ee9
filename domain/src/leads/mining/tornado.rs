//! What each input does to the first year's result when it alone is a tenth lower or higher: the ones at the
//! top are those to know well.

use super::{
    arithmetic::{add, multiply, subtract},
    forecast::Forecast,
    inputs::{Inputs, Network},
    plan::with_plan,
    report::MONEY_DECIMALS,
    sensitivity::moved_by,
};
use crate::refusal::Refusal;
use rust_decimal::Decimal;
use serde::Serialize;

/// By how many percent an input is moved.
const STEP_PERCENT: i64 = 10;
/// Prices of the plan in a year.
const YEAR_MONTHS: u32 = 12;

/// An input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The farm's hash rate.
    Terahashes,
    /// Its power.
    Watts,
    /// The price of power.
    PowerPrice,
    /// The pool's fee.
    PoolFee,
    /// Difficulty, or the network's hash rate.
    Network,
    /// A block's reward.
    BlockReward,
    /// A block's fees.
    BlockFees,
    /// The price of a coin.
    CoinPrice,
    /// The hardware's price.
    HardwarePrice,
    /// The uptime, of at most 1.
    Uptime,
    /// How fast the difficulty grows.
    DifficultyGrowth,
    /// The plan's price.
    MonthlyPrice,
    /// The power that the plan saves.
    PowerSaved,
    /// The uptime that it adds.
    UptimeGained,
}

/// What an input does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// The input.
    pub input: Input,
    /// The first year's result with the plan when the input is a tenth lower.
    pub lower: Decimal,
    /// When it is a tenth higher, or as high as it can be.
    pub higher: Decimal,
    /// How far the two are from each other.
    pub swing: Decimal,
}

impl Input {
    const ALL: [Self; 14] = [
        Self::Terahashes,
        Self::Watts,
        Self::PowerPrice,
        Self::PoolFee,
        Self::Network,
        Self::BlockReward,
        Self::BlockFees,
        Self::CoinPrice,
        Self::HardwarePrice,
        Self::Uptime,
        Self::DifficultyGrowth,
        Self::MonthlyPrice,
        Self::PowerSaved,
        Self::UptimeGained,
    ];

    /// The inputs with this one moved. Parts of a whole stop at 1.
    fn moved(self, inputs: &Inputs, percent: i64) -> Inputs {
        let mut moved = *inputs;
        let field = match self {
            Self::Terahashes => &mut moved.terahashes,
            Self::Watts => &mut moved.watts,
            Self::PowerPrice => &mut moved.power_price,
            Self::PoolFee => &mut moved.pool_fee,
            Self::Network => match &mut moved.network {
                Network::Difficulty { difficulty } => difficulty,
                Network::HashRate { terahashes, .. } => terahashes,
            },
            Self::BlockReward => &mut moved.block_reward,
            Self::BlockFees => &mut moved.block_fees,
            Self::CoinPrice => &mut moved.coin_price,
            Self::HardwarePrice => &mut moved.hardware_price,
            Self::Uptime => &mut moved.uptime,
            Self::DifficultyGrowth => &mut moved.difficulty_growth,
            Self::MonthlyPrice => &mut moved.plan.monthly_price,
            Self::PowerSaved => &mut moved.plan.power_saved,
            Self::UptimeGained => &mut moved.plan.uptime_gained,
        };
        *field *= moved_by(percent);
        if matches!(
            self,
            Self::PoolFee | Self::Uptime | Self::PowerSaved | Self::UptimeGained
        ) {
            *field = (*field).min(Decimal::ONE);
        }
        moved
    }
}

/// The first year's profit with the plan, less the hardware and twelve prices of the plan.
pub(super) fn first_year(inputs: &Inputs) -> Result<Decimal, Refusal> {
    let result = Forecast::of(&with_plan(inputs)?)?.year_result;
    let prices = multiply(inputs.plan.monthly_price, YEAR_MONTHS.into())?;
    subtract(result, prices)
}

/// A bar for each input, the widest first.
pub(super) fn bars(inputs: &Inputs) -> Result<Vec<Bar>, Refusal> {
    let bar = |input: Input| {
        let lower = first_year(&input.moved(inputs, -STEP_PERCENT))?;
        let higher = first_year(&input.moved(inputs, STEP_PERCENT))?;
        Ok(Bar {
            input,
            lower,
            higher,
            swing: add(higher, -lower)?.abs(),
        })
    };
    let mut bars: Vec<Bar> = Input::ALL
        .into_iter()
        .map(bar)
        .collect::<Result<_, Refusal>>()?;
    // As they are shown: what differs by rounding alone is in the order of the inputs.
    let shown = |it: &Bar| it.swing.round_dp(MONEY_DECIMALS);
    bars.sort_by_key(|it| (std::cmp::Reverse(shown(it)), it.input));
    Ok(bars)
}
