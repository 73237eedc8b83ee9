//! What is stated of a mining farm.

use super::{
    parts::{With, any_text, choice, object, this, whole},
    stand_ins,
};
use serde_json::json;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder};

/// Amounts of at most a million million, and a difficulty of at most a million times that.
const AMOUNT: &str = r"^(1000000000000(\.0{1,12})?|[0-9]{1,12}(\.[0-9]{1,12})?)$";
const DIFFICULTY: &str = r"^[0-9]{1,18}(\.[0-9]{1,12})?$";
const PART: &str = r"^(1(\.0{1,12})?|0(\.[0-9]{1,12})?)$";
const GROWTH: &str = r"^(-0(\.(20{0,11}|[01][0-9]{0,11}))?|0(\.([0-4][0-9]{0,11}|50{0,11}))?)$";

stand_ins! {
    /// [`tessera_domain::leads::mining::Inputs`].
    MiningInputs(MiningNetwork, MiningPlan) {
        object("What is stated of a farm. Money is in whole units of one currency.")
            .must("terahashes", amount("The farm's hash rate, TH/s.", "10000"))
            .must("watts", amount("The power that it draws, W.", "300000"))
            .must("power_price", amount("The price of power, a kWh.", "0.06"))
            .must("pool_fee", part("What the pool keeps, as a part of 1.", "0.02"))
            .must("network", this::<MiningNetwork>())
            .must("block_reward", amount("The coins that a block pays.", "3.125"))
            .must("block_fees", amount("The coins that a block's transactions pay beside it.", "0.05"))
            .must("coin_price", amount("What a coin is worth.", "60000"))
            .must("hardware_price", amount("What the hardware costs.", "200000"))
            .must("uptime", part("The part of the time in which the farm works.", "0.95"))
            .must("difficulty_growth", any_text(
                "By how much the difficulty grows each month, from -0.2 to 0.5.", "0.02").pattern(Some(GROWTH)))
            .must("plan", this::<MiningPlan>())
            .examples([json!({
                "terahashes": "10000", "watts": "300000", "power_price": "0.06", "pool_fee": "0.02",
                "network": { "kind": "difficulty", "difficulty": "100000000000000" },
                "block_reward": "3.125", "block_fees": "0.05", "coin_price": "60000", "hardware_price": "200000",
                "uptime": "0.95", "difficulty_growth": "0.02",
                "plan": { "monthly_price": "500", "power_saved": "0.05", "uptime_gained": "0.02" }
            })])
    }

    /// [`tessera_domain::leads::mining::Network`].
    MiningNetwork() {
        OneOfBuilder::new()
            .description(Some("How hard it is to find a block."))
            .item(object("By the network's difficulty, where a block takes 2^32 hashes at difficulty 1.")
                .must("kind", choice("Which.", ["difficulty"]))
                .must("difficulty", any_text("The difficulty, at least 0.001.", "100000000000000").pattern(Some(DIFFICULTY))))
            .item(object("By the hash rate of the whole network.")
                .must("kind", choice("Which.", ["hash_rate"]))
                .must("terahashes", amount("Its hash rate, TH/s, ours included; at least 0.000001.", "700000000"))
                .must("block_secs", whole("Seconds between blocks, on average.", 1..=86_400, 600)))
    }

    /// [`tessera_domain::leads::mining::PlanEffect`].
    MiningPlan() {
        object("What a plan does to a farm.")
            .must("monthly_price", amount("What the plan costs a month.", "500"))
            .must("power_saved", part("By which part of it the power draw falls at the same hash rate.", "0.05"))
            .must("uptime_gained", part("What is added to the uptime; together they are at most 1.", "0.02"))
    }
}

fn amount(about: &str, example: &str) -> ObjectBuilder {
    any_text(about, example).pattern(Some(AMOUNT))
}

fn part(about: &str, example: &str) -> ObjectBuilder {
    any_text(about, example).pattern(Some(PART))
}
