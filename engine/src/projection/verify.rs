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
    projection::{self, Bundle},
    rules::Applied,
    tenant,
    work::{self, Due, Work},
};
use uuid::Uuid;

/// Time between two samples.
const EVERY: Duration = Duration::from_secs(60);
/// People of a sample, of each projection of an organisation.
const SAMPLE: u8 = 20;
/// Bundles of a sample: a projection may keep something in few of them.
const SAMPLED_BUNDLES: i64 = 200;
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
        let (last, kept) = page(conn, id, definition, after).await?;
        let Some(last) = last else {
            break;
        };
        after = last;
        compare(conn, definition, kept, &mut found, &mut again).await?;
    }
    let again = again.settled();
    found.sums = differing(&again.sums, &projection::sums(conn, id).await?)
        + differing(&again.moments, &projection::moments(conn, id).await?);
    Ok(found)
}

/// The last of a page of people after `after`, and what is kept of any of them.
async fn page(
    conn: &mut PgConnection,
    id: i32,
    definition: &Definition,
    after: Uuid,
) -> Result<(Option<Uuid>, BTreeMap<Uuid, Kept>)> {
    if definition.is_bundled() {
        let bundles = projection::page_of_bundles(conn, after, PAGE).await?;
        let last = bundles.keys().next_back().copied();
        return Ok((last, kept_in(&bundles, id).collect()));
    }
    let kept = projection::kept(conn, id, after, PAGE).await?;
    Ok((kept.keys().next_back().copied(), kept))
}

/// What a projection keeps in bundles.
fn kept_in(bundles: &BTreeMap<Uuid, Bundle>, id: i32) -> impl Iterator<Item = (Uuid, Kept)> {
    let all = bundles.iter();
    all.filter_map(move |(person, bundle)| Some((*person, bundle.get(id)?.clone())))
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

/// What a projection keeps of some people after `from`, or of the first ones where there are none.
async fn some_kept(conn: &mut PgConnection, id: i32, from: Uuid) -> Result<BTreeMap<Uuid, Kept>> {
    let found = projection::kept(conn, id, from, SAMPLE.into()).await?;
    Ok(if found.is_empty() {
        projection::kept(conn, id, Uuid::nil(), SAMPLE.into()).await?
    } else {
        found
    })
}

/// The bundles of some people after `from`, or of the first ones where there are none.
async fn some_bundles(conn: &mut PgConnection, from: Uuid) -> Result<BTreeMap<Uuid, Bundle>> {
    let found = projection::page_of_bundles(conn, from, SAMPLED_BUNDLES).await?;
    Ok(if found.is_empty() {
        projection::page_of_bundles(conn, Uuid::nil(), SAMPLED_BUNDLES).await?
    } else {
        found
    })
}

async fn sample(engine: &Engine, id: OrganisationId) -> Result<()> {
    let mut transaction = tenant::snapshot(&engine.pool, id).await?;
    let rules = engine.rules.latest(&mut transaction, id).await?;
    let created_at = organisation::current(&mut transaction).await?.created_at;
    let bundles = some_bundles(&mut transaction, moment(created_at, Utc::now())).await?;
    for Applied {
        id: projection,
        definition,
        ..
    } in &rules.projections
    {
        let people = if definition.is_bundled() {
            let kept = kept_in(&bundles, *projection);
            kept.take(SAMPLE.into()).collect()
        } else {
            let from = moment(created_at, Utc::now());
            some_kept(&mut transaction, *projection, from).await?
        };
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
