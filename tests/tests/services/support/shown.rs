//! The bodies that the document shows.

use anyhow::{Context, Result, ensure};
use axum::http::Method;
use serde_json::{Map, Value};

/// A request with the body that the document shows for it.
pub(crate) struct Shown {
    pub(crate) method: Method,
    /// The path as the document writes it.
    pub(crate) path: String,
    /// The path with the parameters that are shown.
    pub(crate) filled: String,
    pub(crate) body: Value,
}

/// Of every route that takes a body.
pub(crate) fn bodies() -> Result<Vec<Shown>> {
    let document: Value = serde_json::from_str(&tessera_api::openapi_json()?)?;
    let mut shown = Vec::new();
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
            shown.push(Shown {
                method,
                path: path.clone(),
                filled: filled(&document, path, operation)?,
                body,
            });
        }
    }
    ensure!(shown.len() > 25, "{}", shown.len());
    Ok(shown)
}

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
