//! Which metrics may be kept.

use serde_json::{Value, json};
use tessera_domain::{capture::Registry, experiments::metric::Metric};

fn metric(body: Value) -> Metric {
    serde_json::from_value(body).expect("a metric")
}

#[test]
fn a_metric_that_breaks_a_rule_is_refused_by_field() {
    let paid = json!({ "mean": { "value": { "event": { "event": "paid" } } } });
    let with = |more: Value| {
        let mut body = json!({ "measure": paid });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    for (body, field) in [
        (
            json!({ "measure": { "binomial": { "event": { "event": "" } } } }),
            "measure.binomial.event.event",
        ),
        (
            json!({ "measure": { "revenue": { "currency": "dollars" } } }),
            "measure.revenue.currency",
        ),
        (json!({ "measure": { "retention": {} } }), "window_hours"),
        // The visit with the exposure is no return.
        (
            json!({ "measure": { "retention": {} }, "window_hours": 24 }),
            "delay_hours",
        ),
        (with(json!({ "window_hours": 0 })), "window_hours"),
        (with(json!({ "delay_hours": 9_000 })), "delay_hours"),
        (with(json!({ "cap": "0" })), "cap"),
        (with(json!({ "cap": "-5" })), "cap"),
        (with(json!({ "covariate_days": 181 })), "covariate_days"),
        (with(json!({ "only_complete": true })), "window_hours"),
        (
            json!({ "measure": { "binomial": { "event": { "event": "paid" } } }, "cap": "1" }),
            "cap",
        ),
        (
            json!({ "measure": { "quantile": { "quantile_bps": 10_000, "value": { "event": { "event": "paid" } } } } }),
            "measure.quantile.quantile_bps",
        ),
        (
            json!({ "covariate_days": 7, "measure": { "quantile": { "quantile_bps": 5_000, "value": { "event": { "event": "paid" } } } } }),
            "covariate_days",
        ),
        (
            json!({ "measure": { "mean": { "value": { "event": { "event": "paid" }, "property": "A b" } } } }),
            "measure.mean.value.property",
        ),
    ] {
        let refused = metric(body.clone()).validate().expect_err("refused");
        assert_eq!(refused.field, field, "{body}: {refused}");
    }
    assert_eq!(
        metric(with(json!({ "cap": "100", "covariate_days": 30 }))).validate(),
        Ok(())
    );
}

#[test]
fn an_alias_stands_for_its_event() {
    let registry: Registry =
        serde_json::from_value(json!({ "events": { "paid": { "aliases": ["Paid"] } } }))
            .expect("a registry");
    let mut asked = metric(
        json!({ "measure": { "ratio": { "numerator": { "event": { "event": "Paid" } }, "denominator": { "event": { "event": "Unknown" } } } } }),
    );
    let refused = asked.canonicalise(&registry).expect_err("refused");
    assert_eq!(refused.field, "measure.ratio.denominator.event.event");
    let body = serde_json::to_value(&asked).expect("JSON");
    assert_eq!(
        body["measure"]["ratio"]["numerator"]["event"]["event"],
        "paid"
    );
}
