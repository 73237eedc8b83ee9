//! Models as they are kept.

use super::*;
use serde_json::{Value, json};
use tessera_domain::automation::recommendation::{MAX_BYTES, Method};

fn changed(model: &Model, path: &str, value: Value) -> Vec<u8> {
    let bytes = model.to_bytes().expect("bytes");
    let mut json: Value = serde_json::from_slice(&bytes).expect("JSON");
    *json.pointer_mut(path).expect(path) = value;
    serde_json::to_vec(&json).expect("JSON")
}

#[test]
fn bytes_that_are_no_model_are_refused() {
    let model = trained(steps(300, 20));
    let whole = model.to_bytes().expect("bytes");
    for bytes in [
        &b""[..],
        b"{}",
        b"null",
        &whole[1..],
        &whole[..whole.len() - 1],
    ] {
        assert_eq!(
            Model::from_bytes(bytes).expect_err("refused").field,
            "model"
        );
    }
    let large = vec![b' '; MAX_BYTES + 1];
    let refusal = Model::from_bytes(&large).expect_err("refused");
    assert_eq!(refusal.rule, format!("must have at most {MAX_BYTES} bytes"));
}

#[test]
fn a_model_of_another_version_is_refused_by_its_version() {
    let other = changed(&trained(steps(9, 6)), "/version", json!(2));
    assert_eq!(
        Model::from_bytes(&other).expect_err("refused").field,
        "model.version"
    );
}

#[test]
fn a_model_with_a_place_or_a_number_that_is_none_is_refused() {
    let pairs = trained(steps(300, 20));
    let tastes = trained(tastes(300, 3, 40));
    for (model, path, value) in [
        (&pairs, "/learned/items/0", json!("zzz")),
        (&pairs, "/learned/popularity/all/items/0/0", json!(20)),
        (&pairs, "/learned/popularity/all/items/0/2", json!(1e300)),
        (&pairs, "/learned/fitted/cooccurrence/next/0/0/0", json!(20)),
        (
            &pairs,
            "/learned/fitted/cooccurrence/next/0/0/1",
            json!(1_000),
        ),
        (&pairs, "/learned/fitted/cooccurrence/next", json!([])),
        (
            &pairs,
            "/learned/fitted/cooccurrence/shrinkage",
            json!(-1.0),
        ),
        (&pairs, "/learned/fitted", json!("popularity")),
        (&pairs, "/evaluation/method", json!("popularity")),
        (&tastes, "/learned/fitted/als/factors", json!(0)),
        (&tastes, "/learned/fitted/als/factors", json!(3)),
        (&tastes, "/learned/fitted/als/values/0", json!(1e300)),
        (
            &tastes,
            "/learned/fitted/als/als/regularisation",
            json!(0.0),
        ),
        (&tastes, "/learned/fitted/als/als/alpha", json!(-1.0)),
    ] {
        let refused = Model::from_bytes(&changed(model, path, value)).expect_err(path);
        assert_eq!(
            (refused.field.as_str(), refused.rule.as_str()),
            ("model", "must be as it was kept")
        );
    }
}

#[test]
fn a_model_that_was_kept_is_the_one_that_was_trained() {
    for (all, method) in [
        (vec![took(1, "item000", 1)], Method::Popularity),
        (steps(300, 20), Method::Cooccurrence),
        (tastes(300, 3, 40), Method::Als),
    ] {
        let model = trained(all);
        assert_eq!((model.method(), model.trained_at()), (method, MOMENTS[1]));
        let bytes = model.to_bytes().expect("bytes");
        let kept = Model::from_bytes(&bytes).expect("a model");
        assert_eq!(kept, model);
        assert_eq!(kept.to_bytes(), Ok(bytes));
    }
}

#[test]
fn nobody_is_in_a_model() {
    let all = tastes(300, 3, 40);
    let bytes = trained(all.clone()).to_bytes().expect("bytes");
    let text = String::from_utf8(bytes).expect("JSON");
    for it in all {
        assert!(!text.contains(&it.person.to_string()));
        assert!(!text.contains(&it.person.simple().to_string()));
    }
}
