//! What time changes: events that are too long ago, trials that end, scores that fade.

use crate::{
    Engine, Result,
    clock::now,
    projection::{Touched, project},
};
use serde_json::json;
use std::time::Duration;
use tessera_store::{
    OrganisationId, StoreError, Transaction,
    people::person,
    projection, tenant,
    work::{self, Due, Work},
};

/// Time between two looks.
pub(crate) const EVERY: Duration = Duration::from_secs(60);
/// People of a page: their events wait as long as it takes.
const PAGE: i64 = 200;

/// Computes a page of people of each organisation whose time has come, and looks again soon.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub(crate) async fn pass(engine: &Engine, work: &Work) -> Result<()> {
    let mut transaction = engine.pool.begin().await.map_err(StoreError::from)?;
    let organisations = projection::organisations_due(&mut transaction, now().into()).await?;
    if organisations.is_empty() {
        return go_on(transaction, work, Due::After(EVERY)).await;
    }
    drop(transaction);
    let mut due = Due::After(EVERY);
    for organisation in organisations {
        match page(engine, organisation).await {
            Ok(()) => due = Due::Now,
            // The others do not wait for it.
            Err(error) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                tracing::warn!(error, organisation = organisation.0, "no segment moves on");
            }
        }
    }
    let transaction = engine.pool.begin().await.map_err(StoreError::from)?;
    go_on(transaction, work, due).await
}

async fn go_on(mut transaction: Transaction, work: &Work, due: Due) -> Result<()> {
    if work::go_on(&mut transaction, work, &json!({}), due).await? {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

async fn page(engine: &Engine, organisation: OrganisationId) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let rules = engine.rules.current(&mut transaction, organisation).await?;
    let now = now();
    let people = projection::people_due(&mut transaction, now.into(), PAGE).await?;
    let merged = person::lock(&mut transaction, &people, &[]).await?;
    let later = people
        .into_iter()
        .filter(|it| !merged.contains(it))
        .collect();
    let touched = Touched {
        later,
        ..Touched::default()
    };
    project(&mut transaction, organisation, &rules, &touched, now).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}
