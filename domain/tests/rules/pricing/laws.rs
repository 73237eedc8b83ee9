//! What holds for every price book, purchase and offer.

use super::{dollars, one_unit};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::billing_period::{BillingPeriod, Months};
use tessera_domain::pricing::{
    ChargeModel, Condition, Discount, Flag, Offer, OfferClaim, PeriodPrice, PriceBook,
    PricingContext, Reason, Reduction, Segment, Stacking, StackingMode, Tier, Urgency, Usage,
    price, to_token_units,
};
use tessera_domain::time::Timestamp;

const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

fn decimal(micros: std::ops::Range<i64>, decimals: u32) -> impl Strategy<Value = Decimal> {
    micros.prop_map(move |value| Decimal::new(value, decimals))
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        (2..30_u64).prop_map(Condition::QuantityAtLeast),
        (1..=4_u8).prop_map(Condition::LoyaltyTierAtLeast),
        (1..30_u32).prop_map(Condition::PaidMonthsAtLeast),
        Just(Condition::Flag(Flag::EnterpriseContract)),
        Just(Condition::Flag(Flag::HardwareIntegration)),
    ]
}

fn discount() -> impl Strategy<Value = Discount> {
    (decimal(1..101, 2), vec(condition(), 1..3))
        .prop_map(|(factor, when_any)| Discount { factor, when_any })
}

fn charge() -> impl Strategy<Value = ChargeModel> {
    let tier = (1..500_i64, decimal(0..9_999_999, 6), decimal(0..5_000, 2));
    vec(tier, 1..5).prop_map(|parts| {
        let last = parts.len() - 1;
        let mut bound = 0;
        let tiers = parts.into_iter().enumerate().map(|(index, part)| {
            bound += part.0;
            Tier {
                up_to: (index < last).then(|| Decimal::from(bound)),
                unit_price: part.1,
                flat_fee: part.2,
            }
        });
        ChargeModel::Graduated {
            tiers: tiers.collect(),
        }
    })
}

fn any_book() -> impl Strategy<Value = PriceBook> {
    let mode = prop_oneof![Just(StackingMode::Multiply), Just(StackingMode::BestOnly)];
    (
        decimal(1..9_999_999, 2),
        option::of(charge()),
        vec(discount(), 0..5),
        mode,
        decimal(1..101, 2),
        option::of(decimal(1..100, 4)),
        any::<u64>(),
    )
        .prop_map(
            |(base, charge, discounts, mode, floor_factor, floor_amount, turn)| {
                let names = (0..discounts.len()).map(|index| format!("discount_{index}"));
                let mut order: Vec<String> = names.clone().collect();
                if let Some(turn) = usize::try_from(turn)
                    .ok()
                    .and_then(|it| it.checked_rem(order.len()))
                {
                    order.rotate_left(turn);
                }
                let segment = Segment {
                    unit: "seat".to_owned(),
                    base: Some(base),
                    prices: Vec::new(),
                    charge,
                    discounts: names.zip(discounts).collect(),
                };
                PriceBook {
                    version: 1,
                    currency: dollars(),
                    segments: BTreeMap::from([("segment".to_owned(), segment)]),
                    stacking: Stacking {
                        order,
                        mode,
                        floor_factor,
                        floor_amount: floor_amount.filter(|floor| *floor <= base),
                    },
                }
            },
        )
}

/// Calendar months, and lengths from a second to a century.
fn any_period() -> impl Strategy<Value = BillingPeriod> {
    let secs = prop_oneof![
        Just(604_800_u32),
        3_600..40_000_000_u32,
        1..3_155_760_000_u32
    ];
    prop_oneof![
        Just(BillingPeriod::MONTH),
        (1..=u8::MAX).prop_filter_map("months", |months| BillingPeriod::of_plan(0, months)),
        secs.prop_filter_map("seconds", |secs| BillingPeriod::of_plan(secs, 0)),
    ]
}

fn any_context() -> impl Strategy<Value = PricingContext> {
    let flag = prop_oneof![
        Just(Flag::EnterpriseContract),
        Just(Flag::HardwareIntegration)
    ];
    (
        1..50_u64,
        any_period(),
        0..=4_u8,
        0..40_u32,
        btree_set(flag, 0..3),
    )
        .prop_map(
            |(quantity, period, loyalty_tier, paid_months, flags)| PricingContext {
                quantity,
                period,
                loyalty_tier,
                paid_months,
                flags,
                ..one_unit()
            },
        )
}

