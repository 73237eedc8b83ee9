//! Books, purchases and charges that must be refused, each with its field.

use super::{book, dollars, one_unit, refused_field};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tessera_domain::billing_period::BillingPeriod;
use tessera_domain::pricing::{
    ChargeModel, Currency, Flag, Offer, OfferClaim, PriceBook, PricingContext, Reduction, Urgency,
    Usage, price, to_token_units,
};
use tessera_domain::refusal::Refusal;
use tessera_domain::time::Timestamp;

const NOW: Timestamp = Timestamp(0);

/// The seed's book with the value at a JSON pointer replaced.
fn book_with(pointer: &str, value: Value) -> Result<PriceBook, serde_json::Error> {
    let mut json = serde_json::to_value(book()).expect("JSON");
    *json.pointer_mut(pointer).expect("a field of the book") = value;
    serde_json::from_value(json)
}

#[test]
fn text_that_is_no_exact_number_is_not_read() {
    for value in [
        json!("NaN"),
        json!("inf"),
        json!("1e3"),
        json!("ninety-nine"),
        json!(99),
        json!(99.0),
        json!("0.99999999999999999999999999999999"),
    ] {
        let read = book_with("/segments/individual/base", value.clone());
        assert!(read.is_err(), "{value}");
    }
}

#[test]
fn a_field_that_nobody_knows_is_not_read() {
    let mut json = serde_json::to_value(book()).expect("JSON");
    json["segments"]["individual"]["discount"] = json!("0.1");
    assert!(serde_json::from_value::<PriceBook>(json).is_err());
}

#[test]
fn a_book_that_breaks_a_rule_is_refused_with_its_field() {
    let individual = |rest: &str| format!("/segments/individual/{rest}");
    let volume = |rest: &str| individual(&format!("discounts/volume_discount/{rest}"));
    let long = "a".repeat(65);
    for (pointer, value, field) in [
        ("/version".to_owned(), json!(0), "version"),
        ("/currency/mint".to_owned(), json!("USD"), "currency.mint"),
        (
            "/currency/decimals".to_owned(),
            json!(10),
            "currency.decimals",
        ),
        ("/segments".to_owned(), json!({}), "segments"),
        (individual("unit"), json!(long), "segments.individual.unit"),
        (individual("base"), json!("-99"), "segments.individual.base"),
        (individual("base"), json!("0"), "segments.individual.base"),
        (
            individual("base"),
            json!("0.0000001"),
            "segments.individual.base",
        ),
        (
            individual("base"),
            json!("1000000000001"),
            "segments.individual.base",
        ),
        (
            volume("factor"),
            json!("0"),
            "segments.individual.discounts.volume_discount.factor",
        ),
        (
            volume("factor"),
            json!("1.01"),
            "segments.individual.discounts.volume_discount.factor",
        ),
        (
            volume("factor"),
            json!("-0.5"),
            "segments.individual.discounts.volume_discount.factor",
        ),
        (
            volume("factor"),
            json!("0.12345"),
            "segments.individual.discounts.volume_discount.factor",
        ),
        (
            volume("when_any"),
            json!([]),
            "segments.individual.discounts.volume_discount.when_any",
        ),
        (
            volume("when_any"),
            json!([{ "quantity_at_least": 2 }, { "quantity_at_least": 1 }]),
            "segments.individual.discounts.volume_discount.when_any[1]",
        ),
        (
            "/stacking/order".to_owned(),
            json!(["volume_discount"]),
            "stacking.order",
        ),
        (
            "/stacking/floor_factor".to_owned(),
            json!("0"),
            "stacking.floor_factor",
        ),
        (
            "/stacking/floor_factor".to_owned(),
            json!("2"),
            "stacking.floor_factor",
        ),
    ] {
        let book = book_with(&pointer, value.clone()).expect("a readable book");
        assert_eq!(refused_field(book.validate()), field, "{pointer} {value}");
    }
    assert_eq!(book().validate(), Ok(()));
}

