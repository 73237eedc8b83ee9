//! Prices that can be computed by hand.

use super::{book, one_unit};
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use tessera_domain::pricing::{
    Flag, Offer, OfferClaim, Operation, PriceBook, PricingContext, Reason, Reduction, StackingMode,
    Step, Urgency, price,
};
use tessera_domain::time::Timestamp;

const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

#[test]
fn the_seed_prices_are_the_seed_to_the_number() {
    let enterprise = BTreeSet::from([Flag::EnterpriseContract]);
    let hardware = BTreeSet::from([Flag::HardwareIntegration]);
    for (segment, quantity, tier, flags, list, expected) in [
        ("individual", 1, 0, BTreeSet::new(), "99", "99"),
        ("individual", 5, 0, BTreeSet::new(), "495", "420.75"),
        ("individual", 1, 1, BTreeSet::new(), "99", "89.1"),
        ("individual", 5, 1, BTreeSet::new(), "495", "378.675"),
        ("institutional", 1, 0, BTreeSet::new(), "4999", "4999"),
        ("institutional", 5, 0, BTreeSet::new(), "24995", "17496.5"),
        ("institutional", 1, 0, enterprise.clone(), "4999", "2999.4"),
        // 0.7 * 0.6 is below the floor of a half.
        ("institutional", 5, 0, enterprise, "24995", "12497.5"),
        ("mining_farm", 3, 0, BTreeSet::new(), "5997", "4497.75"),
        ("mining_farm", 1, 0, hardware.clone(), "1999", "1599.2"),
        ("mining_farm", 3, 0, hardware, "5997", "3598.2"),
    ] {
        let context = PricingContext {
            quantity,
            loyalty_tier: tier,
            flags,
            ..one_unit()
        };
        let found = price(&book(), segment, &context, None, NOW).expect("a price");
        let is = [found.list, found.price].map(|amount| amount.normalize().to_string());
        assert_eq!(is, [list, expected], "{segment} {quantity}");
    }
}

#[test]
fn of_equal_reductions_the_first_counts_and_an_offer_that_does_not_sets_no_end() {
    let mut book = book();
    book.stacking.mode = StackingMode::BestOnly;
    let context = PricingContext {
        loyalty_tier: 1,
        ..one_unit()
    };
    let of = |factor_percent| {
        let offer = Offer {
            code: "SPRING".to_owned(),
            urgency: Urgency::LimitedTime {
                expires_at: NOW.plus_secs(60),
            },
            reduction: Reduction::Factor {
                factor: Decimal::new(factor_percent, 2),
            },
            segments: BTreeSet::from(["individual".to_owned()]),
        };
        let found = price(
            &book,
            "individual",
            &context,
            Some(OfferClaim {
                offer: &offer,
                taken: 0,
            }),
            NOW,
        );
        let found = found.expect("a price");
        let name = found.steps.last().map(|step| step.name.clone());
        (name.unwrap_or_default(), found.offer_ends_at)
    };
    assert_eq!(of(90), ("loyalty_discount".to_owned(), None));
    assert_eq!(of(89), ("SPRING".to_owned(), Some(NOW.plus_secs(60))));
}

#[test]
fn a_breakdown_whose_ends_are_tampered_with_is_found() {
    let context = PricingContext {
        loyalty_tier: 1,
        ..one_unit()
    };
    let honest = price(&book(), "individual", &context, None, NOW).expect("a price");
    assert_eq!(honest.verify(), Ok(()));

    let mut cheaper = honest.clone();
    cheaper.price -= Decimal::ONE;
    let mut dearer_list = honest.clone();
    dearer_list.list += Decimal::ONE;
    let mut raised = honest.clone();
    raised.price = Decimal::from(100);
    raised.steps.push(Step {
        name: "floor".to_owned(),
        operation: Operation::RaiseTo {
            amount: raised.price,
        },
        before: honest.price,
        after: raised.price,
        reason: Reason::Floor,
    });
    let mut unexplained = honest;
    unexplained.steps.clear();
    for tampered in [cheaper, dearer_list, raised, unexplained] {
        assert!(tampered.verify().is_err(), "{tampered:?}");
    }
}

#[test]
fn a_price_that_rests_on_who_buys_says_so() {
    let of = |context: &PricingContext| {
        let found = price(&book(), "individual", context, None, NOW).expect("a price");
        found.personalised
    };
    let many = PricingContext {
        quantity: 5,
        ..one_unit()
    };
    let loyal = PricingContext {
        paid_periods: 12,
        ..one_unit()
    };
    assert_eq!(
        [of(&one_unit()), of(&many), of(&loyal)],
        [false, false, true]
    );
}

#[test]
fn what_a_token_cannot_hold_is_given_to_the_customer() {
    let mut book = book();
    book.currency.decimals = 0;
    let context = PricingContext {
        loyalty_tier: 1,
        ..PricingContext::new(book.currency.clone())
    };
    let found = price(&book, "individual", &context, None, NOW).expect("a price");
    // 99 * 0.9 is 89.1.
    assert_eq!(found.price, Decimal::from(89));
    assert_eq!(
        found.steps.last().map(|step| &step.reason),
        Some(&Reason::Rounding)
    );
}

#[test]
fn a_book_survives_the_way_through_json() {
    let json = serde_json::to_value(book()).expect("JSON");
    assert_eq!(json["segments"]["individual"]["base"], "99");
    let discounts = &json["segments"]["individual"]["discounts"];
    assert_eq!(discounts["volume_discount"]["factor"], "0.85");
    assert_eq!(
        serde_json::from_value::<PriceBook>(json).expect("a book"),
        book()
    );
}
