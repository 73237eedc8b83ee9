//! What happens at the same moment: nothing waits in a circle, nobody is mixed up, and what is not
//! known yet is not stated.

use crate::support::{
    client::{Answer, do_work, master_key},
    history::follow,
    rows,
    tenant::{Tenant, call, sign_in},
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use futures::future::try_join_all;
use serde_json::{Value, json};
use solana_keypair::Keypair;
use std::{sync::Arc, time::Duration};
use tessera_domain::{
    capture::message_key,
    people::{Identifier, IdentifierKind, Proof},
    projection::Measured,
};
use tessera_engine::{
    RulesCache,
    capture::{EventBatch, Item, ingest},
};
use tessera_store::{
    Transaction,
    capture::event::{EventCounts, EventSource},
    mirror::cursor::{self, Moment},
    people::person::IdentifierKey,
    projection, rules, tenant,
};
use tessera_tests::eventually;
use uuid::Uuid;

/// Waits until a lock is waited for.
pub(crate) async fn a_lock_is_waited_for(tenant: &Tenant) -> Result<()> {
    eventually(Duration::from_secs(10), async || {
        let waiting: bool = sqlx::query_scalar(
            "select exists (select from pg_locks join pg_database on oid = database
                            where not granted and datname = current_database())
                 or exists (select from pg_stat_activity
                            where datname = current_database() and wait_event_type = 'Lock')",
        )
        .fetch_one(&tenant.api.mirror)
        .await?;
        Ok(waiting
            .then_some(())
            .ok_or_else(|| "no lock is waited for".to_owned()))
    })
    .await
}

/// Takes in, without an end, that a browser is a user's.
async fn says(tenant: &Tenant, browser: &str, user: &str) -> Result<Transaction> {
    let id = tenant.organisation().await?;
    let digests = master_key().digest_key(id.0);
    let identifiers = [
        (IdentifierKind::Anonymous, browser),
        (IdentifierKind::User, user),
    ]
    .into_iter()
    .map(|(kind, text)| Ok(IdentifierKey::of(&Identifier::parse(kind, text)?, &digests)))
    .collect::<Result<_>>()?;
    let now = std::time::SystemTime::now().into();
    let item = Item {
        identifiers,
        message_key: message_key(user),
        body_hash: message_key(user),
        name: "page_viewed".to_owned(),
        at: now,
        properties: serde_json::Map::default(),
    };
    let mut transaction = tenant::begin(&tenant.api.mirror, id).await?;
    let rules = RulesCache::default().current(&mut transaction, id).await?;
    let batch = EventBatch {
        organisation: id,
        source: EventSource::Client,
        received_at: now,
        proof: Proof::Claimed,
        items: &[item],
        withheld: &EventCounts::new(),
    };
    ingest(&mut transaction, &rules, batch, Uuid::now_v7).await?;
    Ok(transaction)
}

async fn person(tenant: &Tenant, body: &Value) -> Result<String> {
    let person = tenant.posted("/v1/identify", body).await?["person"].clone();
    Ok(person.as_str().context("a person")?.to_owned())
}

#[tokio::test]
async fn two_users_who_sign_in_at_once_in_one_browser_stay_two() -> Result<()> {
    for known in [false, true] {
        let tenant = Arc::new(Tenant::open().await?);
        tenant
            .capture(&[("m1", "page_viewed", "shared", json!({}))])
            .await?;
        if known {
            person(&tenant, &json!({ "user_id": "u2" })).await?;
        }
        let first = says(&tenant, "shared", "u1").await?;
        let second = {
            let tenant = tenant.clone();
            tokio::spawn(async move {
                let body = json!({ "anonymous_id": "shared", "user_id": "u2" });
                person(&tenant, &body).await
            })
        };
        a_lock_is_waited_for(&tenant).await?;
        first.commit().await?;
        let second = second.await??;
        let first = person(&tenant, &json!({ "user_id": "u1" })).await?;
        assert_ne!(first, second, "u2 known before: {known}");
    }
    Ok(())
}

