//! Results of a phase that many people have seen: from what is kept, and what the builder takes to keep it.

use super::{do_work, key, launch, median};
use crate::{
    report::Report,
    world::{Tenant, World},
};
use anyhow::Result;
use std::time::Instant;

/// The number of the organisation.
const ORGANISATION: u8 = 106;
/// Answers that are timed; the median counts.
const TURNS: usize = 100;
/// Answers before the first that counts: connections and plans are made.
const WARM_UP: usize = 10;
/// Days over which people have come.
const DAYS: u32 = 28;

pub(super) async fn measure(world: &World, exposures: u32, report: &mut Report) -> Result<()> {
    let tenant = &world.open(ORGANISATION).await?;
    launch(world, tenant, 1, "demo_requested", "roi_calculator_used").await?;
    fill(world, tenant, exposures).await?;
    let started = Instant::now();
    do_work(world).await?;
    let rate = f64::from(exposures) / started.elapsed().as_secs_f64();
    report.note("people computed for an experiment", rate, "/s");
    let path = format!("/v1/experiments/{}/results", key(0));
    let mut times = Vec::with_capacity(TURNS);
    for turn in 0..WARM_UP + TURNS {
        let started = Instant::now();
        let answer = world.get_for(tenant, &path).await?;
        let took = started.elapsed().as_secs_f64() * 1_000.0;
        if turn == 0 {
            let answer: serde_json::Value = serde_json::from_str(&answer)?;
            let exposed = &answer["people"]["exposed"];
            anyhow::ensure!(
                *exposed == exposures && answer["is_complete"] == true,
                "{answer}"
            );
        }
        if turn >= WARM_UP {
            times.push(took);
        }
    }
    let name = format!("results of {exposures} exposures over {DAYS} days");
    times.sort_unstable_by(f64::total_cmp);
    report.note(&format!("{name}, p99"), times[TURNS * 99 / 100], "ms");
    report.note(&format!("{name}, median"), median(times), "ms");
    Ok(())
}

/// People who come over some weeks, and of whom some act afterwards; the experiment has begun before them.
/// All of that lies in the event log when the builder comes, as it does when an experiment is measured
/// again until its end.
async fn fill(world: &World, tenant: &Tenant, people: u32) -> Result<()> {
    let id = "('00000103-0000-7000-8000-' || lpad(to_hex(p), 12, '0'))::uuid";
    let message =
        |kind: u32| format!("('{kind:08}-0103-8000-8000-' || lpad(to_hex(p), 12, '0'))::uuid");
    let organisation = tenant.organisation.0;
    let at = format!(
        "now() - interval '{DAYS} days' + make_interval(secs => (p * {DAYS} * 86000.0 / {people}))"
    );
    let columns = "organisation, person, message_key, name, at, received_at, source, properties";
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "update engine.rule_set
         set body = jsonb_set(body, '{{starts_at}}', to_jsonb(now() - interval '{days} days'))
         where organisation = {organisation} and kind = 'experiment';
         update engine.experiment_phase set started_at = now() - interval '{days} days'
         where organisation = {organisation};
         update engine.experiment_allocation set from_at = now() - interval '{days} days'
         where organisation = {organisation};
         insert into engine.person (id, organisation, canonical, first_seen)
         select {id}, {organisation}, {id}, {at} from generate_series(1, {people}) p;
         insert into engine.event ({columns})
         select {organisation}, {id}, {exposed}, 'experiment_exposed', {at}, now(), 'engine',
                jsonb_build_object('experiment', '{key}', 'phase', 1,
                                   'arm', (array['plain', 'round'])[1 + p % 2])
         from generate_series(1, {people}) p;
         insert into engine.event ({columns})
         select {organisation}, {id}, {asked}, 'demo_requested', {at} + interval '1 minute', now(), 'client', '{{}}'
         from generate_series(1, {people}, 10) p;
         insert into engine.event ({columns})
         select {organisation}, {id}, {used}, 'roi_calculator_used', {at} + interval '2 minutes', now(), 'client', '{{}}'
         from generate_series(1, {people}, 7) p;
         analyze engine.person; analyze engine.event;",
        days = DAYS + 1,
        exposed = message(1),
        asked = message(2),
        used = message(3),
        key = key(0),
    )))
    .execute(&world.pool)
    .await?;
    Ok(())
}
