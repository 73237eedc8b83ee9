//! Version 1 of the prices. The factors multiply: 0.85 takes 15% off.

use super::book::{Currency, Discount, PriceBook, Segment, Stacking, StackingMode};
use super::eligibility::{Condition, Flag};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Seats from which an individual customer is a small team.
const TEAM_SEATS: u64 = 5;
/// Trading desks from which an institution buys in volume.
const VOLUME_DESKS: u64 = 5;
/// Mining sites from which a farm has scale.
const SCALE_SITES: u64 = 3;
/// Months paid after which a customer is loyal, with or without points on-chain.
const LOYAL_PERIODS: u32 = 12;

/// The first price book, in the organisation's currency.
///
/// Thresholds count paid units, so that no one gets a discount by claiming a number. All reductions
/// together take at most half.
pub fn seed_price_book(currency: Currency) -> PriceBook {
    let loyal = [
        Condition::LoyaltyTierAtLeast(1),
        Condition::PaidPeriodsAtLeast(LOYAL_PERIODS),
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
    Segment {
        unit: unit.to_owned(),
        base: Decimal::from(base),
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
