//! What a page holds, and that nothing in it can act.

use super::{POLICY, STYLE, Sheet};
use crate::schema::results::tests::play;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const EVIL: &str = "<script>alert('\"&x')</script>";

/// A report without people whose names are markup.
fn evil() -> Value {
    let figures =
        json!({ "people": 0, "value": null, "adjusted": null, "error": null, "interval": null });
    let nothing = json!({
        "base": figures, "arm": figures, "adjustment": { "kind": "none", "reason": "not_asked" },
        "absolute": null, "relative": null, "p": null, "e": null, "chance_above": null, "losses": null, "reason": "too_few_people",
    });
    let reason = json!({ "code": "x", "metric": null, "arm": null, "value": null, "bound": null, "text": EVIL });
    let mismatch = json!({ "pearson": null, "always_valid": null });
    let arm = |key: &str| json!({ "key": key, "value": 1, "weight_bps": 5000 });
    json!({
        "organisation": EVIL,
        "design": {
            "name": EVIL, "hypothesis": EVIL,
            "allocation": { "hash_attribute": "anonymous_id", "arms": [arm(EVIL), arm("b")] },
            "metrics": [{ "metric": EVIL, "role": "primary" }],
            "factors": [{ "name": EVIL, "levels": [EVIL, EVIL] }],
        },
        "measurement": {
            "experiment": EVIL, "phase": 1, "starts_at": "2026-01-01T00:00:00Z", "arms": [EVIL, "b"],
            "batch_hours": 24,
            "metrics": [{ "measure": { "binomial": { "event": { "event": "x" } } } }],
        },
        "ending": { "at": "2026-01-01T12:00:00Z", "by": EVIL, "reason": EVIL, "shipped": EVIL },
        "shared_out": [{ "from": "2026-01-01T00:00:00Z", "coverage_bps": 10_000, "weights_bps": [5000, 5000] }],
        "results": {
            "experiment": EVIL, "phase": 1, "as_of": "2026-01-02T00:00:00Z",
            "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T12:00:00Z", "days": 1.0,
            "method": { "sequential": { "tuned_for": 100 } },
            "people": { "exposed": 0, "crossed": 1, "arms": [{ "arm": EVIL, "people": 0 }, { "arm": EVIL, "people": 0 }] },
            "metrics": [{
                "metric": EVIL, "role": "primary", "better": "higher", "chances_to_be_best": null,
                "arms": [{
                    "arm": EVIL, "sequential": nothing, "fixed": null, "bayesian": nothing,
                    "verdict": { "corrected": null, "is_significant": false, "interval_alpha": null },
                    "corrected_interval": null, "corrected_relative_interval": null, "is_better": null,
                    "drift": null, "carry_over": null,
                }],
            }],
            "factors": [{ "metric": EVIL, "analysis": {
                "terms": [{ "factors": [0], "freedom": 1, "sum_of_squares": null, "f": null, "p": null, "missing": "empty_cells" }],
                "contrasts": [{ "factor": 0, "level": 1, "difference": 1.0, "standard_error": 1.0, "interval": [0.5, 1.5] }],
                "residual_freedom": null, "residual_variance": null,
            }, "missing": null, "for_one_look": true }],
            "health": {
                "state": "broken", "mismatch": mismatch,
                "arms": [{ "arm": EVIL, "people": 0, "expected": 0.5 }],
                "dimensions": [{ "property": EVIL, "values": [{ "value": EVIL, "people": [1, 0], "mismatch": mismatch, "corrected": null, "is_found": true }] }],
                "crossed": { "share": { "numerator": 1, "denominator": 1, "rate": 1.0, "interval": null }, "p": 1.0, "is_too_many": true },
                "issues": [{ "state": "broken", "code": "x", "text": EVIL, "p": null }],
            },
            "decision": { "action": "ship", "arm": EVIL, "reasons": [reason], "would_change": [reason] },
        },
    })
}

fn page(sheet: &Value) -> String {
    let sheet = Sheet::read(&sheet.to_string()).expect("a sheet");
    sheet.page(None).into_string()
}

#[test]
fn no_name_is_markup() {
    let page = page(&evil());
    assert!(!page.contains("<script"), "{page}");
    let told = page.matches("&lt;script&gt;").count();
    assert!(told > 20, "{told}");
}

#[test]
fn a_page_has_its_own_style_and_nothing_else() {
    let page = page(&evil());
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    assert!(POLICY.contains(&format!("style-src 'sha256-{digest}'")));
    assert!(page.contains(&format!("<style>{STYLE}</style>")));
    for other in [
        "style=", "<link", "src=", "href=", "url(", "@import", "http:", "https:",
    ] {
        assert!(!page.contains(other), "{other}");
    }
}

