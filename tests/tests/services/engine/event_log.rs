//! The event log's months: a message counts once in all of them, and what is no longer kept goes with
//! everything that followed from it.

use crate::support::{
    client::{Answer, app, do_work, do_work_of, master_key, send},
    funnel_events::{asked, made, persons, results, verified},
    history::History,
    people::ago,
    rows,
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::{Value, json};
use std::time::Duration;
use tessera_domain::{
    capture::{KeptMonths, forget_on},
    time::Timestamp,
};
use tessera_engine::Engine;
use tessera_store::{
    PgPool,
    capture::event,
    read::{self, Plans},
    tenant,
};
use uuid::Uuid;

const DAY: i64 = 86_400;
/// Older than four months.
const OLD: i64 = 200 * DAY;

/// An engine that keeps four months.
fn forgetful(pool: &PgPool) -> Result<Engine> {
    Ok(Engine {
        kept_months: Some(KeptMonths::try_from(4)?),
        ..Engine::new(pool.clone(), master_key(), None)
    })
}

async fn count(pool: &PgPool, query: &str) -> Result<i64> {
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(query))
        .fetch_one(pool)
        .await?)
}

async fn events(pool: &PgPool) -> Result<i64> {
    count(pool, "select count(*) from engine.event").await
}

async fn sql(pool: &PgPool, statement: &str) -> Result<()> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(pool)
        .await?;
    Ok(())
}

/// The first day of a moment's month.
fn month(at: Timestamp) -> Result<NaiveDate> {
    let at = DateTime::<Utc>::from(at);
    at.date_naive().with_day(1).context("a first day")
}

/// The table of a moment's month.
fn part(at: Timestamp) -> Result<String> {
    Ok(format!("event_{}", month(at)?.format("%Y_%m")))
}

async fn exists(pool: &PgPool, part: &str) -> Result<bool> {
    let query = format!("select count(*) from pg_class where relname = '{part}'");
    Ok(count(pool, &query).await? == 1)
}

/// Makes a part for a moment's month; whether it is there.
async fn open_month(pool: &PgPool, at: Timestamp) -> Result<bool> {
    without_past(pool).await?;
    Ok(sqlx::query_scalar("select engine.open_event_month($1)")
        .bind(month(at)?)
        .fetch_one(pool)
        .await?)
}

/// History has its place in one part; these tests play that a month was there when it was the present.
pub(crate) async fn without_past(pool: &PgPool) -> Result<()> {
    let attached =
        "select exists (select from pg_inherits where inhrelid = 'engine.event_past'::regclass)";
    if sqlx::query_scalar(attached).fetch_one(pool).await? {
        sql(
            pool,
            "alter table engine.event detach partition engine.event_past",
        )
        .await?;
    }
    Ok(())
}

fn item(id: &str, at: Timestamp) -> Value {
    json!({ "message_id": id, "event": "page_viewed", "anonymous_id": "v", "timestamp": at })
}

#[tokio::test]
async fn a_message_counts_once_in_all_months_and_processes() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (then, later) = (ago(80 * DAY), ago(40 * DAY));
    assert_ne!(part(then)?, part(later)?);
    let path = "/v1/events";
    let sent = tenant.posted(path, &item("m", then)).await?;
    assert_eq!(sent["status"], "accepted");
    let elsewhere = tenant.post(path, &item("m", later)).await?;
    let problem = elsewhere.refusal(path, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "message_id");
    let process = app(
        read::pool(&tenant.api.url, 4, Duration::from_secs(5), Plans::Each)?,
        tessera_store::service(&tenant.api.url, 4, Duration::from_secs(5))?,
    )?;
    let again = Request::post(path)
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", tenant.admin_key),
        )
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(item("m", then).to_string()))?;
    let again: Answer = send(&process, again).await?;
    assert_eq!(again.json()?["status"], "duplicate", "{again:?}");
    assert_eq!(events(&tenant.api.mirror).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_message_id_is_free_once_a_repetition_would_be_too_late() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let path = "/v1/events";
    let body = json!({ "message_id": "m", "event": "page_viewed", "anonymous_id": "v" });
    let today = ago(0);
    assert_eq!(tenant.posted(path, &body).await?["status"], "accepted");
    let kept_until: i32 = sqlx::query_scalar("select forget_on from engine.message")
        .fetch_one(pool)
        .await?;
    // Midnight may have passed since.
    let expected = [today, ago(0)].map(forget_on);
    assert!(expected.contains(&kept_until), "{kept_until}");
    assert!(kept_until > today.day() + 91);

    let forget = async |days: i32| {
        let day = ago(0).day() + days;
        sql(
            pool,
            &format!("update engine.message set forget_on = {day}"),
        )
        .await?;
        do_work(pool).await
    };
    forget(1).await?;
    assert_eq!(tenant.posted(path, &body).await?["status"], "duplicate");
    forget(0).await?;
    assert_eq!(tenant.posted(path, &body).await?["status"], "accepted");
    assert_eq!(events(pool).await?, 2);
    Ok(())
}

