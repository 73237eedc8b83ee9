//! The eight indicators: goals to the number, nulls, and values worked out by hand or by the packages
//! behind the intervals.

use rust_decimal::Decimal;
use tessera_domain::{
    analytics::{
        kpi::{ByAgent, CurrencyInputs, KpiError, KpiId, KpiInputs, KpiValue, compute},
        recurring_revenue::{Movement, Movements, Payment, Period, by_wallet},
        succession::Grace,
    },
    billing_period::BillingPeriod,
    time::Timestamp,
};

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn value(inputs: &KpiInputs, id: KpiId) -> KpiValue {
    let values = compute(inputs).expect("values");
    let found = values.into_iter().find(|value| value.id == id);
    found.expect("listed")
}

fn currency() -> CurrencyInputs {
    CurrencyInputs {
        mint: "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v".to_owned(),
        decimals: 6,
        counts_as_usd: true,
        acquisition_spend: None,
        new_customers: 0,
        customers: 0,
        net_revenue: Decimal::ZERO,
        net_revenue_variance: None,
        recurring_revenue: Movement::default(),
    }
}

fn in_currency(currency: CurrencyInputs) -> KpiInputs {
    KpiInputs {
        currencies: vec![currency],
        ..KpiInputs::default()
    }
}

#[test]
fn a_part_larger_than_its_whole_is_refused_by_name() {
    let inputs = KpiInputs {
        messages_delivered: 2,
        messages_clicked: ByAgent {
            human: 3,
            ..ByAgent::default()
        },
        ..KpiInputs::default()
    };
    let refusal = compute(&inputs).expect_err("impossible");
    assert_eq!(
        refusal.to_string(),
        "messages_clicked: 3 is more than the 2 of messages_delivered"
    );
}

#[test]
fn negative_spend_is_refused_by_name() {
    let refusal = compute(&in_currency(CurrencyInputs {
        acquisition_spend: Some(decimal("-1")),
        ..currency()
    }));
    assert_eq!(
        refusal,
        Err(KpiError::Negative {
            index: 0,
            field: "acquisition_spend"
        })
    );
}

#[test]
fn without_data_all_eight_are_there_and_unknown() {
    for inputs in [KpiInputs::default(), in_currency(currency())] {
        let values = compute(&inputs).expect("values");
        let ids: Vec<_> = values.iter().map(|value| value.id).collect();
        assert_eq!(ids, KpiId::ALL);
        for value in values {
            assert_eq!(
                (value.value, value.interval),
                (None, None),
                "{:?}",
                value.id
            );
            assert_eq!((value.meets_threshold, value.meets_target), (None, None));
        }
    }
}

#[test]
fn goals_are_those_that_were_asked_for() {
    let asked = [
        (KpiId::ConversionRate, "conversion_rate", "0.40", "0.45"),
        (
            KpiId::CustomerAcquisitionCost,
            "customer_acquisition_cost",
            "150",
            "100",
        ),
        (
            KpiId::CustomerLifetimeValue,
            "customer_lifetime_value",
            "2500",
            "3000",
        ),
        (KpiId::MrrGrowth, "mrr_growth", "0.25", "0.30"),
        (KpiId::EmailOpenRate, "email_open_rate", "0.35", "0.40"),
        (
            KpiId::ClickThroughRate,
            "click_through_rate",
            "0.08",
            "0.12",
        ),
        (KpiId::DemoToCloseRate, "demo_to_close_rate", "0.60", "0.70"),
        (
            KpiId::ReferralConversionRate,
            "referral_conversion_rate",
            "0.25",
            "0.35",
        ),
    ];
    assert_eq!(asked.map(|(id, ..)| id), KpiId::ALL);
    for (id, name, threshold, target) in asked {
        let json = serde_json::to_value(id.definition()).expect("JSON");
        assert_eq!(json["id"], name);
        assert_eq!(json["threshold"], threshold);
        assert_eq!(json["target"], target);
    }
}

#[test]
fn a_rate_at_its_threshold_meets_it_and_has_the_wilson_interval() {
    let inputs = KpiInputs {
        people_first_seen: 300,
        people_converted: 120,
        ..KpiInputs::default()
    };
    let rate = value(&inputs, KpiId::ConversionRate);
    assert_eq!(rate.value, Some(decimal("0.4")));
    assert_eq!(
        (rate.meets_threshold, rate.meets_target),
        (Some(true), Some(false))
    );
    assert_eq!(rate.sample_size, 300);
    // statsmodels 0.15.0: proportion_confint(120, 300, method="wilson")
    let expected = ["0.346165191", "0.456363404"].map(decimal);
    assert_eq!(rate.interval, Some(expected));
    let json = serde_json::to_value(&rate).expect("JSON");
    assert_eq!(json["value"], "0.4");
    assert_eq!(json["currency"], serde_json::Value::Null);
}

