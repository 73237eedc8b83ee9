//! What projections keep of a person whom most events move under many of them: in one row, since what
//! writing costs is rows.
//!
//! A row is read, changed and written by whoever has locked its person.

mod bytes;

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tessera_domain::projection::Kept;
use uuid::Uuid;

/// What is kept of a person, by the projection's number. None of it has places in ranges of days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle(BTreeMap<i32, Kept>);

impl Bundle {
    /// What a projection keeps of the person.
    pub fn get(&self, projection: i32) -> Option<&Kept> {
        self.0.get(&projection)
    }

    /// Keeps something else, or nothing.
    pub fn set(&mut self, projection: i32, kept: Option<Kept>) {
        match kept {
            Some(kept) => self.0.insert(projection, kept),
            None => self.0.remove(&projection),
        };
    }

    /// Keeps only what these projections keep; whether there was anything else.
    pub fn retain(&mut self, projections: &BTreeSet<i32>) -> bool {
        let before = self.0.len();
        self.0.retain(|id, _| projections.contains(id));
        self.0.len() < before
    }

    /// From when on one of the places may be another one without any event.
    fn next_at(&self) -> Option<DateTime<Utc>> {
        let next = self.0.values().filter_map(|kept| kept.place.next).min();
        next.map(Into::into)
    }
}

/// The bundles of people. Those of whom nothing is kept are left out.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also when one cannot be read.
pub async fn bundles(conn: &mut PgConnection, people: &[Uuid]) -> Result<HashMap<Uuid, Bundle>> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select found.person, found.kept
         from unnest($1::uuid[]) wanted (person)
         cross join lateral (
             select person, kept from engine.projection_bundle
             where organisation = engine.current_organisation()
               and projection_bundle.person = wanted.person
             limit 1
         ) found",
        people,
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|row| read(row.person, &row.kept));
    read.collect()
}

fn read(person: Uuid, kept: &[u8]) -> Result<(Uuid, Bundle)> {
    Ok((person, bytes::read(kept)?))
}

/// Writes bundles in place of those that are stored. Their people are locked.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn write_bundles(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    all: &BTreeMap<Uuid, Bundle>,
) -> Result<()> {
    let (empty, full): (Vec<_>, Vec<_>) = all.iter().partition(|(_, bundle)| bundle.0.is_empty());
    if !full.is_empty() {
        let people: Vec<Uuid> = full.iter().map(|(person, _)| **person).collect();
        let kept: Vec<Vec<u8>> = full.iter().map(|(_, it)| bytes::write(it)).collect();
        let next: Vec<_> = full.iter().map(|(_, bundle)| bundle.next_at()).collect();
        sqlx::query!(
            "insert into engine.projection_bundle (organisation, person, kept, next_at)
             select $1, new.* from unnest($2::uuid[], $3::bytea[], $4::timestamptz[]) new
             on conflict (organisation, person) do update
             set kept = excluded.kept, next_at = excluded.next_at",
            organisation.0,
            &people,
            &kept,
            &next as _,
        )
        .execute(&mut *conn)
        .await?;
    }
    if !empty.is_empty() {
        let people: Vec<Uuid> = empty.iter().map(|(person, _)| **person).collect();
        sqlx::query!(
            "delete from engine.projection_bundle
             using unnest($1::uuid[]) gone (person)
             cross join lateral (
                 select ctid as place from engine.projection_bundle
                 where organisation = engine.current_organisation()
                   and projection_bundle.person = gone.person
                 limit 1
             ) found
             where projection_bundle.ctid = found.place",
            &people,
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// The bundles of at most `limit` people after `after`, by id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also when a bundle cannot be read.
pub async fn page_of_bundles(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> Result<BTreeMap<Uuid, Bundle>> {
    let page = sqlx::query!(
        "select person, kept from engine.projection_bundle
         where organisation = engine.current_organisation() and person > $1
         order by person limit $2",
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    page.into_iter()
        .map(|row| read(row.person, &row.kept))
        .collect()
}

/// What a projection keeps of people whose place may be another one at `now` without any event.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also when a bundle cannot be read.
pub async fn due(conn: &mut PgConnection, id: i32, now: DateTime<Utc>) -> Result<Vec<Kept>> {
    let rows = sqlx::query_scalar!(
        "select kept from engine.projection_bundle
         where organisation = engine.current_organisation() and next_at <= $1",
        now,
    );
    let mut due = Vec::new();
    for kept in rows.fetch_all(conn).await? {
        let mut bundle = bytes::read(&kept)?;
        let of_projection = bundle.0.remove(&id);
        let is_due = |kept: &Kept| kept.place.next.is_some_and(|next| next <= now.into());
        due.extend(of_projection.filter(is_due));
    }
    Ok(due)
}

/// How many people have a label under one projection and a label under another, by the number of the
/// other and both labels. Who has none under one of them is left out.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also when a bundle cannot be read.
pub async fn labels_together(
    conn: &mut PgConnection,
    one: i32,
    others: &[i32],
) -> Result<BTreeMap<(i32, String, String), u64>> {
    let mut rows = sqlx::query_scalar!(
        "select kept from engine.projection_bundle
         where organisation = engine.current_organisation()",
    )
    .fetch(conn);
    let mut counts = BTreeMap::new();
    while let Some(kept) = rows.try_next().await? {
        let bundle = bytes::read(&kept)?;
        let label = |id: i32| {
            let label = bundle.get(id).map(|it| &it.place.label);
            label.filter(|it| !it.is_empty()).cloned()
        };
        let Some(of_one) = label(one) else {
            continue;
        };
        for other in others {
            if let Some(of_other) = label(*other) {
                *counts
                    .entry((*other, of_one.clone(), of_other))
                    .or_default() += 1;
            }
        }
    }
    Ok(counts)
}

/// At most `limit` people after `after`, by id, while a removed or closed projection may keep something.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn to_strip(conn: &mut PgConnection, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select person from engine.projection_bundle
         where organisation = engine.current_organisation() and person > $1
           and exists (select from engine.projection
                       where organisation = engine.current_organisation()
                         and status in ('removed', 'closing'))
         order by person limit $2",
        after,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Takes away what removed and closed projections keep of people, who are locked.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also when a bundle cannot be read.
pub async fn strip(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    people: &[Uuid],
) -> Result<()> {
    let in_force = sqlx::query_scalar!(
        "select id from engine.projection
         where organisation = engine.current_organisation() and status in ('building', 'live')",
    );
    let in_force: BTreeSet<i32> = in_force.fetch_all(&mut *conn).await?.into_iter().collect();
    let strip = |(person, mut bundle): (Uuid, Bundle)| {
        let changed = bundle.retain(&in_force);
        changed.then_some((person, bundle))
    };
    let bundles = bundles(conn, people).await?;
    let stripped = bundles.into_iter().filter_map(strip).collect();
    write_bundles(conn, organisation, &stripped).await
}
