//! Whoever sends what the document shows is understood.

use crate::support::tenant::Tenant;
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Map, Value};

/// Fields that are refused all the same: a moment has passed, and this organisation has not
/// what is named.
const OF_ELSEWHERE: [(&str, &str); 6] = [
    ("/v1/auth/siws/verify", "message"),
    ("/v1/deals", "person"),
    ("/v1/events", "timestamp"),
    ("/v1/offers", "urgency.until"),
    ("/v1/pricing/estimate", "offer"),
    ("/v1/quotes", "plan"),
];

/// The value that a schema shows: its own example, or one made of its parts'.
fn example(document: &Value, schema: &Value) -> Option<Value> {
    if let Some(shown) = schema.get("example") {
        return Some(shown.clone());
    }
    if let Some(shown) = schema["examples"].get(0).or(schema["enum"].get(0)) {
        return Some(shown.clone());
    }
    if let Some(target) = schema["$ref"].as_str() {
        return example(document, document.pointer(target.trim_start_matches('#'))?);
    }
    if let Some(kinds) = schema["oneOf"].as_array() {
        return kinds.iter().find_map(|kind| example(document, kind));
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().filter_map(|part| example(document, part));
        let members = parts.filter_map(|part| part.as_object().cloned()).flatten();
        return Some(Value::Object(members.collect()));
    }
    if let Some(properties) = schema["properties"].as_object() {
        let members = properties
            .iter()
            .filter_map(|(name, schema)| Some((name.clone(), example(document, schema)?)));
        return Some(Value::Object(members.collect::<Map<_, _>>()));
    }
    let kind = &schema["type"];
    let is = |name: &str| kind == name || kind.get(0).is_some_and(|first| first == name);
    if is("array") {
        return Some(Value::Array(vec![example(document, &schema["items"])?]));
    }
    is("boolean").then_some(Value::Bool(true))
}

/// The path with its parameters as the document shows them.
fn filled(document: &Value, path: &str, operation: &Value) -> Result<String> {
    let mut filled = path.to_owned();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    for parameter in parameters.filter(|parameter| parameter["in"] == "path") {
        let shown = example(document, parameter)
            .or_else(|| example(document, &parameter["schema"]))
            .with_context(|| format!("{path}: {parameter}"))?;
        let shown = shown
            .as_str()
            .map_or_else(|| shown.to_string(), str::to_owned);
        let name = parameter["name"].as_str().context("a name")?;
        filled = filled.replace(&format!("{{{name}}}"), &shown);
    }
    Ok(filled)
}

#[tokio::test]
async fn every_body_that_is_shown_is_understood() -> Result<()> {
    let tenant = Tenant::open().await?;
    let document: Value = serde_json::from_str(&tessera_api::openapi_json()?)?;
    let mut wrong = Vec::new();
    let mut sent = 0;
    for (path, item) in document["paths"].as_object().context("paths")? {
        for method in [Method::POST, Method::PUT, Method::PATCH] {
            let operation = &item[method.as_str().to_lowercase()];
            let content = &operation["requestBody"]["content"]["application/json"];
            if content.is_null() {
                continue;
            }
            let body = example(&document, content)
                .or_else(|| example(&document, &content["schema"]))
                .with_context(|| format!("{method} {path} shows no body"))?;
            let filled = filled(&document, path, operation)?;
            let answer = tenant.call(method.clone(), &filled, Some(&body)).await?;
            ensure!(!answer.status.is_server_error(), "{path}: {answer:?}");
            let misunderstood = match answer.status {
                StatusCode::BAD_REQUEST => answer.json()?["errors"]
                    .as_array()
                    .context("errors")?
                    .iter()
                    .filter_map(|error| error["field"].as_str())
                    .any(|field| !OF_ELSEWHERE.contains(&(path.as_str(), field))),
                StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::METHOD_NOT_ALLOWED => true,
                _ => false,
            };
            if misunderstood {
                wrong.push(format!("{method} {path} {body}: {}", answer.text));
            }
            sent += 1;
        }
    }
    assert!(sent > 25, "{sent}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
