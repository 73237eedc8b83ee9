//! Charges and prices against the figures that `tests/oracles/pricing.py` collects.

use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::billing_period::BillingPeriod;
use tessera_domain::pricing::{
    ChargeLine, ChargeModel, Condition, Currency, Discount, Offer, OfferClaim, PriceBook,
    PricingContext, Reduction, Segment, Stacking, StackingMode, Urgency, Usage, price,
};
use tessera_domain::time::Timestamp;

const FIXTURE: &str = include_str!("../../../../tests/oracles/fixtures/pricing.json");
/// Binary floats of `OpenFisca`: largest difference as a share of the amount.
const FLOAT_TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct Fixture {
    graduated_openfisca: Vec<Row<f64>>,
    volume_localstripe: Vec<Row<Decimal>>,
    published: Vec<Row<Decimal>>,
    package_counted: Vec<Row<Decimal>>,
    percentage_counted: Vec<Row<Decimal>>,
    price_counted: Vec<PriceRow>,
}

#[derive(Deserialize)]
struct Row<T> {
    #[serde(default)]
    source: String,
    model: ChargeModel,
    usage: Usage,
    amount: T,
}

#[derive(Deserialize)]
struct PriceRow {
    decimals: u8,
    period: BillingPeriod,
    base: Decimal,
    quantity: u64,
    factors: Vec<Decimal>,
    mode: StackingMode,
    floor_factor: Decimal,
    offer: Option<String>,
    offer_value: Option<Decimal>,
    price: Decimal,
}

fn fixture() -> Fixture {
    serde_json::from_str(FIXTURE).expect("a fixture")
}

impl<T> Row<T> {
    fn charge(&self) -> Decimal {
        self.model.validate().expect("a valid model");
        let lines = self.model.charge(Some(&self.usage)).expect("a charge");
        ChargeLine::total(&lines).expect("a total")
    }
}

fn assert_exact(rows: &[Row<Decimal>]) {
    assert!(!rows.is_empty());
    for row in rows {
        let at = format!("{} {:?} {:?}", row.source, row.model, row.usage);
        assert_eq!(row.charge(), row.amount, "{at}");
    }
}

#[test]
fn graduated_charges_are_those_of_a_marginal_tax_scale() {
    let rows = fixture().graduated_openfisca;
    assert!(!rows.is_empty());
    let mut largest: f64 = 0.0;
    for row in &rows {
        let ours = f64::try_from(row.charge()).expect("a finite amount");
        let difference = (ours - row.amount).abs() / row.amount.abs().max(1.0);
        assert!(difference <= FLOAT_TOLERANCE, "{ours} {}", row.amount);
        largest = largest.max(difference);
    }
    println!("largest relative difference: {largest:e}");
}

#[test]
fn volume_charges_are_those_of_a_fake_stripe() {
    assert_exact(&fixture().volume_localstripe);
}

#[test]
fn worked_examples_of_stripe_and_lago_come_out() {
    assert_exact(&fixture().published);
}

#[test]
fn package_charges_are_those_of_opening_one_package_after_another() {
    assert_exact(&fixture().package_counted);
}

#[test]
fn percentage_charges_are_those_of_each_transaction() {
    assert_exact(&fixture().percentage_counted);
}

#[test]
fn prices_are_those_of_fractions() {
    let rows = fixture().price_counted;
    assert!(!rows.is_empty());
    for row in &rows {
        assert_eq!(row.ours(), row.price, "{} {:?}", row.base, row.factors);
    }
}

impl PriceRow {
    fn ours(&self) -> Decimal {
        let mint = "So11111111111111111111111111111111111111112";
        let currency = Currency {
            mint: mint.to_owned(),
            decimals: self.decimals,
        };
        let discounts = self.factors.iter().enumerate().map(|(index, factor)| {
            let discount = Discount {
                factor: *factor,
                when_any: vec![Condition::LoyaltyTierAtLeast(1)],
            };
            (format!("discount_{index}"), discount)
        });
        let segment = Segment {
            unit: "seat".to_owned(),
            base: Some(self.base),
            prices: Vec::new(),
            charge: None,
            discounts: discounts.collect(),
        };
        let book = PriceBook {
            version: 1,
            currency: currency.clone(),
            stacking: Stacking {
                order: segment.discounts.keys().cloned().collect(),
                mode: self.mode,
                floor_factor: self.floor_factor,
                floor_amount: None,
            },
            segments: BTreeMap::from([("segment".to_owned(), segment)]),
        };
        let context = PricingContext {
            quantity: self.quantity,
            period: self.period,
            loyalty_tier: 1,
            ..PricingContext::new(currency)
        };
        let value = self.offer_value.unwrap_or_default();
        let reduction = match self.offer.as_deref() {
            Some("amount") => Reduction::AmountOff {
                amount: value,
                mint: mint.to_owned(),
            },
            _ => Reduction::Factor { factor: value },
        };
        let offer = Offer {
            code: "OFFER".to_owned(),
            urgency: Urgency::CapacityLimited { stock: 1 },
            reduction,
            segments: BTreeSet::from(["segment".to_owned()]),
        };
        let claim = self.offer.as_ref().map(|_| OfferClaim {
            offer: &offer,
            taken: 0,
        });
        let breakdown = price(&book, "segment", &context, claim, Timestamp(0)).expect("a price");
        breakdown.verify().expect("steps that lead to the price");
        breakdown.price
    }
}
