//! One attempt at one work: kept while it lasts, noted when it fails, given back when the worker is
//! stopped.

use super::{Kind, pause};
use crate::{Engine, Error, Result};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, time::Duration};
use tessera_store::{
    PgPool, StoreError,
    work::{self, Work},
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long a worker holds the work that it takes; a living worker renews it.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// How long a worker that is stopped tries to give its work back.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often work is begun again because another transaction was in its way, before it has failed.
const RACES: usize = 3;

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempted {
    /// The work is done.
    Done,
    /// It failed, and is tried again unless it was the last time.
    Failed,
    /// The worker was stopped, and has given the work back.
    GivenBack,
}

/// Does the work, unless another worker takes it meanwhile or this one is stopped.
pub(super) async fn attempt(
    engine: &Engine,
    kind: Kind,
    work: &Work,
    stop: &CancellationToken,
) -> Attempted {
    let most = kind.most_attempts();
    let problem = if most.is_some_and(|most| work.attempts > most) {
        "each worker that did it ended before it was done".to_owned()
    } else {
        let performed = AssertUnwindSafe(perform(engine, kind, work)).catch_unwind();
        tokio::select! {
            biased;
            performed = performed => match performed {
                Ok(Ok(())) => return Attempted::Done,
                Ok(Err(error)) => words(&error),
                Err(_) => "it panicked".to_owned(),
            },
            () = keep(&engine.pool, work) => "another worker has taken it".to_owned(),
            () = stop.cancelled() => {
                give_back(engine, work).await;
                return Attempted::GivenBack;
            }
        }
    };
    let again = most
        .is_none_or(|most| work.attempts < most)
        .then(|| pause(work.attempts));
    tracing::warn!(
        kind = work.kind,
        key = work.key,
        attempts = work.attempts,
        again_secs = again.map(|again| again.as_secs()),
        "work failed: {problem}"
    );
    if let Err(error) = note(engine, kind, work, &problem, again).await {
        let error: &(dyn std::error::Error + 'static) = &error;
        tracing::warn!(error, "that it failed cannot be noted; its lease runs out");
    }
    Attempted::Failed
}

/// Does the work, which may begin again at any moment.
async fn perform(engine: &Engine, kind: Kind, work: &Work) -> Result<()> {
    for _ in 0..RACES {
        match kind.perform(engine, work).await {
            Err(Error::Store(error)) if error.is_race() => {}
            performed => return performed,
        }
    }
    kind.perform(engine, work).await
}

/// Gives the work back; what cannot be given back soon is taken when its lease has run out.
async fn give_back(engine: &Engine, work: &Work) {
    let given = async {
        let mut conn = engine.pool.acquire().await.map_err(StoreError::from)?;
        work::give_back(&mut conn, work).await
    };
    if !matches!(timeout(PATIENCE, given).await, Ok(Ok(()))) {
        tracing::warn!(
            kind = work.kind,
            key = work.key,
            "work cannot be given back; its lease runs out"
        );
    }
}

/// Renews the lease again and again; ends when another worker has taken the work.
async fn keep(pool: &PgPool, work: &Work) {
    loop {
        sleep(LEASE / 3).await;
        let kept = async {
            let mut conn = pool.acquire().await.map_err(StoreError::from)?;
            work::keep(&mut conn, work, LEASE).await
        };
        // While the database is away nobody else takes it either.
        if let Ok(false) = kept.await {
            return;
        }
    }
}

async fn note(
    engine: &Engine,
    kind: Kind,
    work: &Work,
    problem: &str,
    again: Option<Duration>,
) -> Result<()> {
    let Some(again) = again else {
        return kind.give_up(engine, work, problem).await;
    };
    let mut conn = engine.pool.acquire().await.map_err(StoreError::from)?;
    Ok(work::fail(&mut conn, work, problem, again).await?)
}

fn words(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
