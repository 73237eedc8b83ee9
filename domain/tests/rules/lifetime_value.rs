//! BG/NBD, Gamma-Gamma and what they build on against lifetimes and scipy.

mod fixture;

use fixture::{Fit, Group, SpendFit, fixture, groups, summary};
use tessera_domain::{
    analytics::lifetime_value::{
        BgNbd, CustomerGroup, FitOptions, FitReport, GammaGamma, Horizon, LifetimeValueError,
        Purchase, Setting, Summary, Warning, customer_lifetime_value_micros, summarise,
    },
    statistics::hypergeometric::hyp2f1,
    time::Timestamp,
};

const MICROS: f64 = 1e6;

#[track_caller]
fn assert_close(ours: f64, theirs: f64, tolerance: f64) {
    let difference = (ours - theirs).abs() / theirs.abs().max(1e-9);
    assert!(
        difference <= tolerance,
        "{ours} and {theirs}: {difference:e}"
    );
}

fn fit(rows: &[Group], penalizer: f64) -> FitReport<BgNbd> {
    let options = FitOptions {
        penalizer,
        ..FitOptions::default()
    };
    BgNbd::fit(&groups(rows), &options).expect("a fit")
}

fn assert_fits_as_well(ours: &FitReport<BgNbd>, theirs: &Fit) {
    assert!(ours.converged, "{:?}", ours.warnings);
    let model = ours.parameters.expect("parameters");
    assert_close(model.r, theirs.parameters.r, 2e-6);
    assert_close(model.alpha, theirs.parameters.alpha, 2e-6);
    assert_close(model.a, theirs.parameters.a, 2e-6);
    assert_close(model.b, theirs.parameters.b, 2e-6);
    let log_likelihood = ours.log_likelihood.expect("a likelihood");
    // A penalized fit gives likelihood away for smaller parameters.
    if theirs.penalizer == 0.0 {
        assert!(log_likelihood >= theirs.log_likelihood - 1e-6);
    }
    assert_close(log_likelihood, theirs.log_likelihood, 1e-9);
}

#[test]
fn impossible_summaries_are_refused_by_name() {
    let good = summary((2, 5.0, 9.0, Some(1.0)));
    let cases = [
        (
            Summary {
                recency: 10.0,
                ..good
            },
            "recency must not be greater than age",
        ),
        (
            Summary {
                recency: 0.0,
                ..good
            },
            "recency must be above 0 when frequency is",
        ),
        (
            Summary {
                frequency: 0,
                ..good
            },
            "recency must be 0 when frequency is 0",
        ),
        (
            Summary {
                recency: -1.0,
                ..good
            },
            "recency must be a finite number, not negative",
        ),
        (
            Summary {
                recency: f64::NAN,
                ..good
            },
            "recency must be a finite number, not negative",
        ),
        (
            Summary {
                age: f64::INFINITY,
                ..good
            },
            "age must be a finite number, not negative",
        ),
        (
            Summary {
                mean_spend_micros: Some(f64::NAN),
                ..good
            },
            "mean_spend_micros must be a finite number, not negative",
        ),
        (
            Summary {
                frequency: 0,
                recency: 0.0,
                ..good
            },
            "mean_spend_micros must be absent when frequency is 0",
        ),
    ];
    let cdnow = fixture().cdnow.bg_nbd.remove(0).parameters;
    for (bad, rule) in cases {
        let sample = [good.into(), bad.into()];
        let refused = BgNbd::fit(&sample, &FitOptions::default()).expect_err("a refusal");
        assert_eq!(refused.to_string(), format!("customers[1].{rule}"));
        let refused = GammaGamma::fit(&sample).expect_err("a refusal");
        assert_eq!(refused.to_string(), format!("customers[1].{rule}"));
        let refused = cdnow.probability_alive(&bad).expect_err("a refusal");
        assert_eq!(refused.to_string(), rule);
        let refused = cdnow.expected_purchases(&bad, 1.0).expect_err("a refusal");
        assert_eq!(refused.to_string(), rule);
    }
}

#[test]
fn impossible_parameters_times_and_penalties_are_refused_by_name() {
    let fixture = fixture().cdnow;
    let model = fixture.bg_nbd.first().expect("a fit").parameters;
    let new = Summary::default();
    let broken = BgNbd {
        a: f64::NAN,
        ..model
    };
    let refused = broken.probability_alive(&new).expect_err("a refusal");
    assert_eq!(refused.to_string(), "a must be a finite number above 0");
    let spend = GammaGamma {
        v: 0.0,
        ..fixture.gamma_gamma.parameters
    };
    let refused = spend.expected_spend_micros(&new).expect_err("a refusal");
    assert_eq!(refused.to_string(), "v must be a finite number above 0");
    for periods in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(model.expected_purchases(&new, periods).is_err());
    }
    let endless = model.expected_purchases(&new, 1e15);
    assert_eq!(endless, Err(LifetimeValueError::HorizonTooLong));
    for penalizer in [-1.0, f64::NAN] {
        let options = FitOptions {
            penalizer,
            ..FitOptions::default()
        };
        assert!(BgNbd::fit(&[], &options).is_err());
    }
    let horizon = fixture.horizon;
    let impossible = [
        Horizon {
            steps: 0,
            ..horizon
        },
        Horizon {
            steps: 1_201,
            ..horizon
        },
        Horizon {
            periods_per_step: 0.0,
            ..horizon
        },
        Horizon {
            discount_rate_per_step: -0.01,
            ..horizon
        },
    ];
    for horizon in impossible {
        let spend = &fixture.gamma_gamma.parameters;
        assert!(customer_lifetime_value_micros(&model, spend, &new, &horizon).is_err());
    }
}

