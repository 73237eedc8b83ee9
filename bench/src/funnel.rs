//! A funnel's answer over streams of different sizes. Ours is read from sums that are kept as events
//! arrive; the yardsticks scan: a window-function query in the same Postgres here, and `ClickHouse`'s
//! `windowFunnel` over the same events in `scripts/bench-clickhouse`.

use crate::{
    report::Report,
    world::{Tenant, World},
};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use serde_json::{Value, json};
use std::{fs::File, io::Write, path::Path, time::Instant};
use tessera_domain::{
    analytics::funnel::{FunnelDefinition, Mode, Step},
    filter::EventFilter,
};
use tessera_engine::{
    RulesCache,
    projection::{Touched, project},
};
use tessera_store::{analytics::funnel, people::person, projection, tenant};

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
/// How often our answers are timed, in turns over the sizes; the median counts.
const TURNS: usize = 300;
/// Answers before the first that counts: connections and plans are made.
const WARM_UP: usize = 30;
/// How often the scan is timed; the median counts.
const SCANS: usize = 5;
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

/// An organisation's stream, and the funnel over it.
struct Stream {
    events: u32,
    tenant: Tenant,
    funnel: i32,
}

pub(crate) async fn measure(
    world: &World,
    sizes: &[u32],
    out: &Path,
    report: &mut Report,
) -> Result<()> {
    let mut streams = Vec::new();
    for (number, events) in (2..).zip(sizes) {
        let tenant = world.open(number).await?;
        fill(world, &tenant, number, *events).await?;
        let funnel = build(world, &tenant, *events, report).await?;
        streams.push(Stream {
            events: *events,
            tenant,
            funnel,
        });
    }
    settle(world).await?;
    let answers = ours(world, &streams, report).await?;
    for (stream, (seconds, counts)) in streams.iter().zip(answers) {
        let scanned = scan(world, stream, report).await?;
        anyhow::ensure!(
            counts == scanned,
            "ours {counts:?}, window functions {scanned:?}"
        );
        let events = stream.events;
        export(world, stream, &out.join(format!("events-{events}.csv"))).await?;
        let mut file = File::create(out.join(format!("funnel-{events}.json")))?;
        let known = json!({ "persons": counts, "seconds": seconds, "steps": STEPS, "window_secs": WINDOW_SECS });
        writeln!(file, "{known}")?;
    }
    Ok(())
}

