//! Jobs: a request asks for one, a worker does it, and its result is kept for a while.

mod progress;

pub(crate) use progress::{Outcome, Progress};

use crate::{
    Caller, Engine, Error, Result,
    automation::journeys,
    experiments::reports,
    leads::{absent, backtest, train},
    work::Kind,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tessera_domain::leads::prediction::TrainingConfig;
use tessera_store::{
    OrganisationId, PgConnection, StoreError, Transaction,
    job::{self, JobRow},
    rule_set::{self, RuleKind},
    tenant,
    work::{self, Due, NewWork, Work},
};
use uuid::Uuid;

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
}

impl JobRequest {
    /// Its kind, as it is stored and answered.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Backtest { .. } => "backtest",
            Self::Training { .. } => "training",
            Self::Verification { .. } => "verification",
            Self::Rehearsal { .. } => "rehearsal",
        }
    }
}

/// Asks for a job; returns its id.
///
/// # Errors
/// [`Error::NotFound`] when there is no such version or report, [`Error::Refused`] when a parameter is not
/// valid, [`Error::TooManyRequests`] while too many jobs are not finished, [`Error::Store`].
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
    match outcome {
        Some(Ok(outcome)) => {
            let result = outcome.keep(&mut transaction, organisation).await?;
            job::complete(&mut transaction, id, &result).await?;
        }
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
