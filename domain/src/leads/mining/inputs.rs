//! What is stated about a farm, its network, and a plan.

use crate::{pricing::decimal_text, refusal::Refusal, tagged::from_objects};
use rust_decimal::Decimal;

use serde::{Deserialize, Serialize};

/// Most digits behind the point of any input.
const MAX_DECIMALS: u32 = 12;
/// Largest amount of money, hash rate and power.
const MAX: u64 = 1_000_000_000_000;

/// How hard it is to find a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "kind",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Network {
    /// By the network's difficulty, where a block takes 2^32 hashes at difficulty 1, as in Bitcoin.
    Difficulty {
        /// The difficulty.
        #[serde(with = "decimal_text")]
        difficulty: Decimal,
    },
    /// By the hash rate of the whole network.
    HashRate {
        /// Its hash rate, TH/s, ours included.
        #[serde(with = "decimal_text")]
        terahashes: Decimal,
        /// Seconds between blocks, on average.
        block_secs: u32,
    },
}

from_objects!(Network);

/// What a plan does to a farm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanEffect {
    /// What the plan costs a month.
    #[serde(with = "decimal_text")]
    pub monthly_price: Decimal,
    /// By which part of it the power draw falls at the same hash rate, as in `0.05`.
    #[serde(with = "decimal_text")]
    pub power_saved: Decimal,
    /// What is added to the uptime, as in `0.02`; together they are at most 1.
    #[serde(with = "decimal_text")]
    pub uptime_gained: Decimal,
}

/// What is stated about a farm. Money is in whole units of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The farm's hash rate, TH/s.
    #[serde(with = "decimal_text")]
    pub terahashes: Decimal,
    /// The power that it draws, W.
    #[serde(with = "decimal_text")]
    pub watts: Decimal,
    /// The price of power, a kWh.
    #[serde(with = "decimal_text")]
    pub power_price: Decimal,
    /// What the pool keeps, as a part of 1.
    #[serde(with = "decimal_text")]
    pub pool_fee: Decimal,
    /// How hard it is to find a block.
    pub network: Network,
    /// The coins that a block pays.
    #[serde(with = "decimal_text")]
    pub block_reward: Decimal,
    /// The coins that a block's transactions pay beside it.
    #[serde(with = "decimal_text")]
    pub block_fees: Decimal,
    /// What a coin is worth.
    #[serde(with = "decimal_text")]
    pub coin_price: Decimal,
    /// What the hardware costs.
    #[serde(with = "decimal_text")]
    pub hardware_price: Decimal,
    /// The part of the time in which the farm works.
    #[serde(with = "decimal_text")]
    pub uptime: Decimal,
    /// By how much the difficulty grows each month, as in `0.03`; negative if it falls.
    #[serde(with = "decimal_text")]
    pub difficulty_growth: Decimal,
    /// What the plan does.
    pub plan: PlanEffect,
}

impl Inputs {
    /// Whether a report can be made of these.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        let most = Decimal::from(MAX);
        for (field, value) in [
            ("terahashes", self.terahashes),
            ("watts", self.watts),
            ("power_price", self.power_price),
            ("block_reward", self.block_reward),
            ("block_fees", self.block_fees),
            ("coin_price", self.coin_price),
            ("hardware_price", self.hardware_price),
            ("plan.monthly_price", self.plan.monthly_price),
        ] {
            between(field, value, Decimal::ZERO, most)?;
        }
        for (field, part) in [
            ("pool_fee", self.pool_fee),
            ("uptime", self.uptime),
            ("plan.power_saved", self.plan.power_saved),
            ("plan.uptime_gained", self.plan.uptime_gained),
        ] {
            between(field, part, Decimal::ZERO, Decimal::ONE)?;
        }
        // More than any network has changed for long, and little enough for ten years of it.
        let (least, most) = (Decimal::new(-2, 1), Decimal::new(5, 1));
        between("difficulty_growth", self.difficulty_growth, least, most)?;
        self.network.validate().map_err(|it| it.within("network"))
    }
}

impl Network {
    fn validate(&self) -> Result<(), Refusal> {
        match self {
            Self::Difficulty { difficulty } => {
                let most = Decimal::from(1_000_000_000_000_000_000_u64);
                between("difficulty", *difficulty, Decimal::new(1, 3), most)
            }
            Self::HashRate {
                terahashes,
                block_secs,
            } => {
                let most = Decimal::from(MAX);
                between("terahashes", *terahashes, Decimal::new(1, 6), most)?;
                Refusal::unless_number("block_secs", *block_secs, 1..=86_400)
            }
        }
    }
}

fn between(field: &str, value: Decimal, least: Decimal, most: Decimal) -> Result<(), Refusal> {
    Refusal::unless_number(field, value, least..=most)?;
    if value.normalize().scale() <= MAX_DECIMALS {
        return Ok(());
    }
    let rule = format!("must have at most {MAX_DECIMALS} decimals");
    Err(Refusal::new(field, rule))
}