#[tokio::test]
async fn a_visitor_who_objects_does_not_stop_another_batch() -> Result<()> {
    let tenant = Arc::new(Tenant::open().await?);
    tenant
        .capture(&[("m1", "page_viewed", "visitor", json!({}))])
        .await?;
    let id = tenant.organisation().await?;
    // Another batch about the visitor, which has come as far as the counts.
    let mut other = tenant::begin(&tenant.api.mirror, id).await?;
    sqlx::query("select from engine.person for no key update")
        .execute(&mut *other)
        .await?;
    let batch = {
        let tenant = tenant.clone();
        tokio::spawn(async move {
            let events = json!({ "events": [
                { "message_id": "m2", "event": "page_viewed", "anonymous_id": "quiet", "context": { "consent": false } },
                { "message_id": "m3", "event": "page_viewed", "anonymous_id": "visitor" },
            ] });
            tenant.posted("/v1/events/batch", &events).await
        })
    };
    a_lock_is_waited_for(&tenant).await?;
    let (projection, day): (i32, i32) = sqlx::query_as(
        "select projection, max(day) from engine.projection_sum
         where label = 'page_viewed' and measure = 0 group by projection",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    for shard in 0..projection::SHARDS {
        let measured = Measured {
            day,
            through_day: None,
            label: "page_viewed".to_owned(),
            measure: 0,
        };
        let sums = [((projection, measured), 1)].into();
        projection::add(&mut other, id, shard, &sums).await?;
    }
    other.commit().await?;
    assert_eq!(batch.await??["accepted"], 1);
    let counted: i64 = sqlx::query_scalar(
        "select sum(amount)::bigint from engine.projection_sum where label = 'page_viewed'",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert_eq!(counted, 3 + i64::from(projection::SHARDS));
    Ok(())
}

const LATE: Moment = Moment {
    slot: 10,
    at: 1_000_000,
};

/// A subscription of the organisation's plan whose grace has ended by `1_000_000`.
async fn missed_payment(tenant: &Tenant) -> Result<()> {
    let number = tenant.number;
    let mut conn = tenant.api.mirror.acquire().await?;
    let row = rows::subscription(number, number, number);
    rows::upsert(&mut conn, &[row]).await?;
    follow(&mut conn).await
}

/// Notes that everything stays up to the second `1_000_000`.
async fn settle(tenant: &Tenant) -> Result<()> {
    let mut conn = tenant.api.mirror.acquire().await?;
    Ok(cursor::settle(&mut conn, LATE).await?)
}

async fn past_due(tenant: &Tenant) -> Result<i64> {
    let id = tenant.organisation().await?;
    Ok(sqlx::query_scalar(
        "select count(*) from engine.event where name = 'past_due' and organisation = $1",
    )
    .bind(id.0)
    .fetch_one(&tenant.api.mirror)
    .await?)
}

#[tokio::test]
async fn the_stream_and_whoever_changes_the_rules_do_not_wait_for_each_other() -> Result<()> {
    let tenant = Tenant::open().await?;
    missed_payment(&tenant).await?;
    settle(&tenant).await?;
    let id = tenant.organisation().await?;
    let mut change = tenant::begin(&tenant.api.mirror, id).await?;
    rules::lock(&mut change, id).await?;
    let pool = tenant.api.mirror.clone();
    let fed = tokio::spawn(async move { do_work(&pool).await });
    a_lock_is_waited_for(&tenant).await?;
    rules::touch(&mut change, id).await?;
    change.commit().await?;
    fed.await??;
    assert_eq!(past_due(&tenant).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_payment_is_not_missed_before_what_came_until_then_stays() -> Result<()> {
    let tenant = Tenant::open().await?;
    missed_payment(&tenant).await?;
    cursor::complete(&mut *tenant.api.mirror.acquire().await?, LATE).await?;
    do_work(&tenant.api.mirror).await?;
    assert_eq!(past_due(&tenant).await?, 0);
    settle(&tenant).await?;
    do_work(&tenant.api.mirror).await?;
    assert_eq!(past_due(&tenant).await?, 1);
    Ok(())
}

#[tokio::test]
async fn what_fails_for_one_organisation_does_not_keep_the_next_one_waiting() -> Result<()> {
    let broken = Tenant::open().await?;
    let sound = Tenant::join(broken.api.clone(), 2).await?;
    for tenant in [&broken, &sound] {
        missed_payment(tenant).await?;
    }
    settle(&broken).await?;
    let id = broken.organisation().await?;
    sqlx::query("update engine.rule_set set body = '[]' where organisation = $1")
        .bind(id.0)
        .execute(&broken.api.mirror)
        .await?;
    assert!(do_work(&sound.api.mirror).await?.failed > 0);
    assert_eq!(past_due(&sound).await?, 1);
    Ok(())
}

/// More requests at once than there are connections.
async fn at_once(answers: Vec<impl Future<Output = Result<Answer>>>) -> Result<Vec<StatusCode>> {
    let answers = try_join_all(answers).await?;
    Ok(answers.iter().map(|answer| answer.status).collect())
}

#[tokio::test]
async fn refused_events_do_not_use_up_the_connections() -> Result<()> {
    let tenant = Tenant::open().await?;
    let bad = |n: i32| json!({ "message_id": format!("m{n}"), "event": "", "anonymous_id": "v" });
    let bodies: Vec<Value> = (0..24).map(bad).collect();
    let asked = bodies
        .iter()
        .map(|body| tenant.post("/v1/events", body))
        .collect();
    let statuses = at_once(asked).await?;
    assert_eq!(statuses, vec![StatusCode::BAD_REQUEST; 24]);
    let kept = tenant.json("/v1/dead-letters").await?;
    ensure!(kept["data"].as_array().map(Vec::len) == Some(24), "{kept}");
    Ok(())
}

#[tokio::test]
async fn sessions_that_end_at_once_do_not_use_up_the_connections() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut sessions = Vec::new();
    for _ in 0..24 {
        sessions.push(sign_in(&tenant.api, &Keypair::new(), Some(&tenant.org())).await?);
    }
    let ended = sessions
        .iter()
        .map(|session| call(&tenant.api, Method::DELETE, "/v1/session", session, None))
        .collect();
    assert_eq!(at_once(ended).await?, vec![StatusCode::NO_CONTENT; 24]);
    Ok(())
}
