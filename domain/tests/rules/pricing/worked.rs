//! Prices that can be computed by hand.

use super::{book, one_unit};
use rust_decimal::Decimal;
use serde_json::json;
use std::collections::BTreeSet;
use tessera_domain::billing_period::BillingPeriod;
use tessera_domain::pricing::{
    Flag, Offer, OfferClaim, Operation, PeriodPrice, PriceBook, PricingContext, Reason, Reduction,
    StackingMode, Step, Urgency, Usage, price,
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
        paid_months: 12,
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

/// One seat for a period of a plan.
fn seat(secs: u32, months: u8) -> PricingContext {
    PricingContext {
        period: BillingPeriod::of_plan(secs, months).expect("a period"),
        ..one_unit()
    }
}

const WEEK: u32 = 7 * 86_400;

/// The price of a seat in whole tokens and their decimals.
fn individual(book: &PriceBook, context: &PricingContext) -> String {
    let found = price(book, "individual", context, None, NOW).expect("a price");
    assert_eq!(found.verify(), Ok(()));
    found.price.normalize().to_string()
}

#[test]
fn a_price_for_a_month_becomes_that_of_the_plans_period() {
    for (secs, months, expected) in [
        (0, 1, "99"),
        (0, 12, "1188"),
        (0, 3, "297"),
        // 99 * 7 / 30.4375 is 22.7679671...
        (WEEK, 0, "22.767967"),
        // 99 * 90 / 30.4375 is 292.7310061...
        (90 * 86_400, 0, "292.731006"),
        // The seed states it.
        (30 * 86_400, 0, "99"),
        // 365.25 days.
        (31_557_600, 0, "1188"),
    ] {
        assert_eq!(individual(&book(), &seat(secs, months)), expected);
    }
    // 495 * 0.85 a month.
    let team = PricingContext {
        quantity: 5,
        ..seat(0, 12)
    };
    assert_eq!(individual(&book(), &team), "5049");
}

#[test]
fn the_breakdown_shows_how_a_month_became_a_period() {
    let week = seat(WEEK, 0);
    let found = price(&book(), "individual", &week, None, NOW).expect("a price");
    let json = serde_json::to_value(&found).expect("JSON");
    assert_eq!(json["period"], json!({ "secs": WEEK }));
    let step = &json["steps"][1];
    assert_eq!(
        step,
        &json!({
            "name": "period", "before": "99", "after": "22.767967",
            "operation": { "kind": "prorate", "numerator": 112, "denominator": 487, "decimals": 6 },
            "reason": { "kind": "period", "period": { "secs": WEEK } }
        })
    );
    assert_eq!(json["steps"][0]["reason"]["period"], json!({ "months": 1 }));
}

#[test]
fn a_price_that_the_book_states_for_a_period_wins() {
    let mut book = book();
    let segment = book.segments.get_mut("individual").expect("a segment");
    segment.prices = vec![PeriodPrice {
        period: seat(0, 12).period,
        base: Decimal::from(990),
    }];
    assert_eq!(individual(&book, &seat(0, 12)), "990");
    assert_eq!(individual(&book, &seat(0, 24)), "2376");
    let found = price(&book, "individual", &seat(0, 12), None, NOW).expect("a price");
    assert_eq!(found.steps.len(), 1, "nothing is converted");

    // Without a price for a month, nothing is sold but what is stated.
    let segment = book.segments.get_mut("individual").expect("a segment");
    segment.base = None;
    assert_eq!(individual(&book, &seat(0, 12)), "990");
    for other in [seat(0, 1), seat(WEEK, 0)] {
        let refusal = price(&book, "individual", &other, None, NOW).expect_err("a refusal");
        assert_eq!(refusal.field, "context.period");
    }
}

#[test]
fn usage_and_what_an_offer_takes_off_are_for_a_month_too() {
    let mut book = book();
    let segment = book.segments.get_mut("individual").expect("a segment");
    let charge = json!({ "model": "package", "amount": "1.5", "package_size": 10 });
    segment.charge = Some(serde_json::from_value(charge).expect("a charge"));
    let with_usage = |context| PricingContext {
        usage: Some(Usage::Units(Decimal::from(15))),
        ..context
    };
    // 99 + 3 a month.
    assert_eq!(individual(&book, &with_usage(seat(0, 12))), "1224");
    let segment = book.segments.get_mut("individual").expect("a segment");
    segment.prices = vec![PeriodPrice {
        period: seat(0, 12).period,
        base: Decimal::from(990),
    }];
    // 990, and twelve times 3.
    assert_eq!(individual(&book, &with_usage(seat(0, 12))), "1026");

    let offer = Offer {
        code: "TEN".to_owned(),
        urgency: Urgency::CapacityLimited { stock: 1 },
        reduction: Reduction::AmountOff {
            amount: Decimal::TEN,
            mint: book.currency.mint.clone(),
        },
        segments: BTreeSet::from(["individual".to_owned()]),
    };
    let claim = OfferClaim {
        offer: &offer,
        taken: 0,
    };
    let year = with_usage(seat(0, 12));
    let found = price(&book, "individual", &year, Some(claim), NOW).expect("a price");
    assert_eq!(found.price, Decimal::from(906));
    let last = found.steps.last().expect("a step");
    let monthly_amount = Some(Decimal::TEN);
    assert_eq!(last.reason, Reason::Offer { monthly_amount });
}

#[test]
fn the_lowest_price_is_for_a_month_too() {
    let mut book = book();
    book.stacking.floor_factor = Decimal::new(1, 1);
    book.stacking.floor_amount = Some(Decimal::from(90));
    let loyal = |context| PricingContext {
        loyalty_tier: 1,
        quantity: 1,
        ..context
    };
    let segment = book.segments.get_mut("individual").expect("a segment");
    let discount = segment.discounts.get_mut("loyalty_discount");
    discount.expect("a discount").factor = Decimal::new(5, 1);
    assert_eq!(individual(&book, &loyal(seat(0, 1))), "90");
    assert_eq!(individual(&book, &loyal(seat(0, 12))), "1080");
    // 90 * 112 / 487 is 20.6981519..., rounded up.
    assert_eq!(individual(&book, &loyal(seat(WEEK, 0))), "20.698152");
}
