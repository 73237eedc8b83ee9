//! What is built in the background is what it would be had it always been there.

use crate::support::{
    client::do_work,
    funnel_events::{
        Happened, asked, capture, definition, happened, made, persons, results, verified,
    },
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::Method;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use tessera_domain::leads::scoring::seed_model;
use tessera_engine::RulesCache;

use tessera_store::{
    OrganisationId, PgPool, projection,
    rule_set::{self, RuleKind},
    rules, tenant,
};
use uuid::Uuid;

const MINE: OrganisationId = OrganisationId(1);

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Events of a few people at few moments, some of whom say who they are.
fn random(seed: u64, count: usize) -> Vec<Happened> {
    let mut dice = Dice(seed);
    let mut events = Vec::with_capacity(count);
    for number in 0..count {
        let name = ["visit", "signup", "demo", "purchase", "cancel"]
            [usize::try_from(dice.roll(5)).unwrap_or(0)];
        let visitor = dice.roll(40);
        let secs = i64::try_from(dice.roll(90) * 600).unwrap_or(0);
        let event = happened(&format!("{seed}-{number}-{visitor}"), name, secs);
        let event = event.of(&format!("visitor-{visitor}"));
        let channel = ["organic", "paid", ""][usize::try_from(dice.roll(3)).unwrap_or(0)];
        let event = event.with("channel", channel);
        // Two visitors a user, so that people merge all the time.
        events.push(if dice.roll(12) == 0 {
            event.by(&format!("user-{}", visitor / 2))
        } else {
            event
        });
    }
    events
}

/// Every mode, with and without what they can have.
fn definitions() -> Vec<Value> {
    let mut strict = definition();
    strict["mode"] = json!("strict");
    let mut unordered = definition();
    unordered["mode"] = json!("unordered");
    unordered["exclusions"][0]["from_step"] = json!(1);
    unordered["exclusions"][0]["to_step"] = json!(4);
    let mut twice = definition();
    twice["steps"][2] = twice["steps"][1].clone();
    twice["window_secs"] = json!(36_000);
    if let Some(twice) = twice.as_object_mut() {
        twice.remove("breakdown");
        twice.remove("exclusions");
    }
    vec![definition(), strict, unordered, twice]
}

/// Makes a funnel of each definition.
async fn make_all(tenant: &Tenant, name: &str) -> Result<Vec<(i32, Value)>> {
    let mut funnels = Vec::new();
    for (number, definition) in definitions().into_iter().enumerate() {
        let id = made(tenant, &format!("{name} {number}"), &definition).await?;
        funnels.push((id, definition));
    }
    Ok(funnels)
}

/// Compares what funnels keep with the stream.
async fn agree_with_the_stream(tenant: &Tenant, funnels: &[(i32, Value)]) -> Result<()> {
    for (id, definition) in funnels {
        let status = tenant.json(&format!("/v1/funnels/{id}")).await?["status"].clone();
        ensure!(status == "live", "{id} is {status}");
        let asked = asked(tenant, definition).await?;
        ensure!(persons(&asked).first() > Some(&10), "{asked}");
        assert_eq!(results(tenant, *id, "").await?, asked, "{definition}");
        ensure!(verified(tenant, *id).await?, "{definition}");
    }
    Ok(())
}

#[tokio::test]
async fn a_funnel_made_after_the_events_equals_one_made_before_and_the_stream() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut funnels = make_all(&tenant, "before").await?;
    do_work(&tenant.api.mirror).await?;
    for batch in random(1, 400).chunks(50) {
        capture(&tenant, batch).await?;
    }
    funnels.extend(make_all(&tenant, "between").await?);
    for batch in random(2, 200).chunks(20) {
        capture(&tenant, batch).await?;
    }
    do_work(&tenant.api.mirror).await?;
    for batch in random(3, 200).chunks(50) {
        capture(&tenant, batch).await?;
    }
    funnels.extend(make_all(&tenant, "after").await?);
    do_work(&tenant.api.mirror).await?;
    agree_with_the_stream(&tenant, &funnels).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_arrive_while_funnels_are_built_are_neither_lost_nor_counted_twice()
-> Result<()> {
    let tenant = Arc::new(Tenant::open().await?);
    for batch in random(4, 300).chunks(50) {
        capture(&tenant, batch).await?;
    }
    let mut tasks = Vec::new();
    for sender in 0..4 {
        let tenant = tenant.clone();
        tasks.push(tokio::spawn(async move {
            for batch in random(10 + sender, 150).chunks(10) {
                capture(&tenant, batch).await?;
            }
            anyhow::Ok(())
        }));
    }
    let mut funnels = Vec::new();
    for round in 0..3 {
        funnels.extend(make_all(&tenant, &format!("round {round}")).await?);
        let pool = &tenant.api.mirror;
        tokio::try_join!(do_work(pool), do_work(pool))?;
    }
    for task in tasks {
        task.await??;
    }
    agree_with_the_stream(&tenant, &funnels).await
}

#[tokio::test]
async fn building_again_changes_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    for batch in random(5, 200).chunks(50) {
        capture(&tenant, batch).await?;
    }
    let funnels = make_all(&tenant, "mine").await?;
    do_work(&tenant.api.mirror).await?;
    agree_with_the_stream(&tenant, &funnels).await?;
    // As after a stop just before the end.
    sqlx::query("update engine.projection set status = 'building' where kind = 'funnel'")
        .execute(&tenant.api.mirror)
        .await?;
    do_work(&tenant.api.mirror).await?;
    agree_with_the_stream(&tenant, &funnels).await
}