#[tokio::test]
async fn what_the_chain_says_is_recognised_for_ever() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let mut history = History::of(&[rows::org(1)]);
    history.open(&[rows::member(1, 1, 1)]);
    history.store(pool).await?;
    do_work(pool).await?;
    let limited = "select count(*) from engine.message where forget_on is not null";
    assert_eq!((events(pool).await?, count(pool, limited).await?), (1, 0));
    sql(
        pool,
        "truncate life, receipt, charge, refund, commission, cursor",
    )
    .await?;
    history.store(pool).await?;
    do_work(pool).await?;
    assert_eq!(events(pool).await?, 1);
    Ok(())
}

/// A visit and a sign-up, old or new.
fn story(visitor: &str, secs: i64) -> [(&str, &str, Timestamp, Value); 2] {
    let properties = json!({ "channel": "organic" });
    [
        (visitor, "visit", ago(secs), properties.clone()),
        (visitor, "demo_requested", ago(secs - 60), properties),
    ]
}

fn definition() -> Value {
    let step = |event: &str| json!({ "name": event, "any_of": [{ "event": event }] });
    json!({ "mode": "ordered", "steps": [step("visit"), step("demo_requested")], "window_secs": 3_600 })
}

/// Two organisations with old and new events, in a month of its own and in the default part; the
/// funnel of the first.
async fn past(tenant: &Tenant, neighbour: &Tenant) -> Result<i32> {
    let pool = &tenant.api.mirror;
    ensure!(open_month(pool, ago(OLD)).await?);
    for tenant in [tenant, neighbour] {
        tenant.witness(&story("old", OLD)).await?;
        tenant.witness(&story("ancient", 2 * OLD)).await?;
        tenant.witness(&story("both", OLD + 60)).await?;
        tenant.witness(&story("both", DAY)).await?;
        tenant.witness(&story("new", 2 * DAY)).await?;
        tenant.witness(&story("merged", OLD)).await?;
        let (winner, loser) = (tenant.person("new").await?, tenant.person("merged").await?);
        tenant
            .posted(
                "/v1/identify",
                &json!({ "anonymous_id": "new", "user_id": "u" }),
            )
            .await?;
        let path = format!("/v1/persons/{winner}/merge");
        let merge = json!({ "with": loser, "reason": "one person" });
        let merged = tenant.post(&path, &merge).await?;
        ensure!(merged.status.is_success(), "{merged:?}");
    }
    let id = made(tenant, "signing up", &definition()).await?;
    do_work(pool).await?;
    ensure!(persons(&results(tenant, id, "").await?) == [4, 4]);
    Ok(id)
}

/// Nothing before the horizon is left, and what follows from events is what the rest says.
async fn forgotten(tenant: &Tenant, funnel: i32) -> Result<()> {
    let pool = &tenant.api.mirror;
    assert!(!exists(pool, &part(ago(OLD))?).await?);
    let horizon = KeptMonths::try_from(4)?.horizon(ago(0));
    let old = format!("select count(*) from engine.event where at < '{horizon}'");
    assert_eq!(count(pool, &old).await?, 0);
    let report = results(tenant, funnel, "").await?;
    assert_eq!(persons(&report), [2, 2]);
    assert_eq!(
        asked(tenant, &definition()).await?["steps"],
        report["steps"]
    );
    assert!(verified(tenant, funnel).await?);
    let kept = tenant.kept().await?;
    tenant.rebuild().await?;
    assert_eq!(kept, tenant.kept().await?);
    Ok(())
}

