//! Every step against scikit-learn and MAPIE, with the tolerance that it keeps.

use super::*;
use nalgebra::DMatrix;
use tessera_domain::leads::prediction::{
    Evaluation, LogisticRegression, NaiveBayes, TrainingConfig, predict, train,
};

fn matrix(rows: &[Vec<f64>]) -> DMatrix<f64> {
    let columns = rows.first().map_or(0, Vec::len);
    DMatrix::from_row_iterator(rows.len(), columns, rows.iter().flatten().copied())
}

/// As scikit-learn's `StandardScaler`.
fn standardised(rows: &[Vec<f64>]) -> DMatrix<f64> {
    let mut matrix = matrix(rows);
    for mut column in matrix.column_iter_mut() {
        let (mean, deviation) = (column.mean(), column.variance().sqrt());
        column.apply(|value| *value = (*value - mean) / deviation);
    }
    matrix
}

fn targets(won: &[bool]) -> Vec<f64> {
    won.iter().map(|won| f64::from(u8::from(*won))).collect()
}

/// Largest distance between what we and the oracle say; printed with `--nocapture`.
fn close<'a>(
    what: &str,
    ours: impl IntoIterator<Item = f64>,
    theirs: impl IntoIterator<Item = &'a f64>,
    tolerance: f64,
) {
    let mut theirs = theirs.into_iter();
    let mut largest: f64 = 0.0;
    for ours in ours {
        let theirs = theirs.next().expect("as many answers");
        largest = largest.max((ours - theirs).abs());
    }
    assert!(theirs.next().is_none(), "{what}: more answers are expected");
    println!("{what}: {largest:.1e}");
    assert!(largest <= tolerance, "{what}: {largest:e} is too far");
}

fn close_measures(what: &str, ours: &Evaluation, theirs: &Measures, tolerance: f64) {
    let ours = [ours.auc, ours.brier, ours.expected_calibration_error];
    let theirs = [theirs.auc, theirs.brier, theirs.expected_calibration_error];
    let ours = ours.map(|measure| measure.expect("both outcomes"));
    close(what, ours, &theirs, tolerance);
}

#[test]
fn logistic_regression_agrees_with_scikit_learn() {
    for case in fixture().cases {
        for expected in &case.logistic {
            let rows = standardised(&case.rows);
            let fitted = LogisticRegression::fit(&rows, &targets(&case.won), expected.l2);
            let fitted = fitted.expect("an optimum");
            let what = format!("logistic {} l2={}", case.name, expected.l2);
            close(&what, [fitted.intercept], [&expected.intercept], 1e-9);
            close(&what, fitted.coefficients, &expected.coefficients, 1e-9);
        }
    }
}

#[test]
fn separable_data_converges_where_scikit_learn_does() {
    let Separable { rows, won, fitted } = fixture().separable;
    let ours = LogisticRegression::fit(&matrix(&rows), &targets(&won), fitted.l2);
    let ours = ours.expect("an optimum");
    close("separable", [ours.intercept], [&fitted.intercept], 1e-8);
    close("separable", ours.coefficients, &fitted.coefficients, 1e-8);
}

#[test]
fn naive_bayes_agrees_with_scikit_learn() {
    for case in fixture().cases {
        for expected in &case.naive_bayes {
            let fitted = NaiveBayes::fit(&matrix(&case.rows), &case.won, expected.smoothing);
            let fitted = fitted.expect("both outcomes");
            let what = format!("naive Bayes {} {}", case.name, expected.smoothing);
            close(
                &what,
                [fitted.prior_log_odds],
                [&expected.prior_log_odds],
                1e-12,
            );
            let (present, absent): (Vec<f64>, Vec<f64>) = fitted
                .ratios
                .iter()
                .map(|ratios| (ratios.present, ratios.absent))
                .unzip();
            close(&what, present, &expected.present, 1e-12);
            close(&what, absent, &expected.absent, 1e-11);
        }
    }
}

#[test]
fn measures_agree_with_scikit_learn_and_mapie_where_probabilities_are_tied() {
    let ties = fixture().ties;
    let pairs: Vec<(f64, bool)> = ties.probabilities.into_iter().zip(ties.won).collect();
    close_measures("ties", &Evaluation::of(&pairs), &ties.measures, 1e-12);
}

#[test]
fn training_calibrating_and_measuring_agree_with_scikit_learn() {
    for case in fixture().cases {
        let leads = leads(&case);
        let model = train(&leads, &TrainingConfig::default()).expect("enough outcomes");
        let (probabilities, naive_bayes): (Vec<f64>, Vec<f64>) = leads
            .iter()
            .map(|lead| predict(&model, &lead.features).expect("numbers"))
            .map(|prediction| (prediction.probability, prediction.naive_bayes))
            .unzip();
        let expected = &case.pipeline;
        let what = format!("pipeline {}", case.name);
        // scikit-learn's calibration stops at a gradient of 1e-6.
        close(&what, probabilities, &expected.probabilities, 1e-6);
        close(&what, naive_bayes, &expected.naive_bayes, 1e-11);
        close_measures(&what, &model.evaluation, &expected.evaluation, 1e-6);
        let bayes = &model.naive_bayes_evaluation;
        close_measures(&what, bayes, &expected.naive_bayes_evaluation, 1e-11);
    }
}