#[test]
fn a_sample_in_which_nobody_bought_again_has_no_parameters() {
    let once = [summary((0, 0.0, 9.0, None)).into(); 3];
    for sample in [&once[..0], &once[..]] {
        let report = BgNbd::fit(sample, &FitOptions::default()).expect("a report");
        assert_eq!(report.warnings, [Warning::NoRepeatPurchases]);
        assert_eq!((report.parameters, report.converged), (None, false));
        assert_eq!(report.customers, sample.len() as u64);
        let report = GammaGamma::fit(sample).expect("a report");
        assert_eq!(report.warnings, [Warning::NoRepeatPurchases]);
    }
}

#[test]
fn a_customer_who_bought_for_nothing_says_nothing_about_spend() {
    let free = summary((2, 5.0, 9.0, Some(0.0))).into();
    let report = GammaGamma::fit(&[free]).expect("a report");
    assert_eq!(report.warnings, [Warning::NoRepeatPurchases]);
}

#[test]
fn few_repeat_customers_and_contracts_are_warned_of() {
    let rows = [
        (1, 2.0, 9.0, None),
        (3, 6.0, 8.0, None),
        (0, 0.0, 7.0, None),
    ];
    let sample = rows.map(|it| CustomerGroup::from(summary(it)));
    let options = FitOptions {
        setting: Setting::Contractual,
        penalizer: 0.1,
    };
    let report = BgNbd::fit(&sample, &options).expect("a report");
    assert!(report.warnings.contains(&Warning::ContractualSetting));
    let few = Warning::FewRepeatCustomers {
        repeat_customers: 2,
    };
    assert!(report.warnings.contains(&few));
}

#[test]
fn parameters_that_the_data_do_not_determine_are_named() {
    // In these data nobody leaves, so that the likelihood rises as a falls to 0.
    let report = fit(&fixture().donations.groups, 0.0);
    let undetermined = Warning::UndeterminedParameter {
        parameter: "a".to_owned(),
    };
    assert!(
        report.warnings.contains(&undetermined),
        "{:?}",
        report.warnings
    );
    assert!(!report.converged);
}

#[test]
fn purchases_of_cdnow_are_fitted_as_well_as_by_lifetimes() {
    let cdnow = fixture().cdnow;
    for theirs in &cdnow.bg_nbd {
        let ours = fit(&cdnow.groups, theirs.penalizer);
        assert_fits_as_well(&ours, theirs);
        assert_eq!((ours.customers, ours.repeat_customers), (2_357, 946));
    }
}

#[test]
fn purchases_of_a_known_population_are_fitted_as_well_as_by_lifetimes() {
    let simulated = fixture().simulated;
    for theirs in &simulated.bg_nbd {
        assert_fits_as_well(&fit(&simulated.groups, theirs.penalizer), theirs);
    }
}

#[test]
fn a_fit_depends_on_neither_order_nor_grouping() {
    let grouped = groups(&fixture().simulated.groups);
    let mut single: Vec<_> = grouped
        .iter()
        .flat_map(|group| (0..group.customers).map(|_| group.summary.into()))
        .collect();
    single.reverse();
    let options = FitOptions::default();
    assert_eq!(
        BgNbd::fit(&single, &options),
        BgNbd::fit(&grouped, &options)
    );
}

fn assert_spends_as_well(rows: &[Group], theirs: &SpendFit) -> FitReport<GammaGamma> {
    let ours = GammaGamma::fit(&groups(rows)).expect("a fit");
    assert!(ours.converged, "{:?}", ours.warnings);
    let model = ours.parameters.expect("parameters");
    assert_close(model.p, theirs.parameters.p, 5e-6);
    assert_close(model.q, theirs.parameters.q, 5e-6);
    assert_close(model.v / MICROS, theirs.parameters.v, 5e-6);
    // Spend in micro-units instead of dollars lowers every density by a million.
    let customers = theirs.customers as f64;
    let log_likelihood = ours.log_likelihood.expect("a likelihood") + customers * MICROS.ln();
    assert!(log_likelihood >= theirs.log_likelihood - 1e-6);
    assert_close(log_likelihood, theirs.log_likelihood, 1e-9);
    assert_eq!(ours.customers, theirs.customers);
    ours
}

