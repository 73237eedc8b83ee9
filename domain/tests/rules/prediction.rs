//! Predictions against other implementations (`tests/oracles/prediction.py`), and bad input.

mod leads;
mod leakage;
mod oracles;

use serde::Deserialize;
use tessera_domain::leads::prediction::DecidedLead;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
    separable: Separable,
    ties: Ties,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    features: Vec<String>,
    rows: Vec<Vec<f64>>,
    won: Vec<bool>,
    logistic: Vec<Logistic>,
    naive_bayes: Vec<Bayes>,
    pipeline: Pipeline,
}

#[derive(Deserialize)]
struct Logistic {
    l2: f64,
    intercept: f64,
    coefficients: Vec<f64>,
}

#[derive(Deserialize)]
struct Bayes {
    smoothing: f64,
    prior_log_odds: f64,
    present: Vec<f64>,
    absent: Vec<f64>,
}

#[derive(Deserialize)]
struct Pipeline {
    probabilities: Vec<f64>,
    naive_bayes: Vec<f64>,
    evaluation: Measures,
    naive_bayes_evaluation: Measures,
}

#[derive(Deserialize)]
struct Measures {
    auc: f64,
    brier: f64,
    expected_calibration_error: f64,
}

#[derive(Deserialize)]
struct Separable {
    rows: Vec<Vec<f64>>,
    won: Vec<bool>,
    #[serde(flatten)]
    fitted: Logistic,
}

#[derive(Deserialize)]
struct Ties {
    probabilities: Vec<f64>,
    won: Vec<bool>,
    measures: Measures,
}

fn fixture() -> Fixture {
    let json = include_str!("../../../tests/oracles/fixtures/prediction.json");
    serde_json::from_str(json).expect("the fixture as the script writes it")
}

/// Each row's number is its hash, as in the script.
fn leads(case: &Case) -> Vec<DecidedLead> {
    let rows = case.rows.iter().zip(&case.won).zip(0..);
    rows.map(|((row, won), hash)| DecidedLead {
        hash,
        features: case.features.iter().cloned().zip(row.clone()).collect(),
        won: *won,
    })
    .collect()
}