/// What the server does by itself a while after a bulk load, so that it does not happen while answers
/// are timed.
async fn settle(world: &World) -> Result<()> {
    for table in ["event", "person", "projection_person", "projection_sum"] {
        let command = format!("vacuum (analyze) engine.{table}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(command))
            .execute(&world.pool)
            .await?;
    }
    sqlx::raw_sql("checkpoint").execute(&world.pool).await?;
    Ok(())
}

/// Our answers: the median time in seconds and the people at each step, by stream. Streams take
/// turns, so that what the machine does besides falls on all of them.
async fn ours(
    world: &World,
    streams: &[Stream],
    report: &mut Report,
) -> Result<Vec<(f64, Vec<i64>)>> {
    let mut times = vec![Vec::with_capacity(TURNS); streams.len()];
    let mut answers = vec![Value::Null; streams.len()];
    for turn in 0..WARM_UP + TURNS {
        for (index, stream) in streams.iter().enumerate() {
            let path = format!("/v1/funnels/{}/results", stream.funnel);
            let started = Instant::now();
            let answer = world.get_for(&stream.tenant, &path).await?;
            let took = started.elapsed().as_secs_f64();
            if turn >= WARM_UP {
                times[index].push(took);
            }
            answers[index] = serde_json::from_str(&answer)?;
        }
    }
    let mut measured = Vec::new();
    for ((stream, times), answer) in streams.iter().zip(&mut times).zip(answers) {
        times.sort_unstable_by(f64::total_cmp);
        let name = format!("funnel over {} events, ours over HTTP", stream.events);
        let (median, p99) = (times[TURNS / 2], times[TURNS * 99 / 100]);
        report.note(&format!("{name}, median"), median * 1_000.0, "ms");
        report.note(&format!("{name}, p99"), p99 * 1_000.0, "ms");
        let steps = answer["report"]["steps"].as_array().context("steps")?;
        let persons = steps.iter().filter_map(|step| step["persons"].as_i64());
        measured.push((median, persons.collect()));
    }
    if let [(first, _), .., (last, _)] = measured.as_slice() {
        report.note(
            "funnel, ours from the smallest to the largest",
            last / first,
            "fold",
        );
    }
    Ok(measured)
}

/// The same by window functions in the same Postgres: the people at each step.
async fn scan(world: &World, stream: &Stream, report: &mut Report) -> Result<Vec<i64>> {
    let mut times = Vec::with_capacity(SCANS);
    let mut counted = (0, 0, 0, 0);
    for _ in 0..SCANS {
        let started = Instant::now();
        counted = sqlx::query_as(WINDOW_FUNCTIONS)
            .bind(stream.tenant.organisation.0)
            .fetch_one(&world.pool)
            .await?;
        times.push(started.elapsed().as_secs_f64());
    }
    times.sort_unstable_by(f64::total_cmp);
    report.note(
        &format!(
            "funnel over {} events, window functions in Postgres",
            stream.events
        ),
        times[SCANS / 2] * 1_000.0,
        "ms",
    );
    let counted: (i64, i64, i64, i64) = counted;
    Ok(vec![counted.0, counted.1, counted.2, counted.3])
}

/// People who do the steps in changing order and at changing pace, without the load of HTTP.
async fn fill(world: &World, tenant: &Tenant, number: u8, events: u32) -> Result<()> {
    let people = events / EVENTS_A_PERSON;
    let id = format!("('{number:08}-0000-7000-8000-' || lpad(to_hex(p), 12, '0'))::uuid");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "insert into engine.person (id, organisation, canonical, first_seen)
         select {id}, {organisation}, {id}, '2026-01-01' from generate_series(1, {people}) p;
         insert into engine.event (organisation, person, message_key, name, at, received_at, source, properties)
         select {organisation}, {id},
                ('{number:08}-0000-8000-8000-' || lpad(to_hex(p::bigint * {EVENTS_A_PERSON} + e), 12, '0'))::uuid,
                (array['page_viewed', 'page_viewed', 'pricing_page_visited', 'button_clicked', 'page_viewed',
                       'pricing_page_visited', 'demo_requested', 'page_viewed', 'demo_requested', 'roi_calculator_used'])
                      [1 + (p * 7 + e * 3 + p / 11 * e) % 10],
                '2026-01-01'::timestamptz + make_interval(secs => (p % 1000) * 1000 + e * (20000 + p % 97 * 2000) + p % 89),
                '2026-04-01', 'client', '{{\"channel\": \"organic\"}}'
         from generate_series(1, {people}) p, generate_series(0, {EVENTS_A_PERSON} - 1) e;
         analyze engine.person; analyze engine.event;",
        organisation = tenant.organisation.0,
    )))
    .execute(&world.pool)
    .await?;
    Ok(())
}

/// Makes the funnel and computes it from the stream, as the builder does. Returns its number.
async fn build(world: &World, tenant: &Tenant, events: u32, report: &mut Report) -> Result<i32> {
    let organisation = tenant.organisation;
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
    let mut transaction = tenant::begin(&world.pool, organisation).await?;
    let id = funnel::insert(
        &mut transaction,
        organisation,
        &format!("{events}"),
        &definition,
        "bench",
    )
    .await?
    .context("the name is taken")?;
    projection::go_live(&mut transaction, id).await?;
    let rules = RulesCache::default()
        .current(&mut transaction, organisation)
        .await?
        .only(&[id]);
    transaction.commit().await?;
    let started = Instant::now();
    let mut after = None;
    loop {
        let mut transaction = tenant::begin(&world.pool, organisation).await?;
        let page = person::ids(&mut transaction, after, PAGE).await?;
        let Some(last) = page.last().copied() else {
            break;
        };
        after = Some(last);
        let touched = Touched {
            rebuilt: page.into_iter().collect(),
            ..Touched::default()
        };
        let now: DateTime<Utc> = std::time::SystemTime::now().into();
        project(&mut transaction, organisation, &rules, &touched, now.into()).await?;
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

/// Writes the stream for `ClickHouse`: person, second, name.
async fn export(world: &World, stream: &Stream, path: &Path) -> Result<()> {
    let mut conn = world.pool.acquire().await?;
    let mut rows = conn
        .copy_out_raw(&format!(
            "copy (select ('x' || right(person::text, 12))::bit(48)::bigint, extract(epoch from at)::bigint, name
                   from engine.event where organisation = {}) to stdout (format csv)",
            stream.tenant.organisation.0
        ))
        .await?;
    let mut file = File::create(path)?;
    while let Some(chunk) = rows.try_next().await? {
        file.write_all(&chunk)?;
    }
    Ok(())
}
