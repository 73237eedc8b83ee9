//! Charge models and usages that must be refused, each with its field.

use super::{book, one_unit, refused_field};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tessera_domain::pricing::{ChargeModel, PricingContext, Usage, price};
use tessera_domain::time::Timestamp;

fn model(json: Value) -> ChargeModel {
    serde_json::from_value(json).expect("a charge model")
}

#[test]
fn tiers_with_gaps_overlaps_or_an_end_are_refused() {
    let tier = |up_to: Value| json!({ "up_to": up_to, "unit_price": "1", "flat_fee": "0" });
    for (tiers, field) in [
        (json!([]), "tiers"),
        (json!([tier(json!("10"))]), "tiers[0].up_to"),
        (
            json!([tier(json!(null)), tier(json!(null))]),
            "tiers[0].up_to",
        ),
        (
            json!([tier(json!("0")), tier(json!(null))]),
            "tiers[0].up_to",
        ),
        (
            json!([tier(json!("-1")), tier(json!(null))]),
            "tiers[0].up_to",
        ),
        (
            json!([tier(json!("10")), tier(json!("10")), tier(json!(null))]),
            "tiers[1].up_to",
        ),
        (
            json!([tier(json!("10")), tier(json!("9")), tier(json!(null))]),
            "tiers[1].up_to",
        ),
        (
            json!([{ "up_to": null, "unit_price": "-1", "flat_fee": "0" }]),
            "tiers[0].unit_price",
        ),
        (
            json!([{ "up_to": null, "unit_price": "1", "flat_fee": "-1" }]),
            "tiers[0].flat_fee",
        ),
        (json!(vec![tier(json!(null)); 101]), "tiers"),
    ] {
        for kind in ["graduated", "volume"] {
            let model = model(json!({ "model": kind, "tiers": tiers.clone() }));
            assert_eq!(refused_field(model.validate()), field, "{tiers}");
        }
    }
}

#[test]
fn other_charge_models_that_break_a_rule_are_refused() {
    let share = |rate: &str, fee: &str, minimum: &str, maximum: &str| {
        json!({ "model": "percentage", "rate": rate, "fixed_fee": fee,
                "minimum": minimum, "maximum": maximum })
    };
    for (json, field) in [
        (json!({ "model": "flat", "amount": "-1" }), "amount"),
        (
            json!({ "model": "package", "amount": "1", "package_size": 0 }),
            "package_size",
        ),
        (
            json!({ "model": "package", "amount": "-1", "package_size": 1 }),
            "amount",
        ),
        (
            json!({ "model": "package", "amount": "1", "package_size": 1, "free_units": u64::MAX }),
            "free_units",
        ),
        (share("1.1", "0", "0", "1"), "rate"),
        (share("-0.1", "0", "0", "1"), "rate"),
        (share("0.1", "-1", "0", "1"), "fixed_fee"),
        (share("0.1", "0", "2", "1"), "minimum"),
        (share("0.1", "0", "0", "-1"), "maximum"),
    ] {
        assert_eq!(
            refused_field(model(json.clone()).validate()),
            field,
            "{json}"
        );
    }
}

#[test]
fn usage_that_cannot_be_charged_is_refused_with_its_field() {
    let package = model(json!({ "model": "package", "amount": "1", "package_size": 3 }));
    let share = model(json!({ "model": "percentage", "rate": "0.1", "fixed_fee": "0" }));
    let refused = |model: &ChargeModel, usage| refused_field(model.charge(Some(&usage)));

    for units in [Decimal::NEGATIVE_ONE, Decimal::new(1, 10), Decimal::MAX] {
        assert_eq!(refused(&package, Usage::Units(units)), "usage.units");
    }
    let negative = Usage::Transactions(vec![Decimal::ONE, Decimal::NEGATIVE_ONE]);
    assert_eq!(refused(&share, negative), "usage.transactions[1]");
    let many = Usage::Transactions(vec![Decimal::ONE; 1_001]);
    assert_eq!(refused(&share, many), "usage.transactions");
    assert_eq!(refused(&share, Usage::Units(Decimal::ONE)), "usage.units");
    let values = Usage::Transactions(vec![Decimal::ONE]);
    assert_eq!(refused(&package, values.clone()), "usage.transactions");

    let context = PricingContext {
        usage: Some(values),
        ..one_unit()
    };
    let result = price(&book(), "individual", &context, None, Timestamp(0));
    assert_eq!(refused_field(result), "context.usage");
}

#[test]
fn a_charge_that_would_be_rounded_in_silence_is_refused() {
    let graduated = model(json!({ "model": "graduated", "tiers": [
        { "up_to": null, "unit_price": "999999999.999999999999", "flat_fee": "0" },
    ] }));
    let units = Decimal::from_str_exact("99999999.999999999").expect("a decimal");
    let result = graduated.charge(Some(&Usage::Units(units)));
    assert_eq!(refused_field(result), "usage");
}
