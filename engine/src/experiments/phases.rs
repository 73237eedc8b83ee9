//! Phases: begun, widened, ended. What ends a phase is noted with its reason and by whom.

use super::designs::get;
use crate::{
    Caller, Engine, Error, Result,
    work::{Kind, schedule},
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tessera_domain::{
    capture::Acts,
    exchange::DOLLAR,
    experiments::{
        assignment::{Allocation, MAX_BUCKET_VERSION},
        design::Design,
        measurement::Measurement,
        metric::{Context, Measure, Metric},
        results::SharedOut,
    },
    refusal::Refusal,
};
use tessera_store::{
    OrganisationId, PgConnection,
    analytics::exchange_rate,
    experiments::{
        change::{self, ChangeRow},
        experiment::{self, ExperimentRow},
        metric,
        phase::{self, PhaseRow},
    },
    pricing::offer,
    rules,
};

/// Most experiments that run at a time: each arriving event is applied to all of them.
const MAX_RUNNING: i64 = 50;
/// Most phases of an experiment: arms are remembered by the phase's number.
const MAX_PHASES: i32 = MAX_BUCKET_VERSION.cast_signed();

/// Begins the next phase; people of earlier phases may take part in it again, unless it is for new people
/// only.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Conflict`], [`Error::Store`].
pub async fn start(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    key: &str,
    only_new: bool,
    clock: impl FnOnce() -> DateTime<Utc> + Send,
) -> Result<ExperimentRow> {
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    let now = clock();
    let row = get(conn, key).await?;
    if row.status == "running" {
        return Err(Error::Conflict("the experiment runs already".to_owned()));
    }
    check_running(conn).await?;
    if row.phase >= MAX_PHASES {
        return Err(Error::Conflict(format!(
            "the experiment has had {MAX_PHASES} phases, which is the most; create another one"
        )));
    }
    let number = row.phase.saturating_add(1);
    let mut design = row.design;
    design
        .allocation
        .begin(key, number.unsigned_abs(), only_new);
    design.validate().map_err(|it| it.within("design"))?;
    let rules = engine.rules.current(conn, organisation).await?;
    let others = rules.live.running().map(|it| &it.design.allocation);
    design
        .allocation
        .unless_apart(others)
        .map_err(|it| it.within("design.allocation"))?;
    check_offers(conn, &design, now).await?;
    let launch = Launch {
        key,
        phase: number,
        design: &design,
        parent: "design",
        body: json!({ "only_new": only_new }),
    };
    launch.run(conn, caller, &rules.reading.acts, now).await?;
    get(conn, key).await
}

/// Refuses one more experiment that runs, or holdout, where there are as many as there may be.
pub(super) async fn check_running(conn: &mut PgConnection) -> Result<()> {
    let (_, running) = experiment::count(conn).await?;
    if running >= MAX_RUNNING {
        return Err(Error::Conflict(format!(
            "{MAX_RUNNING} experiments run, which is the most at a time; stop one first"
        )));
    }
    Ok(())
}

/// A phase that begins.
pub(super) struct Launch<'a> {
    pub(super) key: &'a str,
    pub(super) phase: i32,
    pub(super) design: &'a Design,
    /// Where the caller's request has the design.
    pub(super) parent: &'static str,
    /// What is noted of it.
    pub(super) body: Value,
}

impl Launch<'_> {
    /// Writes the phase and begins to measure. Runs under [`rules::lock`].
    pub(super) async fn run(
        self,
        conn: &mut PgConnection,
        caller: &Caller,
        acts: &Acts,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let Self {
            key, phase, design, ..
        } = self;
        let organisation = caller.organisation;
        let actor = caller.actor.to_string();
        let metrics = chosen(conn, design, self.parent).await?;
        let context = Context {
            acts: acts.clone(),
            rates: rates(conn, &metrics, now).await?,
        };
        let only_new_since = if design.allocation.min_bucket_version > 0 {
            let first = phase::list(conn, key, Some(1)).await?.pop();
            Some(first.map_or(now, |first| first.started_at).into())
        } else {
            None
        };
        let arms = design.allocation.arms.iter().map(|arm| arm.key.clone());
        let measurement = Measurement {
            experiment: key.to_owned(),
            phase: phase.unsigned_abs(),
            starts_at: now.into(),
            ends_at: None,
            only_new_since,
            arms: arms.collect(),
            metrics,
            dimensions: design.dimensions.clone(),
            batch_hours: design.batch_hours(),
            context,
        };
        phase::insert(conn, organisation, key, phase, design, now).await?;
        let allocation = shared_out(&design.allocation, now);
        phase::allocate(conn, organisation, key, phase, &allocation).await?;
        phase::measure(conn, organisation, &measurement, &actor).await?;
        experiment::run(conn, key, phase, now).await?;
        let done = Done {
            kind: "started",
            body: self.body,
            actor,
        };
        done.note(conn, organisation, key, phase, now).await?;
        rules::touch(conn, organisation).await?;
        schedule(conn, Kind::ExperimentLook, organisation).await?;
        schedule(conn, Kind::Build, organisation).await
    }
}

