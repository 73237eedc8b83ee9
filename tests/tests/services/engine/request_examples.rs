//! Whoever sends what the document shows is understood.

use crate::support::{
    shown::{self, Shown},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::StatusCode;

/// Fields that are refused all the same: a moment has passed, and this organisation has not
/// what is named.
const OF_ELSEWHERE: [(&str, &str); 13] = [
    ("/v1/auth/siws/verify", "message"),
    ("/v1/deals", "person"),
    ("/v1/events", "timestamp"),
    ("/v1/experiments/{key}/power", "design.metrics[0].metric"),
    ("/v1/experiments/{key}/start", "design.metrics[0].metric"),
    ("/v1/holdout", "metrics[0].metric"),
    ("/v1/identify", "timestamp"),
    ("/v1/offers", "urgency.until"),
    ("/v1/pricing/estimate", "offer"),
    ("/v1/quotes", "plan"),
    ("/v1/sales-accounts/{domain}", "owner"),
    ("/v1/sales-team/members/{wallet}", "manager"),
    ("/v1/tasks", "person"),
];

#[tokio::test]
async fn every_body_that_is_shown_is_understood() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut wrong = Vec::new();
    let shown = shown::bodies()?;
    for Shown {
        method,
        path,
        filled,
        body,
    } in &shown
    {
        let answer = tenant.call(method.clone(), filled, Some(body)).await?;
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
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
