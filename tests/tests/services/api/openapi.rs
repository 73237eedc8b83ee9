//! The committed document is the program's, and it describes every answer.

use crate::support::client::Api;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::HashSet;

#[test]
fn the_committed_document_is_fresh() -> Result<()> {
    let committed = include_str!("../../../../docs/openapi.json");
    assert!(
        committed == tessera_api::openapi_json()?,
        "docs/openapi.json is stale; `cargo run -p tessera-cli -- openapi > docs/openapi.json` \
         renews it"
    );
    Ok(())
}

#[tokio::test]
async fn the_document_is_served() -> Result<()> {
    let served = Api::start().await?.json("/openapi.json").await?;
    let printed: Value = serde_json::from_str(&tessera_api::openapi_json()?)?;
    assert_eq!(served, printed);
    Ok(())
}

#[test]
fn every_operation_is_described() -> Result<()> {
    let document: Value = serde_json::from_str(&tessera_api::openapi_json()?)?;
    let paths = document["paths"].as_object().context("paths")?;
    let mut ids = HashSet::new();
    for (path, operation) in operations(paths) {
        assert!(operation["summary"].is_string(), "{path}");
        assert!(ids.insert(operation["operationId"].to_string()), "{path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{path}: {parameter}");
            assert_eq!(
                parameter["required"],
                parameter["in"] == "path",
                "{path}: {parameter}"
            );
            let schema = document.pointer(
                parameter["schema"]["$ref"]
                    .as_str()
                    .unwrap_or_default()
                    .trim_start_matches('#'),
            );
            let examples = [
                parameter,
                &parameter["schema"],
                schema.unwrap_or(&Value::Null),
            ]
            .map(|schema| !schema["example"].is_null() || !schema["examples"].is_null());
            assert!(examples.contains(&true), "{path}: {parameter}");
        }
        if path.starts_with("/v1/") {
            for status in ["400", "500", "503", "504"] {
                let content = &operation["responses"][status]["content"];
                let schema = &content["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{path} {status}");
            }
        }
        if !operation["security"].is_null() {
            for status in ["401", "403", "429"] {
                assert!(
                    operation["responses"][status].is_object(),
                    "{path} {status}"
                );
            }
        }
    }
    assert!(ids.len() > 80);
    Ok(())
}

/// Every operation with its path.
fn operations(paths: &serde_json::Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    paths.iter().flat_map(|(path, item)| {
        let methods = ["get", "post", "put", "patch", "delete"];
        methods
            .into_iter()
            .map(|method| &item[method])
            .filter(|operation| operation.is_object())
            .map(move |operation| (path, operation))
    })
}

/// Bodies are shown by example: each leaf of each schema has one, itself or where it is used.
#[test]
fn every_field_has_an_example() -> Result<()> {
    let document: Value = serde_json::from_str(&tessera_api::openapi_json()?)?;
    let schemas = document["components"]["schemas"]
        .as_object()
        .context("schemas")?;
    let mut without = Vec::new();
    for (name, schema) in schemas {
        if !schema["example"].is_null() {
            continue;
        }
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let text = property.to_string();
            let shown = [
                "\"example\"",
                "\"examples\"",
                "\"$ref\"",
                "\"enum\"",
                "\"boolean\"",
            ];
            if !shown.iter().any(|mark| text.contains(mark)) {
                without.push(format!("{name}.{field}"));
            }
        }
    }
    assert!(without.is_empty(), "no example: {}", without.join(", "));
    Ok(())
}

#[test]
fn every_reference_leads_somewhere() -> Result<()> {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if let Some(target) = members.get("$ref").and_then(Value::as_str) {
                    found.push(target.to_owned());
                }
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document: Value = serde_json::from_str(&tessera_api::openapi_json()?)?;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for target in found {
        let pointer = target.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
    Ok(())
}
