//! Leads of every kind, also those that nothing can be learned from.

use super::{fixture, leads};
use serde_json::json;
use tessera_domain::{
    event::Event,
    leads::prediction::{
        AbstentionReason, DecidedLead, Features, MAX_FEATURES, Part, PredictionError, TrainedModel,
        TrainingConfig, features, predict, train,
    },
    time::Timestamp,
};
use uuid::Uuid;

/// The synthetic leads: flags, a rare and a doubled one, counts, and noise.
fn decided() -> Vec<DecidedLead> {
    let case = fixture().cases.pop().expect("the synthetic case");
    leads(&case)
}

fn trained(leads: &[DecidedLead]) -> Result<TrainedModel, PredictionError> {
    train(leads, &TrainingConfig::default())
}

#[test]
fn too_few_outcomes_of_either_kind_abstain() {
    let abstention = |leads: Vec<DecidedLead>| match trained(&leads) {
        Err(PredictionError::Abstained {
            reason,
            needed,
            have,
        }) => (reason, needed, have),
        other => panic!("trained on too little: {other:?}"),
    };
    let keep = |outcome: bool, kept: usize| {
        let (of, others): (Vec<_>, Vec<_>) =
            decided().into_iter().partition(|lead| lead.won == outcome);
        others
            .into_iter()
            .chain(of.into_iter().take(kept))
            .collect()
    };
    assert_eq!(abstention(Vec::new()), (AbstentionReason::TooFewWon, 50, 0));
    assert_eq!(
        abstention(keep(true, 49)),
        (AbstentionReason::TooFewWon, 50, 49)
    );
    assert_eq!(
        abstention(keep(false, 0)),
        (AbstentionReason::TooFewLost, 50, 0)
    );
    let mut in_one_part = decided();
    in_one_part.retain(|lead| lead.won || Part::of(lead.hash) != Part::Test);
    assert_eq!(
        abstention(in_one_part),
        (AbstentionReason::TooFewLostInAPart, 5, 0)
    );
    let mut in_one_part = decided();
    in_one_part.retain(|lead| !lead.won || Part::of(lead.hash) != Part::Calibration);
    assert_eq!(
        abstention(in_one_part),
        (AbstentionReason::TooFewWonInAPart, 5, 0)
    );
}

#[test]
fn values_that_are_no_numbers_are_refused_by_name() {
    let model = trained(&decided()).expect("enough outcomes");
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
        let mut leads = decided();
        leads[7].features.insert("noise".to_owned(), value);
        let predicted = predict(&model, &leads[7].features);
        for refused in [trained(&leads).map(drop), predicted.map(drop)] {
            let message = refused.expect_err("not a number").to_string();
            let rule = "features.noise: must be a finite number of at most 1e12 in size";
            assert_eq!(message, rule);
        }
    }
}

#[test]
fn parameters_out_of_their_range_are_refused_by_name() {
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        for (field, config) in [
            (
                "l2",
                TrainingConfig {
                    l2: value,
                    ..TrainingConfig::default()
                },
            ),
            (
                "smoothing",
                TrainingConfig {
                    smoothing: value,
                    ..TrainingConfig::default()
                },
            ),
        ] {
            let refused = train(&decided(), &config);
            assert_eq!(refused, Err(PredictionError::Config { field }));
        }
    }
}

#[test]
fn constant_features_are_left_out() {
    let mut leads = decided();
    for lead in &mut leads {
        lead.features.insert("always".to_owned(), 0.1);
    }
    assert_eq!(trained(&leads), trained(&decided()));
    for lead in &mut leads {
        lead.features.retain(|name, _| name == "always");
    }
    assert_eq!(trained(&leads), Err(PredictionError::NoFeature));
}

#[test]
fn a_flood_of_features_leaves_those_that_most_leads_have() {
    let mut leads = decided();
    for (number, lead) in leads.iter_mut().enumerate() {
        lead.features.insert(format!("flood_{number}"), 1.0);
    }
    let model = trained(&leads).expect("enough outcomes");
    assert_eq!(model.features.len(), MAX_FEATURES);
    for known in ["common", "echo", "log_count", "noise", "other", "rare"] {
        assert!(model.features.iter().any(|feature| feature.name == known));
    }
}