#[test]
fn prices_of_periods_that_break_a_rule_are_refused_with_their_field() {
    let year = |base: &str| json!({ "period": { "months": 12 }, "base": base });
    let month = json!({ "period": { "months": 1 }, "base": "9" });
    for (prices, field) in [
        (json!([year("0")]), "prices[0].base"),
        (json!([year("-1")]), "prices[0].base"),
        (json!([year("0.0000001")]), "prices[0].base"),
        (json!([year("990"), year("991")]), "prices[1].period"),
        (json!([month]), "prices[0].period"),
        (json!(vec![year("990"); 17]), "prices"),
    ] {
        let mut json = serde_json::to_value(book()).expect("JSON");
        json["segments"]["individual"]["prices"] = prices.clone();
        let book: PriceBook = serde_json::from_value(json).expect("a readable book");
        let expected = format!("segments.individual.{field}");
        assert_eq!(refused_field(book.validate()), expected, "{prices}");
    }
}

#[test]
fn a_segment_without_any_price_is_refused() {
    let mut book = book();
    let segment = book.segments.get_mut("individual").expect("a segment");
    (segment.base, segment.prices) = (None, Vec::new());
    assert_eq!(refused_field(book.validate()), "segments.individual.base");
}

#[test]
fn a_floor_above_the_price_of_a_period_is_refused() {
    let mut json = serde_json::to_value(book()).expect("JSON");
    let year = json!({ "period": { "months": 12 }, "base": "959.999999" });
    json["segments"]["individual"]["prices"] = json!([year]);
    json["stacking"]["floor_amount"] = json!("80");
    let book: PriceBook = serde_json::from_value(json).expect("a readable book");
    assert_eq!(refused_field(book.validate()), "stacking.floor_amount");
}

#[test]
fn a_stacking_order_names_every_discount_once() {
    for (name, twice) in [("volume_discount", true), ("unheard_of", false)] {
        let mut book = book();
        book.stacking.order.push(name.to_owned());
        let refusal = book.validate().expect_err("a refusal").to_string();
        assert!(refusal.contains(name), "{refusal}");
        assert_eq!(refusal.contains("once"), twice, "{refusal}");
    }
}

#[test]
fn a_floor_above_a_base_price_or_between_token_units_is_refused() {
    for floor in [
        Decimal::from(100),
        Decimal::new(1, 7),
        Decimal::NEGATIVE_ONE,
    ] {
        let mut book = book();
        book.stacking.floor_amount = Some(floor);
        assert_eq!(refused_field(book.validate()), "stacking.floor_amount");
    }
}

#[test]
fn factors_that_could_not_be_multiplied_exactly_are_refused() {
    let mut book = book();
    let segment = book.segments.get_mut("individual").expect("a segment");
    for discount in segment.discounts.values_mut() {
        discount.factor = Decimal::new(9_999, 4);
    }
    let third = segment.discounts["volume_discount"].clone();
    segment.discounts.insert("scale_discount".to_owned(), third);
    assert_eq!(
        refused_field(book.validate()),
        "segments.individual.discounts"
    );
}

#[test]
fn a_book_that_breaks_a_rule_gives_no_price() {
    let mut book = book();
    book.stacking.floor_factor = Decimal::ZERO;
    assert!(price(&book, "individual", &one_unit(), None, NOW).is_err());
}

#[test]
fn a_purchase_of_nothing_or_of_an_absurd_number_is_refused() {
    for quantity in [0, 1_000_001, u64::MAX] {
        let context = PricingContext {
            quantity,
            ..one_unit()
        };
        let result = price(&book(), "individual", &context, None, NOW);
        assert_eq!(refused_field(result), "context.quantity");
    }
    for quantity in [json!(-1), json!(1.5), json!("1"), json!(null)] {
        let context = json!({ "currency": dollars(), "quantity": quantity });
        assert!(serde_json::from_value::<PricingContext>(context).is_err());
    }
}

