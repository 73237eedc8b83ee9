//! Templates: what may be put in force, and what is said to whom.

use crate::support::{
    mail::{marketing, person, publish, template},
    segments::{define_and_build, keen},
    tenant::{Tenant, call},
};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const PATH: &str = "/v1/templates";

#[tokio::test]
async fn a_template_that_breaks_a_rule_is_refused_by_field_rule_and_line() -> Result<()> {
    let tenant = Tenant::open().await?;
    let texts = |text: &str| json!({ "locales": { "en": { "subject": "s", "text": text } } });
    let segment = json!({ "blocks": { "offer": [
        { "when": [{ "in_segment": "nobody" }], "text": "a" }, { "text": "b" }] } });
    for (more, field, part) in [
        (
            texts("a\nb {{ person.first_nam }}"),
            "locales.en.text",
            "line 2",
        ),
        (
            texts("{{ person.last_name }}"),
            "locales.en.text",
            "fallback last_name",
        ),
        (texts("a\n\n{% if %}"), "locales.en.text", "line 3"),
        (texts("{{ content.offer }}"), "locales.en.text", "blocks"),
        (texts("{% include 'other' %}"), "locales.en.text", "line 1"),
        (segment, "blocks", "segments"),
        (json!({ "topic": "News!" }), "topic", "a letter first"),
        (json!({ "priority": 10 }), "priority", "0 to 9"),
        (
            json!({ "default_locale": "de" }),
            "default_locale",
            "locales",
        ),
        (json!({ "channel": "sms" }), "channel", "mail"),
        (json!({ "name": "Welcome" }), "name", "a letter first"),
    ] {
        let refused = tenant.post(PATH, &template("welcome", more)).await?;
        let problem = refused.refusal(PATH, StatusCode::BAD_REQUEST)?;
        let error = &problem["errors"][0];
        assert_eq!(error["field"], field, "{problem}");
        assert!(
            error["rule"]
                .as_str()
                .is_some_and(|rule| rule.contains(part)),
            "{problem}"
        );
    }
    let mut silent = marketing("news");
    silent["locales"]["en"]["text"] = json!("News");
    let refused = tenant.post(PATH, &silent).await?;
    let problem = refused.refusal(PATH, StatusCode::BAD_REQUEST)?;
    assert_eq!(
        problem["errors"][0]["field"], "locales.en.text",
        "{problem}"
    );
    Ok(())
}

#[tokio::test]
async fn versions_never_change_and_one_is_in_force() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, &template("welcome", json!({}))).await?;
    publish(&tenant, &template("welcome", json!({ "priority": 3 }))).await?;
    let other = template("zebra", json!({}));
    tenant.posted(PATH, &other).await?;
    let listed = tenant.json(PATH).await?;
    let shown: Vec<_> = listed["data"].as_array().into_iter().flatten().collect();
    let version = |row: &Value| {
        (
            row["name"].clone(),
            row["version"].clone(),
            row["status"].clone(),
        )
    };
    assert_eq!(
        version(shown[0]),
        (json!("welcome"), json!(2), json!("published"))
    );
    assert_eq!(
        version(shown[1]),
        (json!("zebra"), json!(1), json!("draft"))
    );
    let first = tenant.json("/v1/templates/welcome?version=1").await?;
    assert_eq!(first["status"], "retired");
    let again = tenant
        .call(Method::POST, "/v1/templates/welcome/1/publish", None)
        .await?;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    assert_eq!(tenant.json("/v1/templates/welcome").await?["version"], 1);
    let path = "/v1/templates/welcome/9/publish";
    let absent = tenant.call(Method::POST, path, None).await?;
    absent.refusal(path, StatusCode::NOT_FOUND)?;
    assert_eq!(
        tenant.json("/v1/templates/welcome").await?["status"],
        "published"
    );
    Ok(())
}

#[tokio::test]
async fn a_preview_is_filled_in_for_anybody_in_their_language() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_and_build(&tenant, "keen", &keen()).await?;
    let greeting = json!({
        "locales": {
            "en": { "subject": "Hi", "text": "Dear {{ person.first_name }} of {{ organisation.name }}: {{ content.offer }}" },
            "pt": { "subject": "Oi", "text": "Caro {{ person.first_name }}, plano {{ event.plan }}" }
        },
        "fallbacks": { "first_name": "friend", "event.plan": "-" },
        "blocks": { "offer": [
            { "when": [{ "trait": { "property": "country", "is": "equal", "value": "CH" } },
                       { "not_in_segment": "keen" }], "text": "CHF" },
            { "text": "USD" }
        ] }
    });
    publish(&tenant, &template("welcome", greeting)).await?;
    let ada = json!({ "first_name": "{{ 7 * 7 }}", "country": "CH", "locale": "fr-CH" });
    let ada = person(&tenant, "ada@example.com", ada).await?;
    let path = "/v1/templates/welcome/preview";
    let shown = tenant.posted(path, &json!({ "person": ada })).await?;
    assert_eq!(shown["locale"], "en");
    let text = shown["parts"]["text"].as_str().unwrap_or_default();
    // What people state of themselves is no template.
    assert_eq!(text, "Dear {{ 7 * 7 }} of Organisation 1: CHF");
    let traits = json!({ "traits": { "locale": "pt-BR" }, "event": { "plan": "pro" } });
    let shown = tenant.posted(path, &traits).await?;
    assert_eq!(shown["parts"]["text"], "Caro friend, plano pro");
    for nobody in [json!({}), json!({ "person": ada, "traits": {} })] {
        let refused = tenant.post(path, &nobody).await?;
        refused.refusal(path, StatusCode::BAD_REQUEST)?;
    }
    let reader = tenant.key("read").await?;
    let body = json!({ "person": ada });
    let refused = call(&tenant.api, Method::POST, path, &reader, Some(&body)).await?;
    refused.refusal(path, StatusCode::FORBIDDEN)?;
    Ok(())
}
