//! What a batch and a question read does not depend on what the server's statistics say of the
//! organisation. Of one that has just been opened beside a large one, they say nothing, or that it has
//! no rows.

use crate::support::{
    client::{do_work, master_key},
    funnel_events::{definition, made},
    segments::define_and_build,
    tenant::Tenant,
};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;
use tessera_domain::{
    access::Scope, analytics::recurring_revenue::Period, capture::Window, event::Event,
    time::Timestamp,
};
use tessera_engine::{
    Actor, Caller, Engine,
    capture::{Verdict, accept_batch},
    people::{Claim, identify},
};
use tessera_store::{
    Key, PgPool,
    analytics::{
        histories::{EventStore, Question},
        kpi,
    },
    tenant,
};
use tessera_tests::eventually;
use uuid::Uuid;

/// People of the large organisation.
const MANY: usize = 3_000;
/// Events of a batch, each of another person.
const BATCH: usize = 200;
/// Batches of new visitors of the new organisation: the server keeps a plan from the sixth on.
const BATCHES: usize = 9;
/// Rows that an event may read, whatever else there is: its people and their identifiers, what is kept
/// of them, the sums of the day, and each of them when it is locked and when it is written.
const ROWS_OF_AN_EVENT: i64 = 60;

/// What the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Statistics {
    /// Nothing.
    Missing,
    /// What was so before anybody was captured but a few people.
    Stale,
    /// What is so of the large organisation.
    OfTheOther,
}

/// An organisation, and the one connection on which everything is done.
struct World {
    tenant: Tenant,
    engine: Engine,
    caller: Caller,
}

impl World {
    async fn of(tenant: Tenant, engine: &Engine) -> Result<Self> {
        let caller = Caller {
            organisation: tenant.organisation().await?,
            org: Key([0; 32]),
            actor: Actor::Key(Uuid::nil()),
            scopes: vec![Scope::Capture, Scope::Identify],
        };
        Ok(Self {
            tenant,
            engine: engine.clone(),
            caller,
        })
    }

    /// Captures an event of each of these people.
    async fn capture(&self, people: std::ops::Range<usize>, named: bool) -> Result<()> {
        let item = |number: usize| {
            let mut item = json!({
                "message_id": format!("{number}-{named}"), "event": "docs",
                "anonymous_id": format!("browser-{number}"), "properties": { "channel": "ads" },
            });
            if named {
                item["user_id"] = json!(format!("user-{number}"));
            }
            item.to_string()
        };
        let texts: Vec<String> = people.map(item).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut transaction = tenant::begin(&self.engine.pool, self.caller.organisation).await?;
        let (engine, caller) = (&self.engine, &self.caller);
        let now = now();
        let accepted = accept_batch(
            engine,
            &mut transaction,
            caller,
            &texts,
            Window::live(now, None),
            false,
        )
        .await?;
        transaction.commit().await?;
        let is_in = |(_, verdict): &(_, Verdict)| *verdict == Verdict::Accepted;
        ensure!(accepted.items.iter().all(is_in), "{:?}", accepted.items);
        Ok(())
    }

    async fn identify(&self, number: usize) -> Result<()> {
        let text = |value: Value| value.as_str().map(str::to_owned);
        let claim = Claim {
            anonymous_id: text(json!(format!("browser-{number}"))),
            user_id: text(json!(format!("user-{number}"))),
            ..Claim::default()
        };
        let mut transaction = tenant::begin(&self.engine.pool, self.caller.organisation).await?;
        identify(&self.engine, &mut transaction, &self.caller, claim, now()).await?;
        Ok(transaction.commit().await?)
    }

    /// Rows of the engine's tables that have been read on the connection.
    async fn rows_read(&self) -> Result<i64> {
        sqlx::query("select pg_stat_force_next_flush()")
            .execute(&self.engine.pool)
            .await?;
        Ok(sqlx::query_scalar(
            "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint
             from pg_stat_user_tables where schemaname = 'engine'",
        )
        .fetch_one(&self.tenant.api.mirror)
        .await?)
    }

    /// Ends all connections but the engine's: what they have counted and not reported yet would be
    /// reported while the engine's reads are counted.
    async fn end_others(&self) -> Result<()> {
        eventually(Duration::from_secs(10), async || {
            let others: i64 = sqlx::query_scalar(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity
                 where datname = current_database() and backend_type = 'client backend'
                   and pid <> pg_backend_pid()",
            )
            .fetch_one(&self.engine.pool)
            .await?;
            Ok(match others {
                0 => Ok(()),
                others => Err(format!("{others} other connections have not ended")),
            })
        })
        .await
    }

    /// How often people were gone through in the order of what is kept of them.
    async fn orders_read(&self) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "select idx_scan from pg_stat_user_indexes
             where indexrelname = 'projection_person_order_idx'",
        )
        .fetch_one(&self.tenant.api.mirror)
        .await?)
    }
}

