//! What a campaign must not be.

use super::support::{Shop, campaign, definition, with};
use serde_json::{Value, json};
use tessera_domain::{
    automation::referral::{Campaign, Decisions, evaluate},
    time::Timestamp,
};

fn refused(path: &str, value: Value) -> String {
    match serde_json::from_value::<Campaign>(with(&[(path, value)])) {
        Ok(campaign) => campaign.validate().expect_err(path).to_string(),
        Err(error) => format!("unread: {error}"),
    }
}

#[test]
fn a_field_that_nobody_knows_is_refused_at_every_depth() {
    for path in [
        "/surprise",
        "/referrers/surprise",
        "/qualification/surprise",
        "/qualification/paid/surprise",
        "/tiers/0/surprise",
        "/tiers/0/rewards/surprise",
        "/tiers/0/rewards/referrer/surprise",
        "/caps/surprise",
        "/caps/budget/surprise",
    ] {
        let said = refused(path, json!(1));
        assert!(said.contains("unknown field `surprise`"), "{path}: {said}");
    }
    for (check, parameters) in [
        ("cycles", json!({ "score": 1, "surprise": 1 })),
        (
            "wash",
            json!({ "levels": 1, "units_per_point": "0", "surprise": 1 }),
        ),
        (
            "merged_persons",
            json!({ "same": 1, "known": 1, "surprise": 1 }),
        ),
        ("surprise", json!({})),
    ] {
        let said = refused("/checks", json!({ check: parameters }));
        assert!(said.contains("unknown field `surprise`"), "{check}: {said}");
    }
}

#[test]
fn an_amount_is_a_whole_number_in_a_text() {
    for amount in [
        json!("1.5"),
        json!("-1"),
        json!("+1"),
        json!(""),
        json!("1e3"),
    ] {
        let said = refused("/tiers/0/rewards/referrer/units", amount);
        assert!(said.contains("must be a whole number in a text"), "{said}");
    }
    let number = refused("/qualification/minimum", json!(10));
    assert!(number.contains("expected a string"), "{number}");
    let too_large = json!("18446744073709551616");
    let said = refused("/qualification/minimum", too_large);
    assert!(said.contains("must be a whole number in a text"), "{said}");
}