#[tokio::test]
async fn a_funnel_that_is_removed_while_it_is_built_is_left_alone() -> Result<()> {
    let tenant = Tenant::open().await?;
    capture(&tenant, &[happened("a", "visit", 0)]).await?;
    let (gone, kept) = (
        made(&tenant, "gone", &definition()).await?,
        made(&tenant, "kept", &definition()).await?,
    );
    let rules = RulesCache::default();
    let mut transaction = tenant::begin(&tenant.api.mirror, MINE).await?;
    let building = rules::building(&mut transaction).await?;
    let building: Vec<i32> = building.iter().map(|it| it.id).collect();
    assert_eq!(building, [gone, kept]);
    drop(transaction);
    tenant
        .call(Method::DELETE, &format!("/v1/funnels/{gone}"), None)
        .await?;
    let mut transaction = tenant::begin(&tenant.api.mirror, MINE).await?;
    let current = rules.current(&mut transaction, MINE).await?;
    let only: Vec<i32> = current
        .only(&building)
        .projections
        .iter()
        .map(|it| it.id)
        .collect();
    assert_eq!(only, [kept]);
    Ok(())
}

#[tokio::test]
async fn whoever_waited_for_a_change_of_the_rules_sees_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = tenant.api.mirror.clone();
    let mut change = tenant::begin(&pool, MINE).await?;
    rules::lock(&mut change, MINE).await?;
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move {
            let mut transaction = tenant::begin(&pool, MINE).await?;
            let rules = RulesCache::default();
            anyhow::Ok(rules.current(&mut transaction, MINE).await?.revision)
        }
    });
    while !somebody_waits(&pool).await? {
        tokio::task::yield_now().await;
    }
    rules::touch(&mut change, MINE).await?;
    let revision: i64 = sqlx::query_scalar("select revision from engine.organisation")
        .fetch_one(&mut *change)
        .await?;
    change.commit().await?;
    assert_eq!(waiting.await??, revision);
    Ok(())
}

/// Whether a lock of rules is waited for in this database.
async fn somebody_waits(pool: &PgPool) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (
             select from pg_locks
             where locktype = 'advisory' and not granted and database = (
                 select oid from pg_database where datname = current_database()))",
    )
    .fetch_one(pool)
    .await?)
}

#[tokio::test]
async fn building_a_funnel_leaves_scores_alone() -> Result<()> {
    let tenant = Tenant::open().await?;
    let scored = ["pricing_page_visited", "demo_requested"];
    let scored = scored.map(|event| happened("visitor", event, 0));
    capture(&tenant, &scored).await?;
    let before = scores(&tenant.api.mirror, 1).await?;
    assert_eq!(before.len(), 1);
    made(&tenant, "mine", &definition()).await?;
    do_work(&tenant.api.mirror).await?;
    assert_eq!(scores(&tenant.api.mirror, 1).await?, before);
    Ok(())
}