/// Lets more visitors take part. Nobody who had an arm has another one for it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Conflict`], [`Error::Store`].
pub async fn ramp(
    conn: &mut PgConnection,
    caller: &Caller,
    key: &str,
    coverage_bps: u16,
    clock: impl FnOnce() -> DateTime<Utc> + Send,
) -> Result<ExperimentRow> {
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    let now = clock();
    let (row, running) = running(conn, key).await?;
    let rows = phase::allocations(conn, key, row.phase).await?;
    let (past, future): (Vec<_>, Vec<_>) = rows.into_iter().partition(|it| it.from <= now.into());
    let mut current = running.design.allocation.clone();
    if let Some(latest) = past.last() {
        current.share_out(latest.coverage_bps, &latest.weights_bps);
    }
    let grown = Allocation {
        coverage_bps,
        ..current.clone()
    };
    grown.validate()?;
    grown.unless_grown(&current)?;
    let wider = future.into_iter().map(|it| SharedOut {
        coverage_bps: coverage_bps.into(),
        ..it
    });
    // Weights of a batch that is still to come have the coverage, too.
    for allocation in std::iter::once(shared_out(&grown, now)).chain(wider) {
        phase::allocate(conn, organisation, key, row.phase, &allocation).await?;
    }
    let mut design = row.design;
    design.allocation.coverage_bps = coverage_bps;
    experiment::redesign(conn, key, &design, now).await?;
    let done = Done {
        kind: "ramped",
        body: json!({ "from_bps": current.coverage_bps, "to_bps": coverage_bps }),
        actor: caller.actor.to_string(),
    };
    done.note(conn, organisation, key, row.phase, now).await?;
    rules::touch(conn, organisation).await?;
    get(conn, key).await
}

/// Ends the phase that runs: with an arm, everybody sees that one from now on, else the base. What has ended
/// can have its arm still, or no longer.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Conflict`], [`Error::Store`].
pub async fn end(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    key: &str,
    ending: Ending<'_>,
    clock: impl FnOnce() -> DateTime<Utc> + Send,
) -> Result<ExperimentRow> {
    rules::lock(conn, organisation).await?;
    let now = clock();
    let row = get(conn, key).await?;
    let design = match row.phase {
        0 => return Err(Error::Conflict("the experiment has not run".to_owned())),
        number => phase_of(conn, key, number).await?.design,
    };
    if let Some(arm) = ending.shipped
        && !design.allocation.arms.iter().any(|it| it.key == arm)
    {
        return Err(Error::refused("arm", "must be the key of an arm"));
    }
    if row.status == "running" {
        close(conn, organisation, key, row.phase, &ending, now).await?;
    } else if ending.shipped.is_none() && row.shipped.is_none() {
        return Err(Error::Conflict("the experiment does not run".to_owned()));
    }
    experiment::stop(conn, key, ending.shipped, now).await?;
    let done = Done {
        kind: if ending.shipped.is_some() {
            "shipped"
        } else {
            "stopped"
        },
        body: json!({ "arm": ending.shipped, "reason": ending.reason, "decision": ending.decision }),
        actor: ending.actor.to_owned(),
    };
    done.note(conn, organisation, key, row.phase, now).await?;
    rules::touch(conn, organisation).await?;
    get(conn, key).await
}

/// How a phase ends.
#[derive(Debug)]
pub struct Ending<'a> {
    /// Key of the arm that everybody sees from then on.
    pub shipped: Option<&'a str>,
    /// Why, in the team's words.
    pub reason: &'a str,
    /// The decision that it follows, if it does.
    pub decision: Option<Value>,
    /// Who ends it.
    pub actor: &'a str,
}

