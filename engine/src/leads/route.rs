//! Leads that have appeared, assigned a page a transaction: whose turn it is and how many leads each member has
//! are read once for all of them.

use super::{
    assign::{Round, routed},
    team,
};
use crate::{Engine, Error, Result, caller::ENGINE, clock::now};
use serde_json::json;
use std::collections::BTreeSet;
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    leads::{assignment, waiting},
    people::person::{self, PersonRow},
    tenant,
    work::{self, Due, Work},
};
use uuid::Uuid;

/// Leads of a page: others who assign one wait as long as it takes.
const PAGE: usize = 200;

/// Assigns a page of the leads that wait, unless they were assigned meanwhile, and goes on when there may be
/// more.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn route(engine: &Engine, work: &Work) -> Result<()> {
    let absent = || Error::Internal("find the organisation of a work");
    let organisation = work.organisation.ok_or_else(absent)?;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let waiting = waiting::list(&mut transaction, limit).await?;
    let people = locked(&mut transaction, &waiting).await?;
    assign(engine, &mut transaction, organisation, &people).await?;
    // After the people are locked, as erasing them does it.
    waiting::remove(&mut transaction, &waiting).await?;
    let noted = if waiting.len() < PAGE {
        work::finish(&mut transaction, work).await?
    } else {
        work::go_on(&mut transaction, work, &json!({}), Due::Now).await?
    };
    if noted {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Who these people are now, neither merged nor erased before the transaction ends.
async fn locked(conn: &mut PgConnection, people: &[Uuid]) -> Result<Vec<PersonRow>> {
    let canonical = person::of(conn, people).await?;
    let canonical: Vec<Uuid> = canonical.iter().map(|it| it.id).collect();
    if !person::lock(conn, &canonical, &[]).await?.is_empty() {
        return Err(StoreError::Raced.into());
    }
    // As they are under the lock.
    Ok(person::of(conn, &canonical).await?)
}

async fn assign(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    people: &[PersonRow],
) -> Result<()> {
    if people.is_empty() || !team::settings(conn).await?.routes {
        return Ok(());
    }
    let settings = team::lock(conn, organisation, ENGINE).await?;
    let mut round = Round::begin(conn, organisation, settings).await?;
    for person in people {
        // Nobody is left of those who were erased.
        if !person.identified || assignment::current(conn, person.id).await?.is_some() {
            continue;
        }
        match routed(engine, conn, organisation, person, BTreeSet::new()).await {
            Ok(lead) => {
                let by = ENGINE.to_owned();
                round.assign(conn, person.id, &lead, by, now()).await?;
            }
            Err(Error::Store(error)) => return Err(error.into()),
            // The others do not wait for it; it can be assigned by hand.
            Err(error) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                tracing::warn!(error, person = %person.id, "a lead is assigned to nobody");
            }
        }
    }
    round.end(conn).await
}
