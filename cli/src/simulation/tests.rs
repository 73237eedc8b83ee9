use super::{Figures, Scenario, ScenarioError, simulate};
use serde_json::{Value, json};

const EXAMPLE: &str = include_str!("../../../docs/examples/scenario.json");

fn example() -> Value {
    serde_json::from_str(EXAMPLE).expect("JSON")
}

fn parse(scenario: &Value) -> Result<Scenario, ScenarioError> {
    Scenario::parse(&scenario.to_string())
}

fn play(scenario: &Value) -> Figures {
    simulate(&parse(scenario).expect("a scenario")).expect("played")
}

fn refusal(edit: impl FnOnce(&mut Value)) -> String {
    let mut scenario = example();
    edit(&mut scenario);
    let played = parse(&scenario).and_then(|it| simulate(&it));
    played.expect_err("refused").to_string()
}

/// Customers who come on the first day, always pay and never leave, on a plan of 10 a month.
fn faithful(customers: u64, months: u64) -> Value {
    let mut scenario = example();
    scenario["months"] = json!(months);
    scenario["plans"] = json!([{
        "name": "monthly", "weight": 1, "price": "10", "period_months": 1, "grace_days": 3,
        "points": 100
    }]);
    scenario["org"]["tiers"] = json!([]);
    scenario["org"]["points_epoch_days"] = json!(0);
    scenario["org"]["points_expiry_epochs"] = json!(0);
    scenario["customers"] = json!({
        "at_start": customers, "new_per_month": 0, "referred_bps": 0, "approved_periods": 5,
        "churn_bps": 0, "missed_bps": 0, "recovered_bps": 0, "claims_from": "0"
    });
    scenario
}

#[test]
fn a_field_that_is_wrong_is_named_with_its_rule() {
    let cases = [
        (
            refusal(|it| it["months"] = json!(0)),
            "months: expected 1 to 120",
        ),
        (
            refusal(|it| it["customers"]["churn_bps"] = json!(10_001)),
            "customers.churn_bps: expected at most 10000",
        ),
        (
            refusal(|it| it["plans"][0]["price"] = json!("9.9999999")),
            "plans[0].price: expected an amount from 0 on with at most 6 decimals",
        ),
        (
            refusal(|it| it["plans"][0]["price"] = json!(9.99)),
            "plans[0].price: ",
        ),
        (
            refusal(|it| it["plans"][0]["price"] = json!("18000000000000")),
            "plans[0].price: expected an amount that all approved periods",
        ),
        (
            refusal(|it| it["customers"]["approved_periods"] = json!(0)),
            "customers.approved_periods: expected 1 to 4294967294",
        ),
        (
            refusal(|it| it["starts_on"] = json!("1969-12-31")),
            "starts_on: expected a day from 1970",
        ),
        (
            refusal(|it| it["plans"] = json!([])),
            "plans: expected one plan",
        ),
        (
            refusal(|it| it["customers"]["at_start"] = json!(2_000_000)),
            "customers: expected at most a million",
        ),
        (
            refusal(|it| it["org"]["fee"] = json!(1)),
            "org.fee: unknown field",
        ),
    ];
    for (found, expected) in cases {
        assert!(found.starts_with(expected), "{found:?} is not {expected:?}");
    }
}

#[test]
fn what_the_program_refuses_is_refused_with_its_rule() {
    let commission = refusal(|it| it["org"]["commission_bps"] = json!([5_000, 1, 0]));
    assert!(
        commission.starts_with("org: The levels' commission"),
        "{commission}"
    );
    let grace = refusal(|it| it["plans"][1]["grace_days"] = json!(200));
    assert!(grace.starts_with("plan yearly: The grace time"), "{grace}");
}

#[test]
fn customers_who_always_pay_pay_every_month() {
    let figures = play(&faithful(7, 12));
    let total = figures.total();
    // Payments on the first day and at the end of each month; every sixth comes with a new
    // signature.
    assert_eq!(total.payments, 7 * 12);
    assert_eq!(total.paid, 7 * 12 * 10_000_000);
    assert_eq!(total.merchant, total.paid);
    assert_eq!(total.points, 7 * 12 * 100);
    assert_eq!((total.by_keepers, total.by_org), (0, 7 * 10));
    assert_eq!((total.live, total.cancelled, total.lapsed), (7, 0, 0));
}

#[test]
fn who_never_pays_again_lapses_after_the_grace_time() {
    let mut scenario = faithful(7, 3);
    scenario["customers"]["missed_bps"] = json!(10_000);
    let total = play(&scenario).total();
    assert_eq!((total.payments, total.lapsed, total.live), (7, 7, 0));
}

#[test]
fn money_and_points_go_nowhere_unseen() {
    let figures = play(&example());
    let total = figures.total();
    let parts = total.merchant + total.keeper_fees + total.commission;
    assert!(parts >= total.paid, "debts that were repaid count twice");
    let commission = total.held + total.claimable + total.claimed;
    let taken_back = total.refunded - total.refunded_by_merchant;
    assert_eq!(
        commission + taken_back + (parts - total.paid),
        total.commission
    );
    let points = total.points + total.points_redeemed + total.points_expired;
    assert_eq!(
        points + total.points_taken_back,
        total.points_issued + total.points_debt
    );
    assert!(total.points_expired > 0 && total.discounts > 0 && total.lapsed > 0);
    assert!(total.keeper_fees > 0 && total.refunded > 0 && total.claimed > 0);
}

#[test]
fn the_same_file_gives_the_same_figures() {
    let mut scenario = example();
    assert_eq!(play(&scenario), play(&scenario));
    scenario["seed"] = json!(2);
    assert_ne!(play(&scenario), play(&example()));
}
