//! A funnel's answer over streams of different sizes. Ours is read from sums that are kept as events
//! arrive; the yardsticks scan: a window-function query in the same Postgres here, and `ClickHouse`'s
//! `windowFunnel` over the same events in `scripts/bench-clickhouse`.

use crate::{report::Report, world::World};
use anyhow::{Context, Result};
use futures::TryStreamExt;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs::File, io::Write, path::Path, time::Instant};
use tessera_domain::{
    filter::EventFilter,
    funnel::{FunnelDefinition, Mode, Step},
};
use tessera_store::engine::{
    funnel,
    ingest::{Touched, project},
    person,
    rules::{Rules, RulesCache},
    tenant,
};
use uuid::Uuid;

/// The steps, each an event's name.
const STEPS: [&str; 4] = [
    "page_viewed",
    "pricing_page_visited",
    "demo_requested",
    "roi_calculator_used",
];
/// The funnel's window, a week in seconds.
const WINDOW_SECS: u32 = 604_800;
/// Events of one person.
const EVENTS_A_PERSON: u32 = 10;
/// How often an answer is timed; the median counts.
const TURNS: usize = 5;
/// People computed in one transaction.
const PAGE: i64 = 2_000;

/// The attempts of each person, chained by the latest first step that is still in the window.
const WINDOW_FUNCTIONS: &str = "
    with step as (
        select person, at, position,
               case name when 'page_viewed' then 1 when 'pricing_page_visited' then 2
                         when 'demo_requested' then 3 when 'roi_calculator_used' then 4 end as step
        from engine.event
        where organisation = $1 and at >= '2026-01-01' and at < '2026-04-01'
          and name in ('page_viewed', 'pricing_page_visited', 'demo_requested', 'roi_calculator_used')
    ), first as (
        select *, max(at) filter (where step = 1) over so_far as s1 from step
        window so_far as (partition by person order by at, position)
    ), second as (
        select *, max(case when step = 2 and at - s1 <= interval '7 days' then s1 end) over so_far as s2 from first
        window so_far as (partition by person order by at, position)
    ), third as (
        select *, max(case when step = 3 and at - s2 <= interval '7 days' then s2 end) over so_far as s3 from second
        window so_far as (partition by person order by at, position)
    ), reached as (
        select person, max(case when step = 4 and at - s3 <= interval '7 days' then 4
                                when s3 is not null then 3 when s2 is not null then 2
                                when s1 is not null then 1 else 0 end) as level
        from third group by person
    )
    select count(*) filter (where level >= 1), count(*) filter (where level >= 2),
           count(*) filter (where level >= 3), count(*) filter (where level >= 4) from reached";

pub(crate) async fn measure(
    world: &World,
    events: u32,
    out: &Path,
    report: &mut Report,
) -> Result<()> {
    let people = events / EVENTS_A_PERSON;
    fill(world, people).await?;
    let id = build(world, events, report).await?;
    let path = format!("/v1/funnels/{id}/results");
    let mut answer = Value::Null;
    let ours = median(async || {
        answer = serde_json::from_str(&world.get(&path).await?)?;
        anyhow::Ok(())
    })
    .await?;
    report.note(
        &format!("funnel over {events} events, ours over HTTP"),
        ours * 1_000.0,
        "ms",
    );
    let ours_counts: Vec<i64> = answer["report"]["steps"]
        .as_array()
        .context("steps")?
        .iter()
        .filter_map(|step| step["persons"].as_i64())
        .collect();
    let mut counted = (0, 0, 0, 0);
    let plain = median(async || {
        counted = sqlx::query_as(WINDOW_FUNCTIONS)
            .bind(world.organisation.0)
            .fetch_one(&world.pool)
            .await?;
        anyhow::Ok(())
    })
    .await?;
    report.note(
        &format!("funnel over {events} events, window functions in Postgres"),
        plain * 1_000.0,
        "ms",
    );
    let counted: (i64, i64, i64, i64) = counted;
    anyhow::ensure!(
        ours_counts == [counted.0, counted.1, counted.2, counted.3],
        "ours {ours_counts:?}, window functions {counted:?}"
    );
    export(world, &out.join(format!("events-{events}.csv"))).await?;
    let mut file = File::create(out.join(format!("funnel-{events}.json")))?;
    let known = json!({ "persons": ours_counts, "seconds": ours, "steps": STEPS, "window_secs": WINDOW_SECS });
    writeln!(file, "{known}")?;
    empty(world, id).await
}

