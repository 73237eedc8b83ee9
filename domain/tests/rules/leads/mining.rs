//! What a farm earns and a plan is worth, against a count in exact fractions and the figures of others.

use super::read;
use proptest::{prelude::*, sample::select};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use serde_json::{Value, json};
use tessera_domain::leads::mining::{Inputs, Undefined, report};

const FIXTURE: &str = include_str!("../../../../tests/oracles/fixtures/mining.json");

#[derive(Deserialize)]
struct Fixture {
    published: Vec<Published>,
    counted: Vec<Counted>,
}

#[derive(Deserialize)]
struct Published {
    source: String,
    inputs: Inputs,
    days: u32,
    coins: Decimal,
    decimals: u32,
}

#[derive(Deserialize)]
struct Counted {
    inputs: Inputs,
    report: Value,
}

fn fixture() -> Fixture {
    serde_json::from_str(FIXTURE).expect("a fixture")
}

/// A farm of a hundred machines.
fn farm() -> Value {
    json!({
        "terahashes": "20000", "watts": "350000", "power_price": "0.06", "pool_fee": "0.02",
        "network": { "kind": "difficulty", "difficulty": "150000000000000" },
        "block_reward": "3.125", "block_fees": "0.05", "coin_price": "100000",
        "hardware_price": "300000", "uptime": "0.95", "difficulty_growth": "0.02",
        "plan": { "monthly_price": "1999", "power_saved": "0.05", "uptime_gained": "0.02" },
    })
}

fn with(path: &str, value: Value) -> Value {
    let mut inputs = farm();
    *inputs.pointer_mut(path).expect("a field") = value;
    inputs
}

#[test]
fn inputs_that_no_farm_has_are_refused_by_their_field() {
    let by_rate = |terahashes: &str, secs: u32| json!({ "kind": "hash_rate", "terahashes": terahashes, "block_secs": secs });
    for (path, value, field) in [
        ("/terahashes", json!("-1"), "terahashes"),
        ("/watts", json!("1000000000001"), "watts"),
        ("/power_price", json!("-0.01"), "power_price"),
        ("/pool_fee", json!("1.01"), "pool_fee"),
        ("/uptime", json!("1.0001"), "uptime"),
        ("/coin_price", json!("0.0000000000001"), "coin_price"),
        ("/hardware_price", json!("-1"), "hardware_price"),
        ("/difficulty_growth", json!("-0.21"), "difficulty_growth"),
        ("/difficulty_growth", json!("0.51"), "difficulty_growth"),
        ("/plan/power_saved", json!("1.1"), "plan.power_saved"),
        ("/plan/uptime_gained", json!("-0.1"), "plan.uptime_gained"),
        ("/plan/monthly_price", json!("-1"), "plan.monthly_price"),
        ("/network/difficulty", json!("0"), "network.difficulty"),
        ("/network", by_rate("0", 600), "network.terahashes"),
        ("/network", by_rate("1", 0), "network.block_secs"),
    ] {
        let inputs: Inputs = read(with(path, value));
        assert_eq!(report(&inputs).expect_err("refused").field, field);
    }
    for number in [json!(20_000), json!("1e5"), json!("NaN"), json!("")] {
        let read = serde_json::from_value::<Inputs>(with("/terahashes", number));
        assert!(read.is_err());
    }
}

#[test]
fn inputs_that_are_too_large_together_are_refused() {
    let mut inputs = with("/network/difficulty", json!("0.001"));
    for field in ["terahashes", "block_reward", "coin_price"] {
        inputs[field] = json!("1000000000000");
    }
    let refusal = report(&read(inputs)).expect_err("refused");
    assert_eq!(refusal.to_string(), ": must be small enough to be computed");
}