#[test]
fn a_cost_is_met_below_its_threshold_only_and_its_interval_follows_the_count() {
    let cost = |spend: &str| {
        let inputs = in_currency(CurrencyInputs {
            acquisition_spend: Some(decimal(spend)),
            new_customers: 10,
            ..currency()
        });
        value(&inputs, KpiId::CustomerAcquisitionCost)
    };
    let at_threshold = cost("1500");
    assert_eq!(at_threshold.value, Some(decimal("150")));
    assert_eq!(at_threshold.meets_threshold, Some(false));
    // 1500 over statsmodels 0.15.0: confint_poisson(10, 1, method="exact-c")
    let expected = ["81.564489375", "312.800503786"].map(decimal);
    assert_eq!(at_threshold.interval, Some(expected));

    let below = cost("999.999999");
    assert_eq!(
        (below.meets_threshold, below.meets_target),
        (Some(true), Some(true))
    );
}

#[test]
fn spend_that_nobody_recorded_is_not_a_cost_of_zero() {
    let inputs = in_currency(CurrencyInputs {
        new_customers: 10,
        ..currency()
    });
    let cost = value(&inputs, KpiId::CustomerAcquisitionCost);
    assert_eq!(
        (cost.numerator, cost.value, cost.interval),
        (None, None, None)
    );
    assert_eq!(cost.meets_target, None);
}

#[test]
fn lifetime_value_is_a_mean_with_student_bounds() {
    let lifetime_value = |counts_as_usd| {
        let inputs = in_currency(CurrencyInputs {
            counts_as_usd,
            customers: 3,
            net_revenue: decimal("9000.000003"),
            net_revenue_variance: Some(300.0),
            ..currency()
        });
        value(&inputs, KpiId::CustomerLifetimeValue)
    };
    let in_dollars = lifetime_value(true);
    assert_eq!(in_dollars.value, Some(decimal("3000.000001")));
    assert_eq!(in_dollars.meets_target, Some(true));
    // ± 4.302652729696142 (scipy 1.17.1: t.ppf(0.975, 2)) times 10.
    let [low, high] = in_dollars.interval.expect("an interval");
    let tolerance = decimal("0.000001");
    assert!((low - decimal("2956.973473703")).abs() < tolerance, "{low}");
    assert!(
        (high - decimal("3043.026528297")).abs() < tolerance,
        "{high}"
    );

    let in_another_token = lifetime_value(false);
    assert_eq!(in_another_token.value, in_dollars.value);
    assert_eq!(in_another_token.meets_target, None);
}

#[test]
fn growth_comes_from_the_movement_in_whole_units() {
    let payment = |wallet: u8, at: i64, amount: u64| Payment {
        wallet: [wallet; 32],
        subscription: [wallet; 32],
        mint: [9; 32],
        at: Timestamp::from_secs(at),
        amount,
        period: BillingPeriod::MONTH,
        paid_through: Timestamp::from_secs(at + 100),
        begins: false,
    };
    let payments = [
        payment(1, 0, 1_000_000),
        payment(1, 90, 2_000_000),
        payment(2, 0, 2_000_000),
        payment(2, 90, 3_000_000),
        payment(3, 0, 4_000_000),
        payment(3, 90, 9_000_000),
    ];
    let period = Period::new(Timestamp::from_secs(50), Timestamp::from_secs(150));
    let receipts = by_wallet(&payments);
    let wallets: Vec<_> = receipts
        .values()
        .map(|it| it.revenue(Grace::OnePeriod))
        .collect();
    let movements = Movements::over(&wallets, &period.expect("a period"));
    let inputs = in_currency(CurrencyInputs {
        counts_as_usd: false,
        recurring_revenue: movements.of(&[9; 32]),
        ..currency()
    });
    let growth = value(&inputs, KpiId::MrrGrowth);
    assert_eq!(growth.numerator, Some(decimal("7")));
    assert_eq!(growth.denominator, decimal("7"));
    assert_eq!(growth.value, Some(decimal("1")));
    assert_eq!(growth.sample_size, 3);
    // The fixture's ratio "three pairs", less 1.
    let [low, high] = growth.interval.expect("an interval");
    let tolerance = decimal("0.00000001");
    assert!(
        (low - decimal("-0.064630447893")).abs() < tolerance,
        "{low}"
    );
    assert!(
        (high - decimal("2.064630447893")).abs() < tolerance,
        "{high}"
    );
    // A share is the same in every token.
    assert_eq!(growth.meets_target, Some(true));
}

#[test]
fn every_currency_has_its_own_money_and_shares_come_once() {
    let inputs = KpiInputs {
        currencies: vec![currency(), currency()],
        ..KpiInputs::default()
    };
    assert_eq!(compute(&inputs).expect("values").len(), 5 + 2 * 3);
}
