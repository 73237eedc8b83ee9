//! Kinds of test whose arms have rules of their own.

use proptest::prelude::*;
use serde_json::{Value, json};
use tessera_domain::{
    experiments::{
        assignment::HashAttribute,
        design::Design,
        preset::{Preset, Tactic, shown_now},
    },
    pricing::{Offer, Urgency},
    refusal::Refusal,
    time::Timestamp,
};

/// The example of a kind with other values of its first arms.
fn with(preset: Preset, values: &[Value]) -> Result<(), Refusal> {
    let mut design = preset.example();
    let arms = &mut design.allocation.arms;
    for (arm, value) in arms.iter_mut().zip(values) {
        arm.value = value.clone();
    }
    design.validate()
}

fn refused_field(preset: Preset, value: &Value) -> String {
    let refused = with(preset, std::slice::from_ref(value));
    let refused = refused.expect_err(&value.to_string());
    let field = refused.field.strip_prefix("allocation.arms[0].value");
    field.expect("a field of the arm").to_owned()
}

#[test]
fn what_is_no_arm_of_its_kind_is_refused_by_field() {
    use Preset::{
        DiscountPresentation, LandingPage, MailContent, MailSubject, PricingDisplay, Urgency,
    };
    for (preset, value, field) in [
        (PricingDisplay, json!("monthly"), ""),
        (PricingDisplay, json!({}), ""),
        (PricingDisplay, json!({ "display": "weekly" }), ".display"),
        (PricingDisplay, json!({ "display": 1 }), ".display"),
        (
            PricingDisplay,
            json!({ "display": "monthly", "price": "9" }),
            "",
        ),
        (
            DiscountPresentation,
            json!({ "presentation": "bogo" }),
            ".presentation",
        ),
        (
            DiscountPresentation,
            json!({ "presentation": "percentage", "percent": "20" }),
            "",
        ),
        (
            DiscountPresentation,
            json!({ "presentation": "percentage", "list_price": "99", "percent": "100.01" }),
            ".percent",
        ),
        (
            DiscountPresentation,
            json!({ "presentation": "percentage", "list_price": "99", "percent": "0" }),
            "",
        ),
        (
            DiscountPresentation,
            json!({ "presentation": "dollar_amount", "list_price": "99", "amount": "99.01" }),
            "",
        ),
        (
            DiscountPresentation,
            json!({ "presentation": "value_prop", "list_price": "99", "price": "99", "text": "x" }),
            "",
        ),
        (
            DiscountPresentation,
            json!({ "presentation": "value_prop", "list_price": "99", "price": "79.2", "text": "" }),
            ".text",
        ),
        (
            Urgency,
            json!({ "tactic": "last_chance", "offer": "SPRING" }),
            ".tactic",
        ),
        (Urgency, json!({ "tactic": "limited_time" }), ""),
        (Urgency, json!({ "tactic": "none", "offer": "SPRING" }), ""),
        (
            Urgency,
            json!({ "tactic": "early_bird", "offer": "" }),
            ".offer",
        ),
        // An end that no offer has.
        (
            Urgency,
            json!({ "tactic": "limited_time", "offer": "SPRING", "ends_at": "2030-01-01T00:00:00Z" }),
            "",
        ),
        (LandingPage, json!({ "path": 7 }), ".path"),
        (LandingPage, json!({ "url": "/" }), ""),
        (MailSubject, json!({ "subject": "" }), ".subject"),
        (
            MailSubject,
            json!({ "subject": "Hello\r\nBcc: all@example.com" }),
            ".subject",
        ),
        (
            MailSubject,
            json!({ "subject": "x".repeat(501) }),
            ".subject",
        ),
        (MailContent, json!({ "template": null }), ".template"),
    ] {
        assert_eq!(refused_field(preset, &value), field, "{value}");
    }
}

#[test]
fn amounts_that_are_no_plain_decimals_are_refused() {
    for amount in [
        json!(19.8),
        json!(""),
        json!("."),
        json!("19."),
        json!(".5"),
        json!("1.2.3"),
        json!("-5"),
        json!("+5"),
        json!("1e1"),
        json!("1_0"),
        json!(" 5"),
        json!("NaN"),
        json!("٥"),
        json!("0.0000001"),
        json!("1000000000001"),
    ] {
        let value =
            json!({ "presentation": "dollar_amount", "list_price": "99", "amount": amount });
        assert_eq!(
            refused_field(Preset::DiscountPresentation, &value),
            ".amount"
        );
        let value = json!({ "presentation": "percentage", "list_price": amount, "percent": "20" });
        assert_eq!(
            refused_field(Preset::DiscountPresentation, &value),
            ".list_price"
        );
    }
}

#[test]
fn a_page_of_another_host_is_refused() {
    for path in [
        "",
        "tour",
        "//evil.example",
        "///evil.example",
        "https://evil.example/",
        "https:/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " /tour",
        "\\\\evil.example",
        "/\\evil.example",
        "\\/evil.example",
        // Browsers leave these out, and what remains begins with two slashes.
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "\t//evil.example",
    ] {
        let value = json!({ "path": path });
        assert_eq!(
            refused_field(Preset::LandingPage, &value),
            ".path",
            "{path}"
        );
    }
    for path in ["/", "/tour", "/tour?by=mail#prices", "/a//b", "/ünter"] {
        assert_eq!(
            with(Preset::LandingPage, &[json!({ "path": path })]),
            Ok(())
        );
    }
}