#[tokio::test]
async fn a_scoring_model_goes_into_force_when_everybody_is_scored() -> Result<()> {
    let tenant = Tenant::open().await?;
    let events: Vec<Happened> = (0..30)
        .flat_map(|visitor| {
            let name = ["pricing_page_visited", "demo_requested", "page_viewed"][visitor % 3];
            let visitor = format!("visitor-{visitor}");
            [happened(&visitor, name, 0), happened(&visitor, name, 60)]
        })
        .collect();
    capture(&tenant, &events).await?;
    let before = scores(&tenant.api.mirror, 1).await?;
    ensure!(before.len() >= 20, "{before:?}");

    // The same model again, so that it must come to the same scores.
    let mut transaction = tenant::begin(&tenant.api.mirror, MINE).await?;
    rules::lock(&mut transaction, MINE).await?;
    let body = serde_json::to_value(seed_model())?;
    let kind = RuleKind::ScoringModel;
    let version = rule_set::insert(&mut transaction, MINE, kind, &body, "test").await?;
    rule_set::build(&mut transaction, kind, rule_set::DEFAULT, version).await?;
    projection::insert(&mut transaction, MINE, kind, rule_set::DEFAULT, version).await?;
    rules::touch(&mut transaction, MINE).await?;
    transaction.commit().await?;

    let late = [happened("visitor-0", "demo_requested", 120)];
    capture(&tenant, &late).await?;
    let now = scores(&tenant.api.mirror, 1).await?;
    assert_ne!(now, before);
    do_work(&tenant.api.mirror).await?;
    assert_eq!(scores(&tenant.api.mirror, version).await?, now);
    assert_eq!(scores(&tenant.api.mirror, 1).await?, BTreeMap::new());
    let mut transaction = tenant::begin(&tenant.api.mirror, MINE).await?;
    let published = rule_set::published(&mut transaction, kind).await?;
    assert_eq!(published.context("a model")?.version, version);
    Ok(())
}

async fn scores(pool: &PgPool, model: i32) -> Result<BTreeMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "select person, order_key from engine.projection_person
             join engine.projection on projection.id = projection_person.projection
             where kind = 'scoring_model' and version = $1 and status <> 'removed'",
    )
    .bind(model)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().collect())
}

/// People whose kept state was found to differ, by all that this process verified.
async fn found_to_differ(tenant: &Tenant) -> Result<u64> {
    let metrics = tenant.api.get("/metrics").await?.text;
    let name = "tessera_projection_differing_people_total ";
    let value = metrics.lines().find_map(|line| line.strip_prefix(name));
    Ok(value.unwrap_or("0").parse()?)
}

#[tokio::test]
async fn a_sample_is_not_always_of_the_oldest_people() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    for number in 0..25 {
        let (message, visitor) = (format!("m{number}"), format!("v{number}"));
        tenant
            .capture(&[(&message, "page_viewed", &visitor, json!({}))])
            .await?;
    }
    do_work(pool).await?;
    // The organisation is an hour old, and all of these people of its first moments. What is kept of 60
    // later ones, one a minute, is not what their events say, since they have none.
    let fill = "
        update engine.organisation set created_at = now() - interval '1 hour';
        create function pg_temp.uuid_v7(at timestamptz, number bigint) returns uuid language sql as $$
            select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0')
                    || '70008' || lpad(number::text, 15, '0'))::uuid
        $$;
        create temporary table old as
        select person.id, pg_temp.uuid_v7(organisation.created_at, row_number() over ()) as aged
        from engine.person join engine.organisation on organisation.id = person.organisation;
        set local session_replication_role = replica;
        update engine.person set id = aged, canonical = aged from old where old.id = person.id;
        update engine.event set person = aged from old where old.id = person;
        update engine.projection_person set person = aged from old where old.id = person;
        insert into engine.projection_person
        select organisation, projection, pg_temp.uuid_v7(now() - make_interval(mins => number), number),
               state, order_key, at, label
        from engine.projection_person cross join generate_series(0, 59) number
        where person = (select aged from old limit 1);
        update engine.work set due_at = now() where kind = 'verify'";
    sqlx::raw_sql(fill).execute(pool).await?;
    let before = found_to_differ(&tenant).await?;
    do_work(pool).await?;
    assert!(found_to_differ(&tenant).await? > before);
    Ok(())
}