#[tokio::test]
async fn a_month_that_is_no_longer_kept_goes_with_what_followed_from_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let neighbour = Tenant::join(tenant.api.clone(), 2).await?;
    let pool = &tenant.api.mirror;
    let funnel = past(&tenant, &neighbour).await?;
    let [old, both] = [tenant.person("old").await?, tenant.person("both").await?];
    let [before, halved] = [tenant.score(old).await?, tenant.score(both).await?];
    let counted = "select sum(amount)::bigint from engine.projection_sum
                   join engine.projection on id = projection where kind = 'events'";
    let days = count(pool, counted).await?;

    let drained = do_work_of(&forgetful(pool)?).await?;
    assert_eq!(drained.failed, 0);
    // Two visitors of two events each, and one who was identified, in two organisations.
    assert_eq!(events(pool).await?, 10);
    for tenant in [&tenant, &neighbour] {
        let timeline = format!("/v1/persons/{}/timeline", tenant.person("both").await?);
        assert_eq!(
            tenant.json(&timeline).await?["data"]
                .as_array()
                .map(Vec::len),
            Some(2)
        );
    }
    forgotten(&tenant, funnel).await?;
    assert_ne!(tenant.score(old).await?, before);
    assert_eq!(tenant.score(both).await?, halved, "a demo counts once");
    assert_eq!(
        count(pool, counted).await?,
        days,
        "counts by day are statistics"
    );
    // Another round finds nothing to do, and a merge is undone as ever.
    do_work_of(&forgetful(pool)?).await?;
    let person = tenant.person("new").await?;
    let merged = tenant.json(&format!("/v1/persons/{person}")).await?;
    let path = format!("/v1/persons/{person}/unmerge");
    let undo = json!({ "merge": merged["merges"][0]["id"] });
    let undone = tenant.post(&path, &undo).await?;
    assert!(undone.status.is_success(), "{undone:?}");
    assert_eq!(persons(&results(&tenant, funnel, "").await?), [2, 2]);
    Ok(())
}

#[tokio::test]
async fn without_a_limit_everything_is_kept() -> Result<()> {
    let tenant = Tenant::open().await?;
    let neighbour = Tenant::join(tenant.api.clone(), 2).await?;
    let pool = &tenant.api.mirror;
    past(&tenant, &neighbour).await?;
    let before = events(pool).await?;
    do_work(pool).await?;
    assert_eq!(events(pool).await?, before);
    assert!(exists(pool, &part(ago(OLD))?).await?);
    Ok(())
}

#[tokio::test]
async fn a_stop_between_any_two_steps_costs_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let neighbour = Tenant::join(tenant.api.clone(), 2).await?;
    let pool = &tenant.api.mirror;
    let funnel = past(&tenant, &neighbour).await?;
    let part = part(ago(OLD))?;
    // The second organisation's page fails after the first one's.
    sql(
        pool,
        &format!(
        "create function stop() returns trigger language plpgsql as $$ begin raise 'stop'; end $$;
         create trigger stop before delete on engine.{part} for each row
         when (old.organisation = 2) execute function stop()"
    ),
    )
    .await?;
    let kept = tenant.kept().await?;
    assert!(do_work_of(&forgetful(pool)?).await?.failed > 0);
    assert_ne!(tenant.kept().await?, kept, "the first organisation's");
    for organisation in ["2", "1"] {
        let left =
            format!("select count(*) from engine.{part} where organisation = {organisation}");
        assert_eq!(count(pool, &left).await? == 0, organisation == "1");
    }
    assert!(verified(&tenant, funnel).await?);
    // Everything is gone but the table, which something depends on.
    sql(
        pool,
        &format!(
            "drop trigger stop on engine.{part}; create view depends as select * from engine.{part}"
        ),
    )
    .await?;
    let again = "update engine.work set lease_until = null where kind = 'event_log'";
    sql(pool, again).await?;
    assert!(do_work_of(&forgetful(pool)?).await?.failed > 0);
    let detached =
        format!("select count(*) from pg_class where relname = '{part}' and not relispartition");
    assert_eq!(count(pool, &detached).await?, 1);
    // What came into it at the last moment is not lost with it.
    sql(
        pool,
        &format!(
            "drop view depends;
         insert into engine.{part} select * from engine.event where person = '{}' limit 1",
            tenant.person("both").await?
        ),
    )
    .await?;
    sql(
        pool,
        &format!("update engine.{part} set at = at - interval '200 days'"),
    )
    .await?;
    sql(pool, again).await?;
    let before = events(pool).await?;
    assert_eq!(do_work_of(&forgetful(pool)?).await?.failed, 0);
    assert!(!exists(pool, &part).await?);
    assert_eq!(events(pool).await?, before + 1);
    do_work_of(&forgetful(pool)?).await?;
    assert_eq!(events(pool).await?, before);
    forgotten(&tenant, funnel).await
}