#[test]
fn a_picture_says_in_words_what_it_shows() {
    for method in [
        json!({ "sequential": { "tuned_for": 1_000 } }),
        json!({ "fixed": { "planned_people": 3_000 } }),
        json!({ "bayesian": {} }),
    ] {
        let page = page(&play(&method, 4_000));
        let pictures = page
            .split("<svg")
            .skip(1)
            .filter(|it| it.contains("role=\"img\""));
        let mut count = 0;
        for picture in pictures {
            let words = picture.split("<desc>").nth(1).expect("words");
            let words = words.split("</desc>").next().expect("words");
            let interval = words.split("nterval ").nth(1).expect("an interval");
            let interval = interval.trim_end_matches('.');
            assert!(page.contains(&format!(">{interval}</td>")), "{interval}");
            assert!(picture.contains("<title>"));
            let classes = picture.split("<rect class=\"interval ").nth(1);
            let proved = classes.and_then(|it| it.split('"').next());
            let proved = proved.expect("what is proved");
            assert!(["better", "worse", "open"].contains(&proved), "{proved}");
            count += 1;
        }
        // Three arms of each metric that has such a test, and a level of each factor in two of them.
        let metrics = if method["bayesian"].is_null() { 4 } else { 3 };
        assert_eq!(count, 3 * metrics + 2 * 2, "{method}");
    }
}

fn sequential(people: i64) -> Value {
    play(&json!({ "sequential": { "tuned_for": 1_000 } }), people)
}

#[test]
fn a_phase_that_has_ended_does_not_keep_going() {
    let mut sheet = sequential(9);
    assert!(page(&sheet).contains("Keep going"));
    sheet["results"]["ended_at"] = json!("1970-02-01T10:30:00Z");
    sheet["results"]["decision"]["action"] = json!("undecided");
    let silent = page(&sheet);
    assert!(silent.contains("It ended on 1970-02-01 10:30 UTC."));
    sheet["ending"] = json!({
        "at": "1970-02-01T10:30:00Z", "by": "wallet:abc", "reason": "It sells.", "shipped": "round",
    });
    let shipped = page(&sheet);
    assert!(shipped.contains("<b>round</b> was shipped"));
    assert!(shipped.contains("by <code>wallet:abc</code>: It sells."));
    sheet["ending"]["shipped"] = Value::Null;
    let stopped = page(&sheet);
    assert!(stopped.contains("everybody sees the base, <b>plain</b>"));
    for page in [silent, shipped, stopped] {
        assert!(page.contains("Nothing was decided.") && !page.contains("Keep going"));
    }
}

#[test]
fn an_uncertain_base_hides_neither_effects_nor_verdicts() {
    let mut sheet = sequential(4_000);
    let arms = sheet["results"]["metrics"][0]["arms"]
        .as_array_mut()
        .expect("arms");
    for arm in arms {
        arm["sequential"]["relative"]["interval"] = Value::Null;
        arm["sequential"]["reason"] = json!("base_too_uncertain");
        arm["corrected_relative_interval"] = Value::Null;
        arm["is_better"] = json!(false);
    }
    let page = page(&sheet);
    let metric = page.split("<h3>bought").nth(1).expect("the metric");
    let metric = metric.split("</article>").next().expect("its end");
    assert_eq!(
        metric.matches("<span class=\"worse\">worse</span>").count(),
        3
    );
    assert_eq!(metric.matches("role=\"img\"").count(), 3);
    assert!(metric.contains("pp</b>"), "{metric}");
    assert!(metric.contains("too uncertain for a relative effect"));
}

#[test]
fn no_chance_is_certain_and_a_guardrail_has_no_corrected_p() {
    let mut sheet = sequential(4_000);
    sheet["results"]["metrics"][0]["chances_to_be_best"] = json!([1e-9, 0.0, 0.0, 0.999_996]);
    let page = page(&sheet);
    assert!(page.contains(">&gt; 99.99\u{202f}%</td>") && !page.contains(">100.00"));
    let guardrail = page.split("<h3>basket").nth(1).expect("the guardrail");
    let guardrail = guardrail.split("</article>").next().expect("its end");
    assert!(!guardrail.contains("Corrected p"), "{guardrail}");
}

#[test]
fn of_few_people_tenths_are_expected() {
    let page = page(&sequential(1));
    let health = page.split("Expected</th>").nth(1).expect("the table");
    assert!(
        health.contains("<td>0.3</td><td>1</td><td>–</td>"),
        "{health}"
    );
}
