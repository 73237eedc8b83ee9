//! Urgency that is not real cannot be published, and an offer that is over cannot be had.

use super::{book, dollars, one_unit, refused_field};
use rust_decimal::Decimal;
use serde_json::json;
use std::collections::BTreeSet;
use tessera_domain::pricing::{Offer, OfferClaim, OfferRefusal, Reduction, Urgency, price};
use tessera_domain::refusal::Refusal;
use tessera_domain::time::Timestamp;

const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

fn offer(urgency: Urgency) -> Offer {
    Offer {
        code: "SPRING-26".to_owned(),
        urgency,
        reduction: Reduction::Factor {
            factor: Decimal::new(9, 1),
        },
        segments: BTreeSet::from(["individual".to_owned()]),
    }
}

fn limited() -> Offer {
    offer(Urgency::LimitedTime {
        expires_at: NOW.plus_secs(60),
    })
}

#[test]
fn urgency_without_a_real_end_or_stock_is_refused_at_publish() {
    let later = NOW.plus_secs(60);
    for (urgency, field) in [
        (
            Urgency::LimitedTime { expires_at: NOW },
            "urgency.expires_at",
        ),
        (
            Urgency::LimitedTime {
                expires_at: NOW.plus_secs(-1),
            },
            "urgency.expires_at",
        ),
        (
            Urgency::LimitedTime {
                expires_at: NOW.plus_secs(367 * 86_400),
            },
            "urgency.expires_at",
        ),
        (
            Urgency::LimitedTime {
                expires_at: Timestamp(i64::MAX),
            },
            "urgency.expires_at",
        ),
        (Urgency::CapacityLimited { stock: 0 }, "urgency.stock"),
        (
            Urgency::CapacityLimited { stock: u64::MAX },
            "urgency.stock",
        ),
        (
            Urgency::EarlyBird {
                until: NOW,
                first_n: 5,
            },
            "urgency.until",
        ),
        (
            Urgency::EarlyBird {
                until: later,
                first_n: 0,
            },
            "urgency.first_n",
        ),
    ] {
        assert_eq!(
            refused_field(offer(urgency).validate(NOW)),
            field,
            "{urgency:?}"
        );
    }
    for urgency in [
        Urgency::LimitedTime { expires_at: later },
        Urgency::CapacityLimited { stock: 1 },
        Urgency::EarlyBird {
            until: later,
            first_n: 5,
        },
    ] {
        assert_eq!(offer(urgency).validate(NOW), Ok(()), "{urgency:?}");
    }
}

#[test]
fn urgency_without_a_number_cannot_be_written_down() {
    for urgency in [
        json!({ "kind": "limited_time" }),
        json!({ "kind": "limited_time", "expires_at": null }),
        json!({ "kind": "limited_time", "expires_at": "soon" }),
        json!({ "kind": "capacity_limited" }),
        json!({ "kind": "capacity_limited", "stock": null }),
        json!({ "kind": "capacity_limited", "stock": -1 }),
        json!({ "kind": "early_bird", "first_n": 5 }),
        json!({ "kind": "early_bird", "until": "2026-01-31T12:00:00Z" }),
        json!({ "kind": "evergreen" }),
        json!({ "kind": "capacity_limited", "stock": 5, "restarts": true }),
    ] {
        assert!(
            serde_json::from_value::<Urgency>(urgency.clone()).is_err(),
            "{urgency}"
        );
    }
}