/// People who do the steps in changing order and at changing pace, without the load of HTTP.
async fn fill(world: &World, people: u32) -> Result<()> {
    let id = "('10000000-0000-7000-8000-' || lpad(to_hex(p), 12, '0'))::uuid";
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "insert into engine.person (id, organisation, canonical, first_seen, last_seen)
         select {id}, {organisation}, {id}, '2026-01-01', '2026-04-01' from generate_series(1, {people}) p;
         insert into engine.event (organisation, person, message_key, body_hash, name, at, received_at, source, properties)
         select {organisation}, {id},
                ('20000000-0000-8000-8000-' || lpad(to_hex(p::bigint * {EVENTS_A_PERSON} + e), 12, '0'))::uuid,
                '00000000-0000-0000-0000-000000000000',
                (array['page_viewed', 'page_viewed', 'pricing_page_visited', 'button_clicked', 'page_viewed',
                       'pricing_page_visited', 'demo_requested', 'page_viewed', 'demo_requested', 'roi_calculator_used'])
                      [1 + (p * 7 + e * 3 + p / 11 * e) % 10],
                '2026-01-01'::timestamptz + make_interval(secs => (p % 1000) * 1000 + e * (20000 + p % 97 * 2000) + p % 89),
                '2026-04-01', 'client', '{{\"channel\": \"organic\"}}'
         from generate_series(1, {people}) p, generate_series(0, {EVENTS_A_PERSON} - 1) e;
         analyze engine.person; analyze engine.event;",
        organisation = world.organisation.0,
    )))
    .execute(&world.pool)
    .await?;
    Ok(())
}

/// Makes the funnel and computes it from the stream, as the builder does.
async fn build(world: &World, events: u32, report: &mut Report) -> Result<i32> {
    let definition = FunnelDefinition {
        mode: Mode::Ordered,
        steps: STEPS
            .iter()
            .map(|name| Step {
                name: (*name).to_owned(),
                any_of: vec![EventFilter::named(*name)],
            })
            .collect(),
        window_secs: WINDOW_SECS,
        exclusions: Vec::new(),
        breakdown: None,
    };
    let mut transaction = tenant::begin(&world.pool, world.organisation).await?;
    let id = funnel::insert(
        &mut transaction,
        world.organisation,
        &format!("{events}"),
        &definition,
        "bench",
    )
    .await?
    .context("the name is taken")?;
    funnel::go_live(&mut transaction, id).await?;
    let registry = RulesCache::default()
        .current(&mut transaction, world.organisation)
        .await?
        .registry
        .clone();
    transaction.commit().await?;
    let rules = Rules {
        revision: 0,
        registry,
        models: Vec::new(),
        funnels: vec![(id, definition)],
    };
    let started = Instant::now();
    // Only those of this stream: others before it were measured by themselves.
    let mut after = Some(Uuid::from_u128(0x1000_0000_0000_7000_8000_0000_0000_0000));
    loop {
        let mut transaction = tenant::begin(&world.pool, world.organisation).await?;
        let page = person::ids(&mut transaction, after, PAGE).await?;
        let page: BTreeSet<Uuid> = page
            .into_iter()
            .filter(|id| id.as_u128() >> 124 == 1)
            .collect();
        let Some(last) = page.last().copied() else {
            break;
        };
        after = Some(last);
        let touched = Touched {
            rebuilt: page,
            ..Touched::default()
        };
        project(&mut transaction, world.organisation, &rules, &touched).await?;
        transaction.commit().await?;
    }
    let rate = f64::from(events) / started.elapsed().as_secs_f64();
    report.note(
        &format!("funnel computed from {events} events"),
        rate,
        "events/s",
    );
    Ok(id)
}

async fn export(world: &World, path: &Path) -> Result<()> {
    let mut conn = world.pool.acquire().await?;
    let mut rows = conn
        .copy_out_raw(
            "copy (select ('x' || right(person::text, 12))::bit(48)::bigint, extract(epoch from at)::bigint, name
                   from engine.event where at < '2026-04-01' and person < '20000000-0000-0000-0000-000000000000'
                     and person > '10000000-0000-0000-0000-000000000000') to stdout (format csv)",
        )
        .await?;
    let mut file = File::create(path)?;
    while let Some(chunk) = rows.try_next().await? {
        file.write_all(&chunk)?;
    }
    Ok(())
}

/// Removes the stream, so that the next size is measured by itself.
async fn empty(world: &World, id: i32) -> Result<()> {
    let mut transaction = tenant::begin(&world.pool, world.organisation).await?;
    funnel::remove(&mut transaction, id).await?;
    transaction.commit().await?;
    sqlx::raw_sql("truncate engine.event; delete from engine.person where id > '10000000-0000-0000-0000-000000000000' and id < '20000000-0000-0000-0000-000000000000'")
        .execute(&world.pool)
        .await?;
    Ok(())
}

/// The median of a few turns, seconds.
async fn median(mut turn: impl AsyncFnMut() -> Result<()>) -> Result<f64> {
    let mut times = Vec::with_capacity(TURNS);
    for _ in 0..TURNS {
        let started = Instant::now();
        turn().await?;
        times.push(started.elapsed().as_secs_f64());
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(times.get(TURNS / 2).copied().unwrap_or_default())
}