#[test]
fn what_is_undefined_is_null_with_its_reason() {
    let of = |path: &str, value: Value| report(&read(with(path, value))).expect("a report");
    let dark = of("/uptime", json!("0"));
    assert_eq!(dark.margin.reason(), Some(Undefined::NoRevenue));
    assert_eq!(
        dark.break_even_power_price.reason(),
        Some(Undefined::NoPowerDraw)
    );
    let worthless = of("/coin_price", json!("0"));
    assert_eq!(
        worthless.forecast.break_even_days.reason(),
        Some(Undefined::NoProfit)
    );
    let harder = of("/difficulty_growth", json!("0.2"));
    assert_eq!(
        harder.forecast.break_even_days.reason(),
        Some(Undefined::ProfitEndsBefore)
    );
    let dear = of("/hardware_price", json!("1000000000"));
    assert_eq!(
        dear.forecast.break_even_days.reason(),
        Some(Undefined::ProfitEndsBefore)
    );
    let mut easier = with("/hardware_price", json!("1000000000"));
    easier["difficulty_growth"] = json!("-0.001");
    let easier = report(&read(easier)).expect("a report");
    assert_eq!(
        easier.forecast.break_even_days.reason(),
        Some(Undefined::BeyondHorizon)
    );
    let mut useless = farm();
    useless["plan"]["power_saved"] = json!("0");
    useless["plan"]["uptime_gained"] = json!("0");
    let useless = report(&read(useless)).expect("a report");
    assert_eq!(useless.plan.payback_days.reason(), Some(Undefined::NoGain));
    let free = of("/plan/monthly_price", json!("0"));
    assert_eq!(free.plan.gain_per_price.reason(), Some(Undefined::NoPrice));
    assert_eq!(free.plan.payback_days.value(), Some(Decimal::ZERO));
    let given = of("/hardware_price", json!("0"));
    assert_eq!(given.forecast.break_even_days.value(), Some(Decimal::ZERO));
    let shown = serde_json::to_value(dark.margin).expect("JSON");
    assert_eq!(shown, json!({ "value": null, "reason": "no_revenue" }));
}

#[test]
fn farms_of_others_earn_what_they_say() {
    let published = fixture().published;
    assert_eq!(published.len(), 3);
    for farm in published {
        let daily = report(&farm.inputs).expect("a report").daily.coins;
        // A day's coins are shown to eight decimals, which a month of them would blur.
        let tolerance = Decimal::new(1, 8) * Decimal::from(farm.days);
        let away = RoundingStrategy::MidpointAwayFromZero;
        let coins = daily * Decimal::from(farm.days);
        let rounded = coins.round_dp_with_strategy(farm.decimals, away);
        let difference = (rounded - farm.coins).abs();
        assert!(difference <= tolerance, "{} {coins}", farm.source);
    }
}

#[test]
fn every_figure_is_that_of_a_count_in_fractions() {
    let counted = fixture().counted;
    assert!(counted.len() >= 40);
    for farm in counted {
        let ours = serde_json::to_value(report(&farm.inputs).expect("a report")).expect("JSON");
        let (Value::Object(ours), Value::Object(theirs)) = (ours, farm.report) else {
            panic!("objects");
        };
        assert!(ours.keys().eq(theirs.keys()));
        for (name, theirs) in theirs {
            assert_eq!(ours[&name], theirs, "{name} of {:?}", farm.inputs);
        }
    }
}

proptest! {
    #[test]
    fn what_makes_a_farm_better_never_shows_a_worse_result(
        field in select(vec![
            ("/terahashes", true), ("/watts", false), ("/power_price", false), ("/pool_fee", false),
            ("/network/difficulty", false), ("/block_reward", true), ("/block_fees", true),
            ("/coin_price", true), ("/hardware_price", false), ("/difficulty_growth", false),
            ("/plan/monthly_price", false), ("/plan/power_saved", true),
        ]),
        percent in 1_i64..100,
    ) {
        let (path, is_good) = field;
        let inputs = farm();
        let text = inputs.pointer(path).and_then(Value::as_str).expect("a decimal");
        let value = Decimal::from_str_exact(text).expect("a decimal");
        let more = value * Decimal::new(100 + percent, 2);
        let before = report(&read(inputs)).expect("a report").first_year;
        let after = report(&read(with(path, more.to_string().into()))).expect("a report").first_year;
        let is_as_expected = if is_good { after >= before } else { after <= before };
        prop_assert!(is_as_expected);
    }

    #[test]
    fn the_middle_of_the_table_is_the_day_itself(coins in 1_u32..200_000, watts in 0_u32..1_000_000) {
        let mut inputs = with("/coin_price", coins.to_string().into());
        inputs["watts"] = watts.to_string().into();
        let report = report(&read(inputs)).expect("a report");
        let middle = report.sensitivity.iter().filter(|it| (it.price_percent, it.difficulty_percent) == (0, 0));
        prop_assert_eq!(middle.map(|it| it.profit).collect::<Vec<_>>(), [report.daily.profit]);
        let swings: Vec<_> = report.tornado.iter().map(|it| it.swing).collect();
        prop_assert!(swings.is_sorted_by(|a, b| a >= b));
        prop_assert_eq!(swings.len(), 14);
    }
}
