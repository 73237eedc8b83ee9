//! One attempt at one work: kept while it lasts, noted when it fails.

use super::{Kind, pause};
use crate::{Engine, Error, Result};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, time::Duration};
use tessera_store::{
    PgPool, StoreError,
    work::{self, Work},
};
use tokio::time::sleep;

/// How long a worker holds the work that it takes; a living worker renews it.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// Does the work, unless another worker takes it meanwhile. Returns whether it succeeded.
pub(super) async fn attempt(engine: &Engine, kind: Kind, work: &Work) -> bool {
    let performed = AssertUnwindSafe(kind.perform(engine, work)).catch_unwind();
    let problem = tokio::select! {
        biased;
        performed = performed => match performed {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => words(&error),
            Err(_) => "it panicked".to_owned(),
        },
        () = keep(&engine.pool, work) => "another worker has taken it".to_owned(),
    };
    let most = kind.most_attempts();
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
    false
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