#[test]
fn a_price_in_another_currency_is_refused() {
    let other_mint = Currency {
        mint: "So11111111111111111111111111111111111111112".to_owned(),
        decimals: 6,
    };
    let other_scale = Currency {
        decimals: 9,
        ..dollars()
    };
    for currency in [other_mint.clone(), other_scale] {
        let context = PricingContext::new(currency);
        let result = price(&book(), "individual", &context, None, NOW);
        assert_eq!(refused_field(result), "context.currency");
    }
    let offer = Offer {
        code: "TEN".to_owned(),
        urgency: Urgency::CapacityLimited { stock: 1 },
        reduction: Reduction::AmountOff {
            amount: Decimal::TEN,
            mint: other_mint.mint,
        },
        segments: BTreeSet::from(["individual".to_owned()]),
    };
    let claim = OfferClaim {
        offer: &offer,
        taken: 0,
    };
    let result = price(&book(), "individual", &one_unit(), Some(claim), NOW);
    assert_eq!(refused_field(result), "offer.reduction.mint");
}

#[test]
fn a_segment_that_is_not_in_the_book_is_refused() {
    let result = price(&book(), "Individual", &one_unit(), None, NOW);
    assert_eq!(
        result,
        Err(Refusal::new(
            "segment",
            "must be a segment of the book: individual, institutional, mining_farm"
        ))
    );
}

#[test]
fn all_reductions_together_stop_at_the_floor() -> Result<(), Refusal> {
    let mut book = book();
    book.stacking.floor_amount = Some(Decimal::from(60));
    let offer = Offer {
        code: "ALL".to_owned(),
        urgency: Urgency::CapacityLimited { stock: 1 },
        reduction: Reduction::AmountOff {
            amount: Decimal::from(1_000_000),
            mint: dollars().mint,
        },
        segments: BTreeSet::from(["individual".to_owned(), "institutional".to_owned()]),
    };
    let claim = Some(OfferClaim {
        offer: &offer,
        taken: 0,
    });
    let everything = PricingContext {
        loyalty_tier: 4,
        paid_months: u32::MAX,
        flags: BTreeSet::from([Flag::EnterpriseContract, Flag::HardwareIntegration]),
        ..one_unit()
    };
    // A half of 99 is below the absolute floor; a half of 4999 is above it.
    let found = price(&book, "individual", &everything, claim, NOW)?;
    assert_eq!(found.price, Decimal::from(60));
    let found = price(&book, "institutional", &everything, claim, NOW)?;
    assert_eq!(found.price, Decimal::new(24_995, 1));
    Ok(())
}

proptest! {
    #[test]
    fn extreme_numbers_are_refused_or_priced_and_never_panic(
        base in any::<[u32; 3]>(),
        base_decimals in 0..29_u32,
        factor in any::<[u32; 3]>(),
        negative in any::<bool>(),
        quantity in any::<u64>(),
        units in any::<[u32; 3]>(),
        decimals in any::<u8>(),
        secs in 1..=u32::MAX,
        months in any::<u8>(),
    ) {
        let decimal = |[low, mid, high]: [u32; 3], scale| {
            Decimal::from_parts(low, mid, high, negative, scale)
        };
        let mut book = book();
        book.currency.decimals = decimals;
        book.stacking.floor_amount = Some(decimal(factor, 28));
        let segment = book.segments.get_mut("individual").expect("a segment");
        segment.base = Some(decimal(base, base_decimals));
        segment.charge = Some(ChargeModel::Package {
            amount: decimal(factor, base_decimals),
            package_size: quantity,
            free_units: quantity,
        });
        if let Some(discount) = segment.discounts.values_mut().next() {
            discount.factor = decimal(factor, 28);
        }
        let usage = Usage::Units(decimal(units, base_decimals));
        if let Some(charge) = &segment.charge {
            let _ = charge.charge(Some(&usage));
        }
        let context = PricingContext {
            quantity,
            period: BillingPeriod::of_plan(secs, months).expect("a period"),
            usage: Some(usage),
            ..PricingContext::new(book.currency.clone())
        };
        if let Ok(found) = price(&book, "individual", &context, None, NOW) {
            prop_assert_eq!(found.verify(), Ok(()));
        }
        let _ = to_token_units(decimal(base, base_decimals), decimals);
    }
}