#[test]
fn an_offer_that_breaks_a_rule_is_refused_with_its_field() {
    let amount_off = |amount, mint: &str| Reduction::AmountOff {
        amount,
        mint: mint.to_owned(),
    };
    let factor = |factor| Reduction::Factor { factor };
    let mint = dollars().mint;
    for (reduction, field) in [
        (factor(Decimal::ZERO), "reduction.factor"),
        (factor(Decimal::new(101, 2)), "reduction.factor"),
        (factor(Decimal::NEGATIVE_ONE), "reduction.factor"),
        (factor(Decimal::new(12_345, 5)), "reduction.factor"),
        (amount_off(Decimal::ZERO, &mint), "reduction.amount"),
        (amount_off(Decimal::NEGATIVE_ONE, &mint), "reduction.amount"),
        (amount_off(Decimal::MAX, &mint), "reduction.amount"),
        (amount_off(Decimal::ONE, "usd"), "reduction.mint"),
    ] {
        let offer = Offer {
            reduction,
            ..limited()
        };
        assert_eq!(
            refused_field(offer.validate(NOW)),
            field,
            "{:?}",
            offer.reduction
        );
    }
    let long = "A".repeat(33);
    for code in ["", "spring", "SPRING 26", "ŠPRING", long.as_str()] {
        let code = code.to_owned();
        assert_eq!(
            refused_field(Offer { code, ..limited() }.validate(NOW)),
            "code"
        );
    }
    let segments = BTreeSet::new();
    assert_eq!(
        refused_field(
            Offer {
                segments,
                ..limited()
            }
            .validate(NOW)
        ),
        "segments"
    );
}

#[test]
fn an_offer_is_gone_at_its_end_and_with_its_last_piece() {
    let end = NOW.plus_secs(60);
    let before = Timestamp(end.0 - 1);
    let timed = limited();
    assert_eq!(timed.available(before, u64::MAX), Ok(()));
    assert_eq!(timed.available(end, 0), Err(OfferRefusal::Expired(end)));

    let counted = offer(Urgency::CapacityLimited { stock: 3 });
    assert_eq!(counted.available(Timestamp(i64::MAX), 2), Ok(()));
    assert_eq!(counted.available(NOW, 3), Err(OfferRefusal::SoldOut(3)));

    let early = offer(Urgency::EarlyBird {
        until: end,
        first_n: 3,
    });
    assert_eq!(early.available(before, 2), Ok(()));
    assert_eq!(early.available(end, 2), Err(OfferRefusal::Expired(end)));
    assert_eq!(early.available(before, 3), Err(OfferRefusal::SoldOut(3)));
}

#[test]
fn an_offer_that_is_not_to_be_had_gives_no_price() {
    let priced = |segment, offer: &Offer, taken, now| {
        let claim = OfferClaim { offer, taken };
        price(&book(), segment, &one_unit(), Some(claim), now)
    };
    let end = NOW.plus_secs(60);
    assert_eq!(
        priced("individual", &limited(), 0, end).map(|it| it.price),
        Err(OfferRefusal::Expired(end).into())
    );
    let last = offer(Urgency::CapacityLimited { stock: 1 });
    assert_eq!(
        priced("individual", &last, 1, NOW).map(|it| it.price),
        Err(OfferRefusal::SoldOut(1).into())
    );
    assert_eq!(
        priced("mining_farm", &last, 0, NOW).map(|it| it.price),
        Err(OfferRefusal::OtherSegment("mining_farm".to_owned()).into())
    );
    let broken = Offer {
        reduction: Reduction::Factor {
            factor: Decimal::TWO,
        },
        ..limited()
    };
    assert!(priced("individual", &broken, 0, NOW).is_err());
}

#[test]
fn each_reason_has_a_code_that_programs_can_rely_on() {
    let coded = [
        (OfferRefusal::Expired(NOW), "offer_ended"),
        (OfferRefusal::SoldOut(1), "sold_out"),
        (OfferRefusal::OtherSegment(String::new()), "other_segment"),
    ];
    for (reason, code) in coded {
        let refusal = Refusal::from(reason);
        assert_eq!((refusal.code, refusal.field.as_str()), (code, "offer"));
    }
}

#[test]
fn a_price_with_an_offer_ends_with_it() -> Result<(), Refusal> {
    let claim = |offer| Some(OfferClaim { offer, taken: 0 });
    let timed = limited();
    let found = price(&book(), "individual", &one_unit(), claim(&timed), NOW)?;
    assert_eq!(found.price, Decimal::new(891, 1));
    assert_eq!(found.offer_ends_at, Some(NOW.plus_secs(60)));
    assert!(!found.personalised);

    let counted = offer(Urgency::CapacityLimited { stock: 1 });
    let found = price(&book(), "individual", &one_unit(), claim(&counted), NOW)?;
    assert_eq!(found.offer_ends_at, None);
    Ok(())
}
