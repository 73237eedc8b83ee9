//! Bodies that are not understood are refused with the field and a plain rule, on every route alike.

use crate::support::{
    client::Answer,
    shown::{self, Shown},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

/// Objects that hold whatever a caller puts there.
const FREE: [&str; 3] = ["traits", "properties", "context"];

/// All that the document shows, but for the one that takes a wallet's session and no key.
fn bodies() -> Result<Vec<Shown>> {
    let mut shown = shown::bodies()?;
    shown.retain(|shown| shown.path != "/v1/organisations");
    Ok(shown)
}

async fn send(tenant: &Tenant, method: &Method, path: &str, body: String) -> Result<Answer> {
    let token = format!("Bearer {}", tenant.admin_key);
    let request = Request::builder()
        .method(method.clone())
        .uri(path)
        .header(header::AUTHORIZATION, token)
        .header(header::CONTENT_TYPE, "application/json");
    tenant.api.send(request.body(Body::from(body))?).await
}

/// Field and rule of the one breach that `body` is refused for.
async fn refused(
    tenant: &Tenant,
    method: &Method,
    path: &str,
    body: String,
) -> Result<(String, String)> {
    let answer = send(tenant, method, path, body.clone()).await?;
    ensure!(
        answer.status == StatusCode::BAD_REQUEST,
        "{method} {path} {body}: {answer:?}"
    );
    let problem = answer.json()?;
    let text = |name: &str| problem["errors"][0][name].as_str().map(str::to_owned);
    text("field").zip(text("rule")).context("a refusal")
}

async fn posted(tenant: &Tenant, path: &str, body: Value) -> Result<(String, String)> {
    refused(tenant, &Method::POST, path, body.to_string()).await
}

#[tokio::test]
async fn no_route_takes_anything_but_an_object() -> Result<()> {
    let tenant = Tenant::open().await?;
    for Shown {
        method,
        filled,
        body,
        ..
    } in bodies()?
    {
        let values = body.as_object().context("an object")?.values();
        let listed: Vec<&Value> = values.collect();
        for other in [
            json!([null, null]),
            json!(listed),
            json!([]),
            json!(null),
            json!(7),
            json!("{}"),
        ] {
            let (field, rule) = refused(&tenant, &method, &filled, other.to_string()).await?;
            assert_eq!(
                (field.as_str(), rule.as_str()),
                ("body", "must be an object"),
                "{method} {filled} {other}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn no_structure_is_read_from_a_list() -> Result<()> {
    /// Paths of the objects inside `value`, each with `value` as it is when that object is the list
    /// of its values.
    fn as_lists(whole: &Value, pointer: &str, name: &str, found: &mut Vec<(String, Value)>) {
        let Some(part) = whole.pointer(pointer) else {
            return;
        };
        let inner: Vec<(String, String)> = match part {
            Value::Object(members) => members
                .keys()
                .filter(|key| !FREE.contains(&key.as_str()))
                .map(|key| (format!("/{key}"), format!(".{key}")))
                .collect(),
            Value::Array(items) => (0..items.len())
                .map(|index| (format!("/{index}"), format!("[{index}]")))
                .collect(),
            _ => return,
        };
        if let (Value::Object(members), false) = (part, name.is_empty()) {
            let mut changed = whole.clone();
            if let Some(place) = changed.pointer_mut(pointer) {
                *place = members.values().cloned().collect();
            }
            found.push((name.trim_start_matches('.').to_owned(), changed));
        }
        for (step, shown) in inner {
            as_lists(
                whole,
                &format!("{pointer}{step}"),
                &format!("{name}{shown}"),
                found,
            );
        }
    }
    let tenant = Tenant::open().await?;
    let mut tried = 0;
    for Shown {
        method,
        path,
        filled,
        body,
    } in bodies()?
    {
        if path == "/v1/events/batch" {
            continue;
        }
        let mut changed = Vec::new();
        as_lists(&body, "", "", &mut changed);
        for (name, changed) in changed {
            let (field, rule) = refused(&tenant, &method, &filled, changed.to_string()).await?;
            assert_eq!(field, name, "{method} {path}: {rule}");
            assert!(rule.contains("an object"), "{name}: {rule}");
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
    Ok(())
}

#[tokio::test]
async fn an_empty_or_broken_body_is_named_as_such() -> Result<()> {
    let tenant = Tenant::open().await?;
    for Shown { method, filled, .. } in bodies()? {
        let (field, rule) = refused(&tenant, &method, &filled, " ".to_owned()).await?;
        assert_eq!(
            (field.as_str(), rule.as_str()),
            ("body", "must be a JSON object, such as {}")
        );
        for (text, column) in [("{\"name\": }", 10), ("{\"name\": 1", 10), ("{} {}", 4)] {
            let (field, rule) = refused(&tenant, &method, &filled, text.to_owned()).await?;
            assert_eq!(field, "body");
            let place = format!("line 1, column {column} breaks that");
            assert!(rule.ends_with(&place), "{text}: {rule}");
        }
    }
    let deep = "[".repeat(100_000);
    let (field, rule) = refused(&tenant, &Method::POST, "/v1/segments", deep).await?;
    assert_eq!(field, "body");
    assert!(rule.contains("nested at most 127 levels deep"), "{rule}");
    Ok(())
}

#[tokio::test]
async fn a_surplus_field_is_named_on_every_route() -> Result<()> {
    let tenant = Tenant::open().await?;
    for Shown {
        method,
        path,
        filled,
        mut body,
    } in bodies()?
    {
        body["surplus"] = json!(1);
        let (field, rule) = refused(&tenant, &method, &filled, body.to_string()).await?;
        assert_eq!(field, "surplus", "{path}");
        assert!(rule.starts_with("must not be there; known are "), "{rule}");
    }
    Ok(())
}

#[tokio::test]
async fn a_field_that_is_given_twice_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (path, body, name) in [
        ("/v1/segments", r#"{"name": "a", "name": "b"}"#, "name"),
        (
            "/v1/segments",
            r#"{"name": "a", "condition": {"score": {"at_least": 1, "at_least": 2}}}"#,
            "condition.score.at_least",
        ),
        (
            "/v1/identify",
            r#"{"user_id": "u", "traits": {"country": "CH", "country": "DE"}}"#,
            "traits.country",
        ),
        (
            "/v1/events/batch",
            r#"{"events": [], "events": []}"#,
            "events",
        ),
    ] {
        let refusal = refused(&tenant, &Method::POST, path, body.to_owned()).await?;
        assert_eq!(refusal, (name.to_owned(), "must be given once".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn a_missing_field_is_named_at_every_depth() -> Result<()> {
    let tenant = Tenant::open().await?;
    let group = json!([{ "name": "a" }]);
    for (path, body, name) in [
        ("/v1/segments", json!({}), "name"),
        ("/v1/events/batch", json!({}), "events"),
        (
            "/v1/segments",
            json!({ "name": "a", "condition": { "score": {} } }),
            "condition.score.at_least",
        ),
        (
            "/v1/segments",
            json!({ "name": "a", "condition": { "all": [{ "event": {} }] } }),
            "condition.all[0].event.when",
        ),
        (
            "/v1/scoring/models",
            json!({ "groups": group, "rules": [{ "id": "r", "group": "a", "points": 1,
                "when": { "event": "e" }, "count": {} }] }),
            "rules[0].count.up_to",
        ),
        (
            "/v1/offers",
            json!({ "code": "A", "segments": ["a"], "urgency": { "kind": "early_bird",
                "until": "2030-01-01T00:00:00Z" }, "reduction": { "kind": "factor",
                "factor": "0.5" } }),
            "urgency.first_n",
        ),
        (
            "/v1/offers",
            json!({ "code": "A", "segments": ["a"], "urgency": { "kind": "capacity_limited",
                "stock": 1 }, "reduction": { "kind": "amount_off", "amount": "1" } }),
            "reduction.mint",
        ),
    ] {
        let refusal = posted(&tenant, path, body).await?;
        assert_eq!(refusal, (name.to_owned(), "must be there".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn a_condition_of_the_wrong_form_is_shown_the_right_one() -> Result<()> {
    let tenant = Tenant::open().await?;
    let rule = "must be an object with exactly one of all, any, not, event, active, trait, score, subscription";
    for (condition, field) in [
        (json!(null), "condition"),
        (json!([]), "condition"),
        (json!({}), "condition"),
        (json!("all"), "condition"),
        (
            json!({ "score": { "at_least": 1 }, "not": {} }),
            "condition",
        ),
        (json!({ "scores": { "at_least": 1 } }), "condition"),
        (json!({ "not": [] }), "condition.not"),
        (
            json!({ "all": [{ "score": { "at_least": 1 } }, 7] }),
            "condition.all[1]",
        ),
    ] {
        let body = json!({ "name": "a", "condition": condition });
        let refusal = posted(&tenant, "/v1/segments", body).await?;
        assert_eq!(refusal, (field.to_owned(), rule.to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn values_of_the_wrong_type_are_shown_the_right_one() -> Result<()> {
    let tenant = Tenant::open().await?;
    let score = |at_least: Value| json!({ "name": "a", "condition": { "score": { "at_least": at_least } } });
    let funnel = |field: &str, value: Value| {
        let mut definition = json!({ "mode": "ordered", "window_secs": 60, "steps": [
            { "name": "a", "any_of": [{ "event": "a" }] },
            { "name": "b", "any_of": [{ "event": "b" }] },
        ] });
        definition[field] = value;
        json!({ "name": "f", "definition": definition })
    };
    let charge = |charge: Value| {
        json!({ "currency": { "mint": tenant.org(), "decimals": 6 },
            "segments": { "trader": { "unit": "seat", "base": "1", "charge": charge } },
            "stacking": { "order": [], "mode": "multiply", "floor_factor": "0.5" } })
    };
    let whole = "must be a whole number from -2147483648 to 2147483647";
    for (path, body, field, rule) in [
        (
            "/v1/segments",
            score(json!("1")),
            "condition.score.at_least",
            whole,
        ),
        (
            "/v1/segments",
            score(json!(1.5)),
            "condition.score.at_least",
            whole,
        ),
        (
            "/v1/segments",
            score(json!(3_000_000_000_u64)),
            "condition.score.at_least",
            whole,
        ),
        ("/v1/segments", json!({ "name": 7 }), "name", "must be text"),
        (
            "/v1/funnels",
            funnel("steps", json!({})),
            "definition.steps",
            "must be a list",
        ),
        (
            "/v1/funnels",
            funnel("mode", json!("loose")),
            "definition.mode",
            "must be one of ordered, strict, unordered",
        ),
        (
            "/v1/funnels",
            funnel("mode", json!(["ordered"])),
            "definition.mode",
            "must be one of ordered, strict, unordered",
        ),
        (
            "/v1/funnels",
            funnel(
                "exclusions",
                json!([{ "filter": { "event": "c" }, "from_step": 2, "to_step": 2 }]),
            ),
            "definition.exclusions[0].from_step",
            "must be 1",
        ),
        (
            "/v1/funnels",
            json!({ "name": "f", "definition": [] }),
            "definition",
            "must be an object",
        ),
        (
            "/v1/event-registries",
            json!({ "strict": 1, "events": {} }),
            "strict",
            "must be true or false",
        ),
        (
            "/v1/price-books",
            charge(json!({ "model": "free" })),
            "segments.trader.charge.model",
            "must be one of flat, graduated, volume, package, percentage",
        ),
        (
            "/v1/price-books",
            charge(json!({ "model": "flat", "amount": 1 })),
            "segments.trader.charge.amount",
            "must be text",
        ),
        (
            "/v1/price-books",
            charge(json!({ "model": "flat", "amount": "1", "rate": "1" })),
            "segments.trader.charge.rate",
            "must not be there; known are model, amount",
        ),
        (
            "/v1/price-books",
            charge(json!({ "model": "volume", "tiers": [{ "unit_price": "x" }] })),
            "segments.trader.charge.tiers[0].unit_price",
            "must be a decimal number in a text, of at most 28 digits, as in \"0.85\"",
        ),
        (
            "/v1/pricing/estimate",
            json!({ "segment": "trader", "quantity": 1, "period": { "months": 0 } }),
            "period.months",
            "must not be 0",
        ),
        (
            "/v1/query/lifetime-value",
            json!({ "penalizer": "0" }),
            "penalizer",
            "must be a number",
        ),
        (
            "/v1/query/survival",
            json!({ "from": "yesterday" }),
            "from",
            "must be a moment as in 2026-01-31T12:00:00Z",
        ),
        (
            "/v1/deals",
            json!({ "person": "ada" }),
            "person",
            "must be a UUID",
        ),
    ] {
        let refusal = posted(&tenant, path, body).await?;
        assert_eq!(refusal, (field.to_owned(), rule.to_owned()), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_rule_says_what_is_allowed() -> Result<()> {
    let tenant = Tenant::open().await?;
    let identify = json!({ "user_id": "u", "traits": { "foo": 1 } });
    let (field, rule) = posted(&tenant, "/v1/identify", identify).await?;
    assert_eq!(field, "traits.foo");
    assert!(
        rule.starts_with("must not be there; known are ad_consent, channel, "),
        "{rule}"
    );
    let nobody = json!({ "message_id": "m", "event": "page_viewed" });
    let (field, rule) = posted(&tenant, "/v1/events", nobody).await?;
    assert_eq!(
        (field.as_str(), rule.as_str()),
        ("anonymous_id", "must be there, unless user_id is")
    );
    let old = json!({ "message_id": "m", "event": "page_viewed", "anonymous_id": "v",
        "timestamp": "2020-01-01T00:00:00Z" });
    let (field, rule) = posted(&tenant, "/v1/events", old).await?;
    assert_eq!(
        (field.as_str(), rule.as_str()),
        ("timestamp", "must be at most 90 days old")
    );
    let (field, rule) = posted(&tenant, "/v1/identify", json!({})).await?;
    assert_eq!(field, "anonymous_id", "{rule}");
    Ok(())
}

#[tokio::test]
async fn a_blank_name_and_a_number_below_its_minimum_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let estimate = json!({ "segment": "individual", "quantity": 1, "version": 0 });
    for (path, body, field, rule) in [
        (
            "/v1/api-keys",
            json!({ "name": "  ", "kind": "read" }),
            "name",
            "must not be blank",
        ),
        (
            "/v1/pricing/estimate",
            estimate,
            "version",
            "must be a whole number from 1 to 2147483647",
        ),
    ] {
        let refusal = refused(&tenant, &Method::POST, path, body.to_string()).await?;
        assert_eq!(refusal, (field.to_owned(), rule.to_owned()), "{path}");
    }
    Ok(())
}