fn any_offer() -> impl Strategy<Value = Offer> {
    let reduction = prop_oneof![
        decimal(1..10_001, 4).prop_map(|factor| Reduction::Factor { factor }),
        decimal(1..9_999_999_999_999, 6).prop_map(|amount| Reduction::AmountOff {
            amount,
            mint: dollars().mint,
        }),
    ];
    reduction.prop_map(|reduction| Offer {
        code: "SPRING".to_owned(),
        urgency: Urgency::CapacityLimited { stock: 9 },
        reduction,
        segments: BTreeSet::from(["segment".to_owned()]),
    })
}

/// A purchase with usage where the book charges for it.
fn with_usage(book: &PriceBook, context: PricingContext, units: Decimal) -> PricingContext {
    let charges = book.segments.values().any(|it| it.charge.is_some());
    PricingContext {
        usage: charges.then_some(Usage::Units(units)),
        ..context
    }
}

fn claim(offer: Option<&Offer>) -> Option<OfferClaim<'_>> {
    offer.map(|offer| OfferClaim { offer, taken: 0 })
}

/// Smallest units of the mint.
fn smallest(amount: Decimal) -> u128 {
    to_token_units(amount, 6).expect("whole units").into()
}

/// Smallest units of `monthly` for a period, above the period's denominator.
fn fraction(monthly: Decimal, months: Months) -> u128 {
    smallest(monthly) * u128::from(months.numerator.get())
}