#[test]
fn a_refusal_names_the_field_and_its_rule() {
    let percentage =
        |bps: u32| json!({ "kind": "percentage", "bps": bps, "payments": 1, "most": "1" });
    let wash = |levels: u8| json!({ "wash": { "levels": levels, "units_per_point": "0" } });
    let velocity = json!({
        "velocity": { "usual_per_day": 0, "past_days": 1, "once_in_hours": 2 },
    });
    let shared = json!({ "shared_device": { "pair": 1, "many": 1, "among_many": 1 } });
    for (path, value, said) in [
        (
            "/name",
            json!(""),
            "name: must have 1 to 100 characters, none of them a control character",
        ),
        (
            "/until",
            json!("2026-01-01T00:00:00Z"),
            "until: must be later than from",
        ),
        (
            "/until",
            json!("2036-12-31T00:00:00Z"),
            "until: must be at most 3653 days later than from",
        ),
        (
            "/mint",
            json!("So1"),
            "mint: must be the base58 text of exactly 32 bytes",
        ),
        ("/decimals", json!(10), "decimals: must be from 0 to 9"),
        (
            "/referrers/segment",
            json!(""),
            "referrers.segment: must have 1 to 100 characters, none of them a control character",
        ),
        (
            "/referrers/minimum_tenure_days",
            json!(3_654),
            "referrers.minimum_tenure_days: must be from 0 to 3653",
        ),
        (
            "/qualification/within_days",
            json!(0),
            "qualification.within_days: must be from 1 to 3653",
        ),
        (
            "/qualification/paid/count",
            json!(0),
            "qualification.paid.count: must be from 1 to 120",
        ),
        (
            "/qualification/paid",
            json!({ "kind": "days", "count": 30 }),
            "qualification.paid.count: must be at least 1 and below within_days",
        ),
        ("/tiers", json!([]), "tiers: must have 1 to 20 tiers"),
        ("/tiers/0/from", json!(2), "tiers[0].from: must be 1"),
        (
            "/tiers/1/from",
            json!(1),
            "tiers[1].from: must be above the last tier's",
        ),
        (
            "/tiers/1/rewards",
            json!({}),
            "tiers[1].rewards: must have one for a side at least",
        ),
        (
            "/tiers/0/rewards/referrer/units",
            json!("0"),
            "tiers[0].rewards.referrer.units: must be from 1 to 18446744073709551615",
        ),
        (
            "/tiers/0/rewards/referred",
            percentage(0),
            "tiers[0].rewards.referred.bps: must be from 1 to 10000",
        ),
        (
            "/tiers/0/rewards/referred",
            percentage(10_001),
            "tiers[0].rewards.referred.bps: must be from 1 to 10000",
        ),
        (
            "/caps/per_day",
            json!({ "referrals": 0 }),
            "caps.per_day.referrals: must be at least 1",
        ),
        (
            "/caps/budget",
            json!({ "points": "1" }),
            "caps.budget.units: must be stated, as a tier pays in it",
        ),
        (
            "/caps/budget",
            json!({ "units": "1" }),
            "caps.budget.points: must be stated, as a tier pays in it",
        ),
        (
            "/checks",
            json!({ "cycles": { "score": 0 } }),
            "checks.cycles.score: must be from 1 to 100",
        ),
        (
            "/checks",
            shared,
            "checks.shared_device.many: must be from 2 to 1000000",
        ),
        (
            "/checks",
            wash(0),
            "checks.wash.levels: must be from 1 to 20",
        ),
        (
            "/checks",
            velocity,
            "checks.velocity.usual_per_day: must be from 1 to 1000000",
        ),
        (
            "/holds",
            json!([{ "all": [] }]),
            "holds[0].all: must have 1 to 20 signs",
        ),
        (
            "/holds",
            json!([{ "all": [{ "check": "wash", "score": 1 }] }]),
            "holds[0].all[0].check: must be one of the campaign's checks",
        ),
        (
            "/holds",
            json!([{ "all": [{ "check": "wash", "score": 0 }] }]),
            "holds[0].all[0].score: must be from 1 to 100",
        ),
    ] {
        assert_eq!(refused(path, value), said);
    }
}

#[test]
fn a_campaign_of_another_number_of_decimals_is_not_evaluated() {
    let mut shop = Shop::new();
    shop.0.decimals.insert(super::support::MINT.to_owned(), 9);
    let evaluated = evaluate(&campaign(&[]), &shop.0, &Decisions::new(), Timestamp(0));
    let refusal = evaluated.expect_err("other decimals");
    assert_eq!(refusal.to_string(), "decimals: must be those of the mint");
}

#[test]
fn a_campaign_is_written_as_it_is_read() {
    let full = campaign(&[
        (
            "/referrers",
            json!({ "segment": "customers", "minimum_tenure_days": 3 }),
        ),
        (
            "/checks",
            json!({
                "cycles": { "score": 100 },
                "shared_device": { "pair": 60, "many": 3, "among_many": 40, "except": ["lobby"] },
                "velocity": { "usual_per_day": 5, "past_days": 30, "once_in_hours": 1_000_000 },
            }),
        ),
        (
            "/holds",
            json!([{ "all": [{ "check": "cycles", "score": 50 }] }]),
        ),
    ]);
    let json = serde_json::to_value(&full).expect("JSON");
    assert_eq!(
        serde_json::from_value::<Campaign>(json.clone()).expect("a campaign"),
        full
    );
    assert_eq!(
        json["tiers"][0],
        definition()["tiers"][0],
        "amounts stay texts"
    );
}