#[tokio::test]
async fn a_mirror_that_is_filled_again_brings_no_month_back() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let mut history = History::of(&[rows::org(1)]);
    history.open(&[rows::member(1, 1, 1)]);
    history.at = Some(ago(DAY).secs());
    history.open(&[rows::member(2, 1, 2)]);
    history.store(pool).await?;
    let names = async || -> Result<Vec<(String, Uuid)>> {
        Ok(
            sqlx::query_as("select name, person from engine.event order by position")
                .fetch_all(pool)
                .await?,
        )
    };
    do_work(pool).await?;
    assert_eq!(names().await?.len(), 2);
    do_work_of(&forgetful(pool)?).await?;
    let left = names().await?;
    assert_eq!(left.len(), 1);
    for _ in 0..2 {
        sql(
            pool,
            "truncate life, receipt, charge, refund, commission, cursor",
        )
        .await?;
        history.store(pool).await?;
        do_work_of(&forgetful(pool)?).await?;
        assert_eq!(names().await?, left);
        // Not even where nothing is recognised.
        let old = "delete from engine.message where not exists (
                       select from engine.event where event.message_key = message.message_key)";
        sql(pool, old).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_month_that_is_made_late_takes_its_events_out_of_the_default_part() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let then = ago(-200 * DAY);
    without_past(pool).await?;
    tenant
        .witness(&[
            ("v", "page_viewed", then, json!({})),
            ("v", "page_viewed", ago(OLD), json!({})),
        ])
        .await?;
    let in_default = "select count(*) from engine.event_default";
    assert_eq!(count(pool, in_default).await?, 2);
    let timeline = format!("/v1/persons/{}/timeline", tenant.person("v").await?);
    let before = tenant.json(&timeline).await?;
    // Somebody reads it: writers are not kept waiting behind the one who makes the month.
    let mut reader = pool.begin().await?;
    sqlx::query("select from engine.event_default")
        .execute(&mut *reader)
        .await?;
    assert!(!open_month(pool, then).await?);
    reader.rollback().await?;
    assert!(open_month(pool, then).await? && open_month(pool, then).await?);
    assert_eq!(count(pool, in_default).await?, 1);
    assert_eq!(tenant.json(&timeline).await?, before);
    Ok(())
}

#[tokio::test]
async fn months_are_ready_before_they_begin() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let coming = part(ago(-62 * DAY))?;
    sql(pool, &format!("drop table engine.{coming}")).await?;
    do_work(pool).await?;
    assert!(exists(pool, &coming).await?);
    for days in [0, 31, 62, 90] {
        assert!(
            exists(pool, &part(ago(days * DAY))?).await?,
            "{days} days ago"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_persons_events_are_read_without_planning_for_each_month_again() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant.witness(&story("v", DAY)).await?;
    let person = tenant.person("v").await?;
    let id = tenant.organisation().await?;
    let mut reader = tenant::begin(&tenant.api.mirror, id).await?;
    // The server decides after five plans.
    for _ in 0..8 {
        let histories = event::histories(&mut reader, &[person]).await?;
        assert_eq!(histories.get(&person).map(Vec::len), Some(2));
    }
    let kept: i64 = sqlx::query_scalar(
        "select generic_plans from pg_prepared_statements where statement like '%wanted%engine.event%'",
    )
    .fetch_one(&mut *reader)
    .await?;
    assert!(kept > 0, "planned each time");
    Ok(())
}