proptest! {
    #[test]
    fn a_list_price_is_the_months_in_proportion_rounded_down_once(
        book in any_book(),
        context in any_context(),
        used in decimal(0..5_000_000, 3),
    ) {
        let context = with_usage(&book, context, used);
        let found = price(&book, "segment", &context, None, NOW).expect("a price");
        let segment = &book.segments["segment"];
        let base = segment.base.expect("a price for a month") * Decimal::from(context.quantity);
        let lines = segment.charge.as_ref().map(|charge| charge.charge(context.usage.as_ref()));
        let lines = lines.transpose().expect("a charge").unwrap_or_default();
        // Millionths of the smallest unit: prices of units have six decimals, usage three.
        let fine = (base + lines.iter().map(|line| line.amount).sum::<Decimal>())
            * Decimal::from(1_000_000_000_000_u64);
        let months = context.period.in_months();
        let exact = u128::try_from(fine.mantissa()).expect("not negative")
            * u128::from(months.numerator.get());
        let unit = 10_u128.pow(fine.scale()) * 1_000_000 * u128::from(months.denominator.get());
        prop_assert_eq!(smallest(found.list), exact / unit);
    }

    #[test]
    fn a_price_that_a_book_states_for_a_period_is_the_list_price(
        mut book in any_book(),
        context in any_context(),
        base in decimal(1..9_999_999, 2),
    ) {
        prop_assume!(context.period != BillingPeriod::MONTH);
        book.stacking.floor_amount = None;
        let segment = book.segments.get_mut("segment").expect("a segment");
        segment.charge = None;
        segment.prices = vec![PeriodPrice { period: context.period, base }];
        let found = price(&book, "segment", &context, None, NOW).expect("a price");
        prop_assert_eq!(found.list, base * Decimal::from(context.quantity));
        prop_assert_eq!(found.verify(), Ok(()));
    }

    #[test]
    fn steps_lead_to_a_price_of_whole_units_between_floor_and_list(
        book in any_book(),
        context in any_context(),
        units in decimal(0..5_000_000, 3),
        offer in option::of(any_offer()),
    ) {
        let context = with_usage(&book, context, units);
        let found = price(&book, "segment", &context, claim(offer.as_ref()), NOW).expect("a price");
        prop_assert_eq!(found.verify(), Ok(()));
        prop_assert!(found.steps.iter().all(|step| step.after >= Decimal::ZERO));
        prop_assert!(found.price <= found.list);
        prop_assert!(found.price >= found.list * book.stacking.floor_factor);
        let months = context.period.in_months();
        let floor = fraction(book.stacking.floor_amount.unwrap_or_default(), months);
        let price = smallest(found.price) * u128::from(months.denominator.get());
        // A list price was rounded down, and the floor is at most the list price.
        prop_assert!(price >= floor || found.price == found.list);
        prop_assert!(to_token_units(found.price, 6).is_ok());
        prop_assert!(to_token_units(found.list, 6).is_ok());

        let json = serde_json::to_string(&found).expect("JSON");
        let read = serde_json::from_str(&json).expect("a breakdown");
        prop_assert_eq!(found, read);
    }

    #[test]
    fn a_step_that_is_tampered_with_is_found(
        book in any_book(),
        context in any_context(),
        which in any::<prop::sample::Index>(),
        after in any::<bool>(),
    ) {
        let mut found = price(&book, "segment", &context, None, NOW).expect("a price");
        let which = which.index(found.steps.len());
        let step = &mut found.steps[which];
        *(if after { &mut step.after } else { &mut step.before }) += Decimal::ONE;
        prop_assert!(found.verify().is_err());
    }

    #[test]
    fn discounts_come_in_the_stacking_order_and_the_offer_after_them(
        book in any_book(),
        context in any_context(),
        offer in option::of(any_offer()),
    ) {
        let found = price(&book, "segment", &context, claim(offer.as_ref()), NOW).expect("a price");
        let reductions = found.steps.iter().filter(|step| step.reason.is_reduction());
        let made: Vec<&str> = reductions.map(|step| step.name.as_str()).collect();
        let segment = &book.segments["segment"];
        let eligible = book.stacking.order.iter().filter(|name| {
            segment.discounts[*name].when_any.iter().any(|it| it.holds(&context))
        });
        let mut expected: Vec<&str> = eligible.map(String::as_str).collect();
        expected.extend(offer.as_ref().map(|offer| offer.code.as_str()));
        match book.stacking.mode {
            StackingMode::Multiply => prop_assert_eq!(made, expected),
            StackingMode::BestOnly => {
                prop_assert_eq!(made.len(), expected.len().min(1));
                prop_assert!(made.iter().all(|name| expected.contains(name)));
            }
        }
    }

    #[test]
    fn being_eligible_for_more_never_raises_the_price(
        book in any_book(),
        context in any_context(),
        more in any_context(),
        offer in any_offer(),
    ) {
        let richer = PricingContext {
            loyalty_tier: context.loyalty_tier.max(more.loyalty_tier),
            paid_months: context.paid_months.max(more.paid_months),
            flags: context.flags.union(&more.flags).copied().collect(),
            ..context.clone()
        };
        for offer in [None, Some(&offer)] {
            let before = price(&book, "segment", &context, claim(offer), NOW).expect("a price");
            let after = price(&book, "segment", &richer, claim(offer), NOW).expect("a price");
            prop_assert!(after.price <= before.price);
        }
        let without = price(&book, "segment", &context, None, NOW).expect("a price");
        let with = price(&book, "segment", &context, claim(Some(&offer)), NOW).expect("a price");
        prop_assert!(with.price <= without.price);
    }

    #[test]
    fn a_price_that_others_would_not_get_is_disclosed(
        book in any_book(),
        context in any_context(),
        units in decimal(0..5_000_000, 3),
        offer in option::of(any_offer()),
    ) {
        let context = with_usage(&book, context, units);
        // Whoever buys the same and is nobody in particular. Offers are open to all.
        let anonymous = PricingContext {
            quantity: context.quantity,
            period: context.period,
            usage: context.usage.clone(),
            ..one_unit()
        };
        let priced = |context| price(&book, "segment", context, claim(offer.as_ref()), NOW);
        let found = priced(&context).expect("a price");
        let others = priced(&anonymous).expect("a price");
        prop_assert!(found.personalised || found.price == others.price);
        prop_assert!(!others.personalised);
    }

    #[test]
    fn the_lines_of_a_charge_add_up_to_its_step(
        book in any_book(),
        context in any_context(),
        units in decimal(0..5_000_000, 3),
    ) {
        let context = with_usage(&book, context, units);
        let found = price(&book, "segment", &context, None, NOW).expect("a price");
        for step in &found.steps {
            if let Reason::Usage { lines } = &step.reason {
                let sum: Decimal = lines.iter().map(|line| line.amount).sum();
                prop_assert_eq!(sum, step.after - step.before, "{:?}", found.steps);
                let used: Decimal = lines.iter().map(|line| line.quantity).sum();
                prop_assert_eq!(used, units);
            }
        }
    }

    #[test]
    fn graduated_charges_never_fall_with_usage(
        model in charge(),
        low in decimal(0..5_000_000, 3),
        more in decimal(0..5_000_000, 3),
    ) {
        let total = |units| {
            let lines = model.charge(Some(&Usage::Units(units))).expect("a charge");
            lines.iter().map(|line| line.amount).sum::<Decimal>()
        };
        prop_assert!(total(low) <= total(low + more));
    }
}
