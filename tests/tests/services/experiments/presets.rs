//! Kinds of test, to start from.

use crate::support::tenant::Tenant;
use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn each_example_can_be_created_as_it_is() -> Result<()> {
    let tenant = Tenant::open().await?;
    let answer = tenant.json("/v1/experiment-presets").await?;
    let presets = answer.as_array().context("presets")?;
    assert_eq!(presets.len(), 6);
    for preset in presets {
        let example = &preset["example"];
        let created = tenant.post("/v1/experiments", example).await?;
        assert_eq!(created.status, StatusCode::CREATED, "{created:?}");
        assert_eq!(created.json()?["design"], example["design"]);
        assert_eq!(example["design"]["preset"], preset["preset"]);
    }
    let with_quotes = presets.iter().filter(|it| it["with_quotes"] == json!(true));
    assert_eq!(with_quotes.count(), 3);
    Ok(())
}