#[test]
fn what_reaches_customers_with_quotes_goes_by_the_wallet() {
    for preset in Preset::ALL {
        let change = |change: fn(&mut Design)| {
            let mut design = preset.example();
            change(&mut design);
            design.validate()
        };
        let others = [
            change(|it| it.allocation.hash_attribute = HashAttribute::UserId),
            change(|it| it.allocation.fallback_attribute = Some(HashAttribute::UserId)),
        ];
        for answer in others {
            if preset.is_for_quotes() {
                let refused = answer.expect_err("refused");
                assert_eq!(refused.field, "allocation.hash_attribute", "{preset:?}");
            } else {
                assert_eq!(answer, Ok(()), "{preset:?}");
            }
        }
    }
}

fn offer(urgency: Urgency) -> Offer {
    let reduction = json!({ "kind": "factor", "factor": "0.8" });
    let offer = json!({ "code": "SPRING", "urgency": urgency, "reduction": reduction, "segments": ["individual"] });
    serde_json::from_value(offer).expect("an offer")
}

const END: Timestamp = Timestamp(1_000_000_000);
const BEFORE: Timestamp = Timestamp(999_999_999);

fn kinds() -> [(Tactic, Urgency); 3] {
    let limited = Urgency::LimitedTime { expires_at: END };
    let bird = Urgency::EarlyBird {
        until: END,
        first_n: 5,
    };
    [
        (Tactic::LimitedTime, limited),
        (
            Tactic::CapacityLimited,
            Urgency::CapacityLimited { stock: 5 },
        ),
        (Tactic::EarlyBird, bird),
    ]
}

#[test]
fn urgency_is_real_only_of_an_offer_that_ends_as_the_tactic_says_and_can_be_had() {
    for (tactic, _) in kinds().into_iter().chain([(Tactic::None, kinds()[0].1)]) {
        for (of_kind, urgency) in kinds() {
            let is_real = |taken, now| tactic.is_real(&offer(urgency), taken, now);
            assert_eq!(
                is_real(4, BEFORE),
                tactic == of_kind,
                "{tactic:?} {urgency:?}"
            );
            assert!(!is_real(4, END) || urgency.ends_at().is_none());
            assert!(!is_real(5, BEFORE) || urgency.stock().is_none());
        }
    }
}

#[test]
fn urgency_shows_what_ends_its_offer_and_nothing_without_one() {
    let value = json!({ "tactic": "early_bird", "offer": "SPRING" });
    assert_eq!(shown_now(&value, None), json!({ "tactic": "none" }));
    let [limited, stock, bird] = kinds().map(|(_, urgency)| shown_now(&value, Some((urgency, 2))));
    let end = json!(END);
    assert_eq!(
        bird,
        json!({ "tactic": "early_bird", "offer": "SPRING", "ends_at": end, "places_left": 3 })
    );
    assert_eq!(
        (&limited["ends_at"], limited.get("places_left")),
        (&end, None)
    );
    assert_eq!(
        (stock.get("ends_at"), &stock["places_left"]),
        (None, &json!(3))
    );
}

#[test]
fn every_kind_has_an_example_of_its_own_that_may_be_kept() {
    for preset in Preset::ALL {
        let example = preset.example();
        assert_eq!(example.validate(), Ok(()), "{preset:?}");
        assert_eq!(example.preset, Some(preset));
        assert!(preset.about().ends_with('.'));
        let written = serde_json::to_value(&example).expect("JSON");
        let read: Design = serde_json::from_value(written).expect("a design");
        assert_eq!(read, example);
    }
}

/// Millionths as a decimal text, by whole numbers alone.
fn decimal(millionths: u64) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// The three presentations of a discount of hundredths of a percent of a price in hundredths.
fn presentations(list: u64, discount: u64) -> [Value; 3] {
    let list_price = decimal(list * 10_000);
    let amount = list * discount;
    let percent = decimal(discount * 10_000);
    let price = decimal(list * 10_000 - amount);
    let amount = decimal(amount);
    [
        json!({ "presentation": "percentage", "list_price": list_price, "percent": percent }),
        json!({ "presentation": "dollar_amount", "list_price": list_price, "amount": amount }),
        json!({ "presentation": "value_prop", "list_price": list_price, "price": price, "text": "Less" }),
    ]
}

proptest! {
    #[test]
    fn presentations_of_one_discount_are_accepted_and_with_any_other_digit_refused(
        list in 1_u64..100_000_000_000_000, discount in 1_u64..=10_000, by in 1_u8..10
    ) {
        let arms = presentations(list, discount);
        prop_assert_eq!(with(Preset::DiscountPresentation, &arms), Ok(()));
        for (at, arm) in arms.iter().enumerate() {
            let numbers = arm.as_object().expect("an object").iter();
            let numbers = numbers.filter(|(name, _)| !["presentation", "text"].contains(&name.as_str()));
            for (name, number) in numbers {
                let text = number.as_str().expect("a text");
                for (place, digit) in text.bytes().enumerate().filter(|(_, it)| it.is_ascii_digit()) {
                    let other = b'0' + (digit - b'0' + by) % 10;
                    let mut changed = text.as_bytes().to_vec();
                    changed[place] = other;
                    let mut arms = arms.clone();
                    arms[at][name] = json!(String::from_utf8(changed).expect("digits"));
                    prop_assert!(with(Preset::DiscountPresentation, &arms).is_err(), "{:?}", arms);
                }
            }
        }
    }
}