#[test]
fn leads_that_a_feature_separates_are_never_certain() {
    let mut leads = decided();
    for lead in &mut leads {
        let answer = f64::from(u8::from(lead.won));
        lead.features = Features::from([("answer".to_owned(), answer)]);
    }
    let config = TrainingConfig {
        keep: ["answer".to_owned()].into(),
        ..TrainingConfig::default()
    };
    let model = train(&leads, &config).expect("the penalty bounds the coefficients");
    assert_eq!(model.evaluation.auc, Some(1.0));
    for lead in &leads {
        let prediction = predict(&model, &lead.features).expect("numbers");
        for probability in [prediction.probability, prediction.naive_bayes] {
            assert!((0.0001..=0.9999).contains(&probability));
            assert_eq!(probability > 0.5, lead.won);
        }
    }
    let extreme = Features::from([("answer".to_owned(), 1e12)]);
    let prediction = predict(&model, &extreme).expect("numbers");
    assert_eq!(prediction.probability, 0.9999);
}

#[test]
fn the_order_of_the_leads_does_not_matter() {
    let mut backwards = decided();
    backwards.reverse();
    assert_eq!(trained(&backwards), trained(&decided()));
}

#[test]
fn contributions_add_up_to_the_log_odds() {
    let leads = decided();
    let model = trained(&leads).expect("enough outcomes");
    let log_odds = |probability: f64| (probability / (1.0 - probability)).ln();
    for lead in &leads {
        let prediction = predict(&model, &lead.features).expect("numbers");
        let added: f64 = prediction.contributions.iter().map(|it| it.log_odds).sum();
        let sum = prediction.baseline_log_odds + added;
        assert!((sum - log_odds(prediction.probability)).abs() < 1e-9);
        let ratios = prediction.contributions.iter();
        let ratios: f64 = ratios.filter_map(|it| it.naive_bayes_log_ratio).sum();
        let sum = prediction.naive_bayes_baseline_log_odds + ratios;
        assert!((sum - log_odds(prediction.naive_bayes)).abs() < 1e-9);
    }
}

#[test]
fn features_that_the_model_does_not_know_are_ignored_and_absent_ones_are_zero() {
    let model = trained(&decided()).expect("enough outcomes");
    let unknown = Features::from([("unheard_of".to_owned(), 1.0)]);
    assert_eq!(predict(&model, &unknown), predict(&model, &Features::new()));
}

#[test]
fn a_stored_model_says_what_it_said() {
    let model = trained(&decided()).expect("enough outcomes");
    let json = serde_json::to_string(&model).expect("numbers");
    let stored: TrainedModel = serde_json::from_str(&json).expect("as it was written");
    let lead = &decided()[0].features;
    let said = |model: &TrainedModel| predict(model, lead).expect("numbers").probability;
    assert!((said(&stored) - said(&model)).abs() < 1e-12);
}

#[test]
fn features_are_of_what_a_person_did_until_then() {
    let event = |name: &str, secs: i64, properties: serde_json::Value| Event {
        id: Uuid::from_u128(1),
        name: name.to_owned(),
        at: Timestamp::from_secs(secs),
        properties: properties.as_object().cloned().unwrap_or_default(),
    };
    let events = [
        event("visited", 1, json!({})),
        event("visited", 2, json!({ "machine": null })),
        event("visited", 2, json!({ "machine": false })),
        event("email_opened", 2, json!({ "machine": true })),
        event("subscribed", 3, json!({})),
    ];
    let expected = Features::from([
        ("had.visited".to_owned(), 1.0),
        ("log_count.visited".to_owned(), 3_f64.ln_1p()),
    ]);
    assert_eq!(features(&events, Timestamp::from_secs(2)), expected);
}