/// Ceases to count what happens from now on.
async fn close(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    key: &str,
    number: i32,
    ending: &Ending<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    phase::end(conn, key, number, now).await?;
    let measured = phase::measurement(conn, key, number).await?;
    let measured = measured.ok_or(Error::Internal("find what a phase measures"))?;
    let measurement = Measurement {
        ends_at: Some(now.into()),
        ..measured.measurement
    };
    phase::measure(conn, organisation, &measurement, ending.actor).await?;
    schedule(conn, Kind::Build, organisation).await
}

/// The experiment and the phase that runs.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] when none runs, [`Error::Store`].
pub(super) async fn running(
    conn: &mut PgConnection,
    key: &str,
) -> Result<(ExperimentRow, PhaseRow)> {
    let row = get(conn, key).await?;
    if row.status != "running" {
        return Err(Error::Conflict("the experiment does not run".to_owned()));
    }
    let phase = phase_of(conn, key, row.phase).await?;
    Ok((row, phase))
}

/// A phase of an experiment.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub(super) async fn phase_of(conn: &mut PgConnection, key: &str, number: i32) -> Result<PhaseRow> {
    let found = phase::list(conn, key, Some(number)).await?.pop();
    found.ok_or_else(|| Error::not_found("phase", format!("{number} of {key}")))
}

/// Something that was done to an experiment.
pub(super) struct Done {
    pub(super) kind: &'static str,
    pub(super) body: Value,
    pub(super) actor: String,
}

impl Done {
    pub(super) async fn note(
        self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
        experiment: &str,
        phase: i32,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let change = ChangeRow {
            number: 0,
            kind: self.kind.to_owned(),
            phase,
            body: self.body,
            actor: self.actor,
            at,
        };
        Ok(change::insert(conn, organisation, experiment, &change).await?)
    }
}

/// The metrics that a design has chosen, in its order; `parent` is where the caller's request has it.
pub(super) async fn chosen(
    conn: &mut PgConnection,
    design: &Design,
    parent: &str,
) -> Result<Vec<Metric>> {
    let names: Vec<String> = design.metrics.iter().map(|it| it.metric.clone()).collect();
    let rows = metric::named(conn, &names).await?;
    let mut found: BTreeMap<String, Metric> =
        rows.into_iter().map(|row| (row.name, row.metric)).collect();
    let mut metrics = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        let absent = || {
            let field = format!("metrics[{at}].metric");
            let rule = format!("must be the name of a metric, and there is none named {name}");
            Refusal::new(field, rule).within(parent)
        };
        metrics.push(found.remove(name).ok_or_else(absent)?);
    }
    design
        .check_measured(&metrics)
        .map_err(|it| it.within(parent))?;
    Ok(metrics)
}

/// What tokens are worth, where a metric asks for dollars.
async fn rates(
    conn: &mut PgConnection,
    metrics: &[Metric],
    now: DateTime<Utc>,
) -> Result<BTreeMap<String, Decimal>> {
    let in_dollars = |metric: &Metric| matches!(&metric.measure, Measure::Revenue { currency } if currency == DOLLAR);
    if !metrics.iter().any(in_dollars) {
        return Ok(BTreeMap::new());
    }
    Ok(exchange_rate::in_force(conn, now.into())
        .await?
        .in_dollars())
}

/// Refuses urgency that no offer enforces, and offers that make arms differ in the price.
async fn check_offers(conn: &mut PgConnection, design: &Design, now: DateTime<Utc>) -> Result<()> {
    let mut first = None;
    for (at, arm) in design.allocation.arms.iter().enumerate() {
        let offer = design.preset.and_then(|preset| preset.offer(&arm.value));
        let Some((code, tactic)) = offer else {
            continue;
        };
        let found = offer::get(conn, code, now).await?;
        let real = found.filter(|row| {
            row.withdrawn_at.is_none() && tactic.is_real(&row.offer, row.taken, now.into())
        });
        let field = format!("design.allocation.arms[{at}].value.offer");
        let Some(row) = real else {
            let rule = "must be the code of an offer that is open, and ends as the tactic says";
            return Err(Error::refused(field, rule));
        };
        if *first.get_or_insert_with(|| row.offer.reduction.clone()) != row.offer.reduction {
            let rule =
                "must be the code of an offer that takes off as much as those of the other arms";
            return Err(Error::refused(field, rule));
        }
    }
    Ok(())
}

fn shared_out(allocation: &Allocation, from: DateTime<Utc>) -> SharedOut {
    SharedOut {
        from: from.into(),
        coverage_bps: allocation.coverage_bps.into(),
        weights_bps: allocation
            .arms
            .iter()
            .map(|arm| arm.weight_bps.into())
            .collect(),
    }
}
