//! Checks that what is kept is what the events say: people are computed again from all of their
//! events, and the sums from the people.

use crate::{Engine, Result, metrics};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};
use tessera_domain::{
    experiments::moments::Moments,
    projection::{AllMoments, Definition, Kept, Measured, News, Sums, add},
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    access::organisation,
    capture::event,
    projection,
    rules::Applied,
    tenant,
    work::{self, Due, Work},
};
use uuid::Uuid;

/// Time between two samples.
const EVERY: Duration = Duration::from_secs(60);
/// People of a sample, of each projection of an organisation.
const SAMPLE: i64 = 20;
/// People read together.
const PAGE: i64 = 500;

/// What a verification found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verified {
    /// People who were computed again.
    pub people: usize,
    /// Those whose kept state differs.
    pub differing: usize,
    /// Sums that are not what the people add up to; looked at with all people only.
    pub sums: usize,
}

/// Computes everybody of a projection again, and the sums from them, as of the transaction's
/// snapshot.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store), [`Error::BrokenState`](crate::Error::BrokenState).
pub async fn verify(conn: &mut PgConnection, id: i32, definition: &Definition) -> Result<Verified> {
    let mut found = Verified::default();
    let mut again = Totals::default();
    let mut after = Uuid::nil();
    loop {
        let kept = kept(conn, id, definition, after, PAGE).await?;
        let Some(last) = kept.keys().next_back() else {
            break;
        };
        after = *last;
        compare(conn, definition, kept, &mut found, &mut again).await?;
    }
    let again = again.settled();
    found.sums = differing(&again.sums, &projection::sums(conn, id).await?)
        + differing(&again.moments, &projection::moments(conn, id).await?);
    Ok(found)
}

/// What is kept of at most `limit` people after `after`, by id.
async fn kept(
    conn: &mut PgConnection,
    id: i32,
    definition: &Definition,
    after: Uuid,
    limit: i64,
) -> Result<BTreeMap<Uuid, Kept>> {
    Ok(if definition.is_bundled() {
        projection::kept_in_bundles(conn, id, after, limit).await?
    } else {
        projection::kept(conn, id, after, limit).await?
    })
}

/// What people add up to.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) sums: Sums,
    pub(crate) moments: AllMoments<Measured>,
}

impl Totals {
    /// Adds what has changed.
    pub(crate) fn add(&mut self, sums: Sums, moments: Vec<(Measured, Moments)>) {
        for (measured, amount) in sums {
            add(&mut self.sums, measured, amount);
        }
        for (measured, more) in moments {
            self.moments.entry(measured).or_default().add(&more, 1);
        }
    }

    /// Without what has come to nothing.
    pub(crate) fn settled(mut self) -> Self {
        self.sums.retain(|_, amount| *amount != 0);
        self.moments.retain(|_, moments| !moments.is_empty());
        self
    }
}

/// How many sums are not what is stored.
fn differing<T: PartialEq>(
    computed: &BTreeMap<Measured, T>,
    stored: &BTreeMap<Measured, T>,
) -> usize {
    let differs = |measured: &&_| computed.get(*measured) != stored.get(*measured);
    stored.keys().filter(differs).count()
        + computed
            .keys()
            .filter(|it| !stored.contains_key(*it))
            .count()
}

async fn compare(
    conn: &mut PgConnection,
    definition: &Definition,
    kept: BTreeMap<Uuid, Kept>,
    found: &mut Verified,
    totals: &mut Totals,
) -> Result<()> {
    let people: Vec<Uuid> = kept.keys().copied().collect();
    let histories = event::histories(conn, &people).await?;
    for (person, kept) in kept {
        let events = histories.get(&person).map_or(&[][..], Vec::as_slice);
        let computed = definition
            .advance(None, News::Added(events), kept.place.at)?
            .unwrap_or_default();
        found.people += 1;
        found.differing += usize::from(computed.kept != Some(kept));
        totals.add(computed.sums, computed.moments);
    }
    Ok(())
}

/// Computes some people of the next organisation again and counts what it finds, now and then.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store), [`Error::BrokenState`](crate::Error::BrokenState).
pub(crate) async fn verify_some(engine: &Engine, work: &Work) -> Result<()> {
    let after = work.payload["organisation"].as_i64().unwrap_or(0);
    let mut conn = engine.pool.acquire().await.map_err(StoreError::from)?;
    let next = organisation::next(&mut conn, i32::try_from(after).unwrap_or(0)).await?;
    drop(conn);
    if let Some(id) = next {
        sample(engine, id).await?;
    }
    let mut transaction = engine.pool.begin().await.map_err(StoreError::from)?;
    let payload = json!({ "organisation": next.map_or(0, |id| id.0) });
    if work::go_on(&mut transaction, work, &payload, Due::After(EVERY)).await? {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// An id of a random moment: those of people begin with the moment at which they were first seen.
fn moment(from: DateTime<Utc>, until: DateTime<Utc>) -> Uuid {
    let (from, until) = (from.timestamp_millis(), until.timestamp_millis());
    let millis = rand::random_range(from..=until.max(from));
    uuid::Builder::from_unix_timestamp_millis(millis.unsigned_abs(), &rand::random()).into_uuid()
}

async fn sample(engine: &Engine, id: OrganisationId) -> Result<()> {
    let mut transaction = tenant::snapshot(&engine.pool, id).await?;
    let rules = engine.rules.latest(&mut transaction, id).await?;
    let created_at = organisation::current(&mut transaction).await?.created_at;
    for Applied {
        id: projection,
        definition,
        ..
    } in &rules.projections
    {
        let from = moment(created_at, Utc::now());
        let mut people = kept(&mut transaction, *projection, definition, from, SAMPLE).await?;
        if people.is_empty() {
            let first = Uuid::nil();
            people = kept(&mut transaction, *projection, definition, first, SAMPLE).await?;
        }
        let mut found = Verified::default();
        compare(
            &mut transaction,
            definition,
            people,
            &mut found,
            &mut Totals::default(),
        )
        .await?;
        metrics::verified(found.people, found.differing);
        if found.differing > 0 {
            tracing::error!(
                organisation = id.0,
                projection,
                differing = found.differing,
                "what is kept of people is not what their events say"
            );
        }
    }
    Ok(())
}