fn now() -> Timestamp {
    chrono::Utc::now().into()
}

async fn run(pool: &PgPool, statements: &'static str) -> Result<()> {
    sqlx::raw_sql(statements).execute(pool).await?;
    Ok(())
}

/// A new organisation beside a large one.
async fn world(statistics: Statistics) -> Result<World> {
    let large = Tenant::open().await?;
    let mirror = large.api.mirror.clone();
    run(
        &mirror,
        "do $$
         declare part regclass;
         begin
             for part in select oid from pg_class
                         where relnamespace = 'engine'::regnamespace and relkind = 'r' loop
                 execute format('alter table %s set (autovacuum_enabled = off)', part);
             end loop;
         end $$",
    )
    .await?;
    let pool = tessera_store::service(&large.api.url, 1, Duration::from_secs(30))?;
    let engine = Engine::new(pool, master_key(), None);
    let new = Tenant::join(large.api.clone(), 2).await?;
    let large = World::of(large, &engine).await?;
    // Each organisation has every kind of projection.
    for tenant in [&large.tenant, &new] {
        made(tenant, "mine", &definition()).await?;
        let condition = json!({ "event": { "when": { "event": "docs" } } });
        define_and_build(tenant, "readers", &condition).await?;
    }
    do_work(&mirror).await?;
    for few in 0..7 {
        large.capture(few..few + 1, false).await?;
    }
    if statistics == Statistics::Stale {
        run(&mirror, "analyze").await?;
        // Plans that are kept are of this time.
        for few in 7..14 {
            large.capture(few..few + 1, false).await?;
        }
    }
    for first in (14..MANY).step_by(500) {
        large.capture(first..MANY.min(first + 500), false).await?;
    }
    if statistics == Statistics::OfTheOther {
        run(&mirror, "analyze").await?;
    }
    let world = World::of(new, &engine).await?;
    world.end_others().await?;
    Ok(world)
}

async fn reads_by_key(statistics: Statistics) -> Result<()> {
    let world = world(statistics).await?;
    let all = BATCHES * BATCH;
    let (mut before, orders) = (world.rows_read().await?, world.orders_read().await?);
    let mut check = async |what: &str, events: usize| {
        let after = world.rows_read().await?;
        let each = (after - before) / i64::try_from(events)?;
        before = after;
        ensure!(
            each <= ROWS_OF_AN_EVENT,
            "{statistics:?}, {what}: {each} rows an event"
        );
        anyhow::Ok(())
    };
    for first in (0..all).step_by(BATCH) {
        world.capture(first..first + BATCH, false).await?;
        check(&format!("visitors from {first} on"), BATCH).await?;
    }
    // Visitors who are known become users, and others are users from the start.
    for first in (all - BATCH..all + 6 * BATCH).step_by(BATCH) {
        world.capture(first..first + BATCH, true).await?;
        check(&format!("users from {first} on"), BATCH).await?;
    }
    for number in 0..10 {
        world.identify(number).await?;
        check(&format!("identifying {number}"), 1).await?;
    }
    ensure!(
        world.orders_read().await? == orders,
        "{statistics:?}: people are gone through in their order"
    );
    let organisation = world.caller.organisation;
    let events: i64 =
        sqlx::query_scalar("select count(*) from engine.event where organisation = $1")
            .bind(organisation.0)
            .fetch_one(&world.tenant.api.mirror)
            .await?;
    let events = usize::try_from(events)?;
    for _ in 0..7 {
        let mut people = 0;
        let each = &mut |_: Uuid, _: &[Event]| people += 1;
        let pool = &world.engine.pool;
        pool.histories(organisation, &Question::default(), each)
            .await?;
        ensure!(people == all + 6 * BATCH, "{people} people");
    }
    check("histories of everybody", 7 * events).await?;
    let question = kpi::Question {
        period: Period::new(now().plus_secs(-3_600), now().plus_secs(3_600))?,
        month: None,
        usd_mint: None,
        no_acts: Vec::new(),
    };
    for _ in 0..7 {
        let mut snapshot = tenant::snapshot(&world.engine.pool, organisation).await?;
        kpi::inputs(&mut snapshot, &question).await?;
    }
    check("indicators over everybody", 7 * events).await
}

#[tokio::test]
async fn without_statistics_a_new_organisation_reads_its_rows_by_key() -> Result<()> {
    reads_by_key(Statistics::Missing).await
}

#[tokio::test]
async fn with_stale_statistics_a_new_organisation_reads_its_rows_by_key() -> Result<()> {
    reads_by_key(Statistics::Stale).await
}

#[tokio::test]
async fn with_the_statistics_of_another_a_new_organisation_reads_its_rows_by_key() -> Result<()> {
    reads_by_key(Statistics::OfTheOther).await
}
