//! Jobs: a request asks for one, a worker does it, and its result is kept for a while.

mod progress;

pub(crate) use progress::{Outcome, Progress};

use crate::{
    Caller, Engine, Error, Result,
    automation::{
        audience_exports, journeys,
        retention::{
            health,
            uplift::{self, Looked},
        },
    },
    experiments::reports,
    leads::{absent, backtest, train},
    work::Kind,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tessera_domain::{automation::audience::AudienceFormat, leads::prediction::TrainingConfig};
use tessera_store::{
    OrganisationId, PgConnection, StoreError, Transaction,
    job::{self, JobRow},
    rule_set::{self, RuleKind},
    tenant,
    work::{self, Due, NewWork, Work},
};
use uuid::Uuid;

/// The kind of a job whose result is for who may export people alone.
pub const AUDIENCE_EXPORT: &str = "audience_export";
/// Most jobs of an organisation that are not finished.
const MAX_UNFINISHED: i64 = 5;
/// Seconds after which it makes sense to ask for one more.
const RETRY_SECS: u64 = 30;

/// What is to be computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobRequest {
    /// A version of the scoring model, and the one in force, on the outcomes of past leads.
    Backtest {
        /// The version.
        version: i32,
    },
    /// A predictive model from the outcomes of past leads.
    Training {
        /// Its parameters.
        config: TrainingConfig,
    },
    /// A report of an experiment, counted again from the event log.
    Verification {
        /// Key of the experiment.
        experiment: String,
        /// The report's id.
        report: Uuid,
    },
    /// A journey over the past, as if it had been published then.
    Rehearsal {
        /// Name of the journey.
        journey: String,
        /// The version.
        version: i32,
        /// From so many days ago.
        days: u16,
    },
    /// The members of a segment who have agreed to it, for advertising.
    AudienceExport {
        /// Name of the segment.
        segment: String,
        /// The platform that is to read it.
        format: AudienceFormat,
    },
    /// The health of every customer.
    Health,
    /// What a version of a journey changes.
    Uplift {
        /// Name of the journey.
        journey: String,
        /// The version.
        version: i32,
        /// What is looked for.
        outcome: Looked,
        /// Days from a person's entry.
        window_days: u16,
    },
}

impl JobRequest {
    /// Its kind, as it is stored and answered.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Backtest { .. } => "backtest",
            Self::Training { .. } => "training",
            Self::Verification { .. } => "verification",
            Self::Rehearsal { .. } => "rehearsal",
            Self::AudienceExport { .. } => AUDIENCE_EXPORT,
            Self::Health => "health",
            Self::Uplift { .. } => "uplift",
        }
    }
}

/// Asks for a job; returns its id.
///
/// # Errors
/// [`Error::NotFound`] when there is no such version or report, [`Error::Refused`] when a parameter is not
/// valid, [`Error::Conflict`] when there is nothing to compare, [`Error::TooManyRequests`] while too many jobs are not finished, [`Error::Store`].
pub async fn request(
    conn: &mut PgConnection,
    caller: &Caller,
    request: &JobRequest,
) -> Result<Uuid> {
    match request {
        JobRequest::Backtest { version } => {
            let found = rule_set::get(conn, RuleKind::ScoringModel, *version).await?;
            found.ok_or_else(|| absent(*version))?;
        }
        JobRequest::Training { config } => config.validate()?,
        JobRequest::Verification { experiment, report } => {
            reports::get(conn, experiment, *report).await?;
        }
        JobRequest::Rehearsal {
            journey, version, ..
        } => {
            let row = journeys::get(conn, journey, Some(*version)).await?;
            journeys::unless_unknown(&row.journey)?;
        }
        JobRequest::AudienceExport { segment, .. } => {
            audience_exports::unless_unknown(conn, segment).await?;
        }
        JobRequest::Health => {}
        JobRequest::Uplift {
            journey,
            version,
            outcome,
            ..
        } => uplift::unless_unknown(conn, (journey, *version), *outcome).await?,
    }
    let organisation = caller.organisation;
    if job::unfinished(conn, organisation).await? >= MAX_UNFINISHED {
        return Err(Error::TooManyRequests {
            retry_after_secs: RETRY_SECS,
        });
    }
    let id = Uuid::now_v7();
    let actor = caller.actor.to_string();
    let kind = request.kind();
    job::insert(conn, organisation, id, kind, &json!(request), &actor).await?;
    let work = NewWork {
        kind: Kind::Job.as_str(),
        key: &id.to_string(),
        organisation: Some(organisation),
        due: Due::Now,
    };
    work::schedule(conn, work).await?;
    Ok(id)
}

/// Does a job and keeps its result, or why there is none, in the transaction that finishes the work.
///
/// # Errors
/// What another attempt may not meet: [`Error::Store`], [`Error::Internal`].
pub(crate) async fn perform(engine: &Engine, work: &Work) -> Result<()> {
    let (organisation, id) = named(work)?;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let found = job::get(&mut transaction, id).await?;
    drop(transaction);
    let outcome = match found.filter(|job| job.finished_at.is_none()) {
        Some(job) => Some(compute(engine, organisation, job).await),
        None => None,
    };
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let kept = match outcome {
        Some(Ok(outcome)) => Some(outcome.keep(&mut transaction, organisation).await),
        Some(Err(error)) => Some(Err(error)),
        None => None,
    };
    match kept {
        Some(Ok(result)) => job::complete(&mut transaction, id, &result).await?,
        // Another attempt would meet the same.
        Some(Err(error @ (Error::NotFound { .. } | Error::Conflict(_)))) => {
            job::give_up(&mut transaction, id, &error.to_string()).await?;
        }
        Some(Err(error)) => return Err(error),
        None => {}
    }
    finish(transaction, work).await
}

async fn compute(engine: &Engine, organisation: OrganisationId, job: JobRow) -> Result<Outcome> {
    let request: JobRequest =
        serde_json::from_value(job.request).map_err(|_| Error::Internal("read a job"))?;
    let progress = Progress {
        engine,
        organisation,
        id: job.id,
    };
    match request {
        JobRequest::Backtest { version } => backtest(&progress, version).await,
        JobRequest::Training { config } => train(&progress, config, &job.created_by).await,
        JobRequest::Verification { experiment, report } => {
            reports::verify(engine, organisation, &experiment, report).await
        }
        JobRequest::Rehearsal {
            journey,
            version,
            days,
        } => journeys::rehearse(engine, organisation, &journey, version, days).await,
        JobRequest::AudienceExport { segment, format } => {
            audience_exports::compute(engine, organisation, job.id, (segment, format)).await
        }
        JobRequest::Health => health::compute(engine, organisation).await,
        JobRequest::Uplift {
            journey,
            version,
            outcome,
            window_days,
        } => {
            let looked = (outcome, window_days);
            uplift::compute(engine, organisation, (&journey, version), looked).await
        }
    }
}

/// Keeps why a job is given up, in the transaction that finishes the work.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn give_up(engine: &Engine, work: &Work, problem: &str) -> Result<()> {
    let (organisation, id) = named(work)?;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    job::give_up(&mut transaction, id, problem).await?;
    finish(transaction, work).await
}

/// Commits, unless another worker has taken the work since.
async fn finish(mut transaction: Transaction, work: &Work) -> Result<()> {
    if work::finish(&mut transaction, work).await? {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

fn named(work: &Work) -> Result<(OrganisationId, Uuid)> {
    let organisation = work.organisation.zip(work.key.parse().ok());
    organisation.ok_or(Error::Internal("find the job of a work"))
}
