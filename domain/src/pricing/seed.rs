//! Version 1 of the prices. The factors multiply: 0.85 takes 15% off.

use super::book::{Currency, Discount, PeriodPrice, PriceBook, Segment, Stacking, StackingMode};
use super::eligibility::{Condition, Flag};
use crate::billing_period::BillingPeriod;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Seats from which an individual customer is a small team.
const TEAM_SEATS: u64 = 5;
/// Trading desks from which an institution buys in volume.
const VOLUME_DESKS: u64 = 5;
/// Mining sites from which a farm has scale.
const SCALE_SITES: u64 = 3;
/// Thirty days, which plans call a month too: at a month's price, and not at 30 / 30.4375 of it.
const THIRTY_DAYS_SECS: u32 = 30 * 86_400;
/// Months paid after which a customer is loyal, with or without points on-chain.
const LOYAL_MONTHS: u32 = 12;

/// The first price book, in the organisation's currency.
///
/// Thresholds count paid units, so that no one gets a discount by claiming a number. All reductions
/// together take at most half.
pub fn seed_price_book(currency: Currency) -> PriceBook {
    let loyal = [
        Condition::LoyaltyTierAtLeast(1),
        Condition::PaidMonthsAtLeast(LOYAL_MONTHS),
    ];
    let individual = segment(
        "seat",
        99,
        [
            discount(
                "volume_discount",
                85,
                &[Condition::QuantityAtLeast(TEAM_SEATS)],
            ),
            discount("loyalty_discount", 90, &loyal),
        ],
    );
    let institutional = segment(
        "desk",
        4999,
        [
            discount(
                "volume_discount",
                70,
                &[Condition::QuantityAtLeast(VOLUME_DESKS)],
            ),
            discount(
                "enterprise_discount",
                60,
                &[Condition::Flag(Flag::EnterpriseContract)],
            ),
        ],
    );
    let mining_farm = segment(
        "site",
        1999,
        [
            discount(
                "scale_discount",
                75,
                &[Condition::QuantityAtLeast(SCALE_SITES)],
            ),
            discount(
                "hardware_integration",
                80,
                &[Condition::Flag(Flag::HardwareIntegration)],
            ),
        ],
    );
    let order = [
        "volume_discount",
        "scale_discount",
        "enterprise_discount",
        "hardware_integration",
        "loyalty_discount",
    ];
    PriceBook {
        version: 1,
        currency,
        segments: BTreeMap::from([
            ("individual".to_owned(), individual),
            ("institutional".to_owned(), institutional),
            ("mining_farm".to_owned(), mining_farm),
        ]),
        stacking: Stacking {
            order: order.map(ToOwned::to_owned).to_vec(),
            mode: StackingMode::Multiply,
            floor_factor: Decimal::new(5, 1),
            floor_amount: None,
        },
    }
}

fn segment(unit: &str, base: i64, discounts: [(String, Discount); 2]) -> Segment {
    let thirty_days = BillingPeriod::of_plan(THIRTY_DAYS_SECS, 0).map(|period| PeriodPrice {
        period,
        base: Decimal::from(base),
    });
    Segment {
        unit: unit.to_owned(),
        base: Some(Decimal::from(base)),
        prices: thirty_days.into_iter().collect(),
        charge: None,
        discounts: BTreeMap::from(discounts),
    }
}

fn discount(name: &str, factor_percent: i64, when_any: &[Condition]) -> (String, Discount) {
    let discount = Discount {
        factor: Decimal::new(factor_percent, 2),
        when_any: when_any.to_vec(),
    };
    (name.to_owned(), discount)
}
