//! Files that come packed.

use super::{NDJSON, counts, event, lines, stored};
use crate::{
    engine::capture::{gzip, send},
    support::{client::Answer, tenant::Tenant},
};
use anyhow::Result;
use axum::http::StatusCode;
use serde_json::{Value, json};

async fn packed(tenant: &Tenant, coding: &str, body: Vec<u8>) -> Result<Answer> {
    let headers = [("content-type", NDJSON), ("content-encoding", coding)];
    send(tenant, "/v1/imports", &headers, body).await
}

fn member(numbers: std::ops::RangeInclusive<i64>) -> Result<Vec<u8>> {
    gzip(lines(numbers.map(|it| event(it, it, "page_viewed"))).as_bytes())
}

#[tokio::test]
async fn what_is_behind_the_last_member_of_a_packed_file_is_a_fault() -> Result<()> {
    let tenant = Tenant::open().await?;
    let whole = member(1..=5)?;
    let cut = |bytes: &[u8], by: usize| bytes[..bytes.len() - by].to_vec();
    for body in [
        [&whole[..], b"junk"].concat(),
        [&whole[..], b"{}\n"].concat(),
        [whole.clone(), cut(&whole, 9)].concat(),
        [&whole[..], &whole[..5]].concat(),
        cut(&whole, 1),
        b"no gzip".to_vec(),
    ] {
        let answer = packed(&tenant, "gzip", body).await?;
        answer.refusal("/v1/imports", StatusCode::BAD_REQUEST)?;
    }
    let imports = tenant.json("/v1/imports").await?;
    let finished = |it: &Value| it["finished_at"].is_string();
    assert!(
        !imports["data"]
            .as_array()
            .is_some_and(|all| all.iter().any(finished)),
        "{imports}"
    );
    Ok(())
}

#[tokio::test]
async fn every_member_of_a_packed_file_counts() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body = [
        gzip(b"")?,
        member(1..=1_200)?,
        gzip(b"")?,
        member(1_201..=1_300)?,
    ]
    .concat();
    let import = packed(&tenant, "gzip", body).await?.json()?;
    assert_eq!(
        counts(&import),
        [&json!(1_300), &json!(1_300), &json!(0), &json!(0)]
    );
    assert_eq!(stored(&tenant).await?, 1_300);
    // Of a body that is read whole, too.
    let item =
        json!({ "message_id": "m", "event": "page_viewed", "anonymous_id": "v" }).to_string();
    let (begin, end) = item.split_at(20);
    let body = [gzip(begin.as_bytes())?, gzip(end.as_bytes())?].concat();
    let answer = send(&tenant, "/v1/events", &[("content-encoding", "gzip")], body).await?;
    assert!(answer.status.is_success(), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn a_coding_is_known_by_any_of_its_names() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (coding, status) in [
        ("GZIP", StatusCode::OK),
        ("x-gzip", StatusCode::OK),
        ("X-GZip, identity", StatusCode::OK),
        ("br", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("gzip, gzip", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let answer = packed(&tenant, coding, member(1..=3)?).await?;
        assert_eq!(answer.status, status, "{coding}: {answer:?}");
    }
    let plain = lines([event(4, 1, "page_viewed")]).into_bytes();
    assert_eq!(
        packed(&tenant, "Identity", plain).await?.json()?["accepted"],
        1
    );
    Ok(())
}