#[test]
fn spend_of_cdnow_is_fitted_as_well_as_by_lifetimes_and_found_to_rise_with_frequency() {
    let cdnow = fixture().cdnow;
    let report = assert_spends_as_well(&cdnow.groups, &cdnow.gamma_gamma);
    let [Warning::SpendDependsOnFrequency { correlation }] = report.warnings[..] else {
        panic!("{:?}", report.warnings);
    };
    assert_close(correlation, cdnow.gamma_gamma.correlation, 1e-9);
}

#[test]
fn an_infinite_mean_spend_is_warned_of_and_gives_no_value() {
    let heavy = fixture().heavy_spenders;
    let report = assert_spends_as_well(&heavy.groups, &heavy.gamma_gamma);
    assert!(matches!(report.warnings[..], [Warning::InfiniteMeanSpend { q }] if q < 1.0));
    let model = report.parameters.expect("parameters");
    assert_eq!(model.expected_spend_micros(&Summary::default()), Ok(None));
    let known = summary((4, 5.0, 9.0, Some(7.0 * MICROS)));
    assert!(
        model
            .expected_spend_micros(&known)
            .expect("an answer")
            .is_some()
    );
}

#[test]
fn customers_of_cdnow_are_alive_buy_spend_and_are_worth_what_lifetimes_says() {
    let cdnow = fixture().cdnow;
    let purchases = cdnow.bg_nbd.first().expect("a fit").parameters;
    let dollars = cdnow.gamma_gamma.parameters;
    let spend = GammaGamma {
        v: dollars.v * MICROS,
        ..dollars
    };
    for (time, expected) in cdnow.times.iter().zip(&cdnow.new_customer) {
        let ours = purchases.expected_purchases_of_new_customer(*time);
        assert_close(ours.expect("an expectation"), *expected, 1e-10);
    }
    for customer in &cdnow.customers {
        let history = summary(customer.history);
        let alive = purchases.probability_alive(&history);
        assert_close(alive.expect("a probability"), customer.alive, 1e-10);
        for (time, expected) in cdnow.times.iter().zip(&customer.purchases) {
            let ours = purchases.expected_purchases(&history, *time);
            assert_close(ours.expect("an expectation"), *expected, 1e-10);
        }
        let expected_spend = spend.expected_spend_micros(&history).expect("an answer");
        assert_close(
            expected_spend.expect("a mean") / MICROS,
            customer.spend,
            1e-10,
        );
        let value = customer_lifetime_value_micros(&purchases, &spend, &history, &cdnow.horizon)
            .expect("an answer");
        assert_close(value.expect("a value") / MICROS, customer.value, 1e-10);
    }
}

#[test]
fn purchases_are_summarised_as_by_lifetimes() {
    for case in fixture().summaries {
        let end = Timestamp::from_secs(case.end_secs);
        for customer in case.customers {
            let purchases: Vec<_> = customer
                .purchases
                .iter()
                .map(|(secs, amount_micros)| Purchase {
                    at: Timestamp::from_secs(*secs),
                    amount_micros: *amount_micros,
                })
                .collect();
            let ours = summarise(&purchases, case.period_secs, end);
            let Some([frequency, recency, age, spend]) = customer.summary else {
                assert_eq!(ours, None);
                continue;
            };
            let ours = ours.expect("a summary");
            assert_eq!(f64::from(ours.frequency), frequency);
            assert_eq!((ours.recency, ours.age), (recency, age));
            // lifetimes says 0 where there is no mean.
            let ours = ours.mean_spend_micros.unwrap_or_default() / MICROS;
            assert_close(ours, spend, 1e-12);
        }
    }
}

#[test]
fn the_hypergeometric_function_equals_scipys() {
    let rows = fixture().hyp2f1;
    assert!(rows.len() > 200);
    for [a, b, c, z, expected] in rows {
        assert_close(hyp2f1(a, b, c, z, 0.0).expect("a value"), expected, 1e-11);
    }
}

#[test]
fn the_expectation_is_smooth_where_its_formula_divides_by_zero() {
    for [r, alpha, a, b, periods, expected] in fixture().new_customer_integral {
        let model = BgNbd { r, alpha, a, b };
        let ours = model.expected_purchases_of_new_customer(periods);
        assert_close(ours.expect("an expectation"), expected, 1e-8);
    }
}

#[test]
fn a_customer_with_thousands_of_purchases_has_an_expectation_below_the_present_rate() {
    // ₂F₁ alone is beyond the largest float here.
    let model = fixture().cdnow.bg_nbd.remove(0).parameters;
    let history = summary((5_000, 1_000.0, 1_000.0, None));
    let ours = model
        .expected_purchases(&history, 500.0)
        .expect("an expectation");
    assert!(ours > 100.0 && ours < 2_500.0, "{ours}");
}

#[test]
fn reports_survive_the_way_through_json() {
    let report = fit(&fixture().cdnow.groups, 0.0);
    let json = serde_json::to_string(&report).expect("JSON");
    let back: FitReport<BgNbd> = serde_json::from_str(&json).expect("a report");
    assert_eq!(back.warnings, report.warnings);
    let alpha = |report: FitReport<BgNbd>| report.parameters.expect("parameters").alpha;
    assert_close(alpha(back), alpha(report), 1e-15);
}
