//! People and their identifiers. Facts are kept for the canonical person, whose row is also the
//! lock under which they change.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, types::Json};
use std::collections::{BTreeMap, HashMap};
use tessera_domain::{
    access::secret::DigestKey,
    people::{Identifier, IdentifierKind, digest},
};
use uuid::Uuid;

/// The kind of an identifier, and the digest of its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentifierKey {
    /// The kind of identifier.
    pub kind: IdentifierKind,
    /// Under the organisation's digest key.
    pub digest: [u8; 32],
}

impl IdentifierKey {
    /// The key under which `identifier` is looked up.
    pub fn of(identifier: &Identifier, digests: &DigestKey) -> Self {
        Self {
            kind: identifier.kind(),
            digest: digest(digests, identifier),
        }
    }
}

/// The person behind an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The person who holds it.
    pub person: Uuid,
    /// When that person was first seen.
    pub seen_since: DateTime<Utc>,
    /// The person's canonical person after all merges.
    pub canonical: Uuid,
    /// Whether the canonical person is more than a browser.
    pub identified: bool,
    /// When the canonical person was first seen.
    pub first_seen: DateTime<Utc>,
    /// Whether the organisation or the chain vouches for the identifier.
    pub vouched: bool,
}

/// A person to add.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Ids sort by age.
    pub id: Uuid,
    /// Whether it is more than a browser.
    pub identified: bool,
    /// When it was first seen.
    pub first_seen: DateTime<Utc>,
}

/// An identifier to add.
#[derive(Debug, Clone)]
pub struct NewIdentifier {
    /// The kind and the digest.
    pub key: IdentifierKey,
    /// The person who holds it.
    pub person: Uuid,
    /// The value, sealed under the person's key.
    pub sealed: Option<Vec<u8>>,
    /// Whether the organisation or the chain vouches for it.
    pub vouched: bool,
}

/// A canonical person, with the data of everybody merged into them.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// The canonical person.
    pub id: Uuid,
    /// Whether it is more than a browser.
    pub identified: bool,
    /// Traits that rules may read. The newest statement counts, whichever of the merged people it is about; of
    /// statements at one moment the person's own.
    pub traits: Value,
    /// When each of the person's own traits was stated, microseconds since 1970.
    pub trait_times: Json<BTreeMap<String, i64>>,
    /// Personal traits, sealed.
    pub sealed: Option<Vec<u8>>,
    /// The person's key, wrapped.
    pub data_key: Option<Vec<u8>>,
    /// When it was first seen.
    pub first_seen: DateTime<Utc>,
}

/// The people behind these identifiers; unknown identifiers are left out.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn resolve(
    conn: &mut PgConnection,
    keys: &[IdentifierKey],
) -> Result<HashMap<IdentifierKey, Known>> {
    let kinds: Vec<&str> = keys.iter().map(|key| key.kind.as_str()).collect();
    let digests: Vec<&[u8]> = keys.iter().map(|key| key.digest.as_slice()).collect();
    let rows = sqlx::query!(
        r#"select wanted.position as "position!", found.person, found.seen_since, found.canonical,
                  found.identified, found.first_seen, held.vouched
           from unnest($1::text[], $2::bytea[]) with ordinality wanted (kind, digest, position)
           cross join lateral (
               select person, vouched from engine.identifier
               where identifier.organisation = engine.current_organisation()
                 and identifier.kind = wanted.kind and identifier.digest = wanted.digest
               limit 1
           ) held
           cross join lateral (
               select id, canonical, first_seen from engine.person
               where person.id = held.person limit 1
           ) holder
           cross join lateral (
               select holder.id as person, holder.first_seen as seen_since, id as canonical,
                      identified, first_seen
               from engine.person where person.id = holder.canonical limit 1
           ) found"#,
        &kinds as _,
        &digests as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let key = keys.get(usize::try_from(row.position - 1).ok()?)?;
            let known = Known {
                person: row.person,
                seen_since: row.seen_since,
                canonical: row.canonical,
                identified: row.identified,
                first_seen: row.first_seen,
                vouched: row.vouched,
            };
            Some((key.clone(), known))
        })
        .collect())
}

/// Adds people, each as their own canonical person.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    people: &[NewPerson],
) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = people.iter().map(|person| person.id).collect();
    let identified: Vec<bool> = people.iter().map(|person| person.identified).collect();
    let first_seen: Vec<DateTime<Utc>> = people.iter().map(|person| person.first_seen).collect();
    sqlx::query!(
        "insert into engine.person (id, organisation, canonical, identified, first_seen)
         select id, $1, id, identified, first_seen
         from unnest($2::uuid[], $3::bool[], $4::timestamptz[]) new (id, identified, first_seen)",
        organisation.0,
        &ids,
        &identified,
        &first_seen,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds identifiers; returns how many: fewer than given when another transaction was first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert_identifiers(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    identifiers: &[NewIdentifier],
) -> Result<usize> {
    if identifiers.is_empty() {
        return Ok(0);
    }
    let kinds: Vec<&str> = identifiers.iter().map(|it| it.key.kind.as_str()).collect();
    let digests: Vec<&[u8]> = identifiers
        .iter()
        .map(|it| it.key.digest.as_slice())
        .collect();
    let people: Vec<Uuid> = identifiers.iter().map(|it| it.person).collect();
    let sealed: Vec<Option<&[u8]>> = identifiers.iter().map(|it| it.sealed.as_deref()).collect();
    let vouched: Vec<bool> = identifiers.iter().map(|it| it.vouched).collect();
    let inserted = sqlx::query!(
        "insert into engine.identifier (organisation, kind, digest, person, sealed, vouched)
         select $1, kind, digest, person, sealed, vouched
         from unnest($2::text[], $3::bytea[], $4::uuid[], $5::bytea[], $6::bool[])
              new (kind, digest, person, sealed, vouched)
         order by kind, digest
         on conflict do nothing",
        organisation.0,
        &kinds as _,
        &digests as _,
        &people,
        &sealed as _,
        &vouched,
    )
    .execute(conn)
    .await?;
    Ok(usize::try_from(inserted.rows_affected()).unwrap_or(usize::MAX))
}

/// Locks canonical people, in the same order in all transactions. Returns those that are no longer
/// canonical, and those of `browsers` that have become more than a browser.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(
    conn: &mut PgConnection,
    people: &[Uuid],
    browsers: &[Uuid],
) -> Result<Vec<Uuid>> {
    let mut sorted = people.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let stale = sqlx::query_scalar!(
        r#"with locked as (
               select found.id, found.canonical, found.identified
               from (select id from unnest($1::uuid[]) given (id) order by id) wanted
               cross join lateral (
                   select id, canonical, identified from engine.person
                   where person.id = wanted.id limit 1 for no key update
               ) found
           )
           select id as "id!" from locked
           where canonical <> id or (identified and id = any($2))"#,
        &sorted,
        browsers,
    )
    .fetch_all(conn)
    .await?;
    Ok(stale)
}

/// Marks people as more than browsers.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn mark_identified(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update engine.person set identified = true where id = any($1) and not identified",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Recomputes from the identifiers of canonical people whether each is more than a browser.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn review_identified(conn: &mut PgConnection, canonical: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "update engine.person set identified = known.identified
         from (select member.canonical,
                      coalesce(bool_or(identifier.kind <> 'anonymous'), false) as identified
               from engine.person member
               left join engine.identifier on identifier.person = member.id
               where member.canonical = any($1)
               group by member.canonical) known
         where person.id = known.canonical and person.identified <> known.identified",
        canonical,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The canonical person behind `id`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<PersonRow>> {
    Ok(of(conn, &[id]).await?.pop())
}

/// The canonical people behind `people`, in order of their ids.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of(conn: &mut PgConnection, people: &[Uuid]) -> Result<Vec<PersonRow>> {
    Ok(sqlx::query_as!(
        PersonRow,
        r#"select person.id, person.identified, person.sealed, person.data_key,
                  person.trait_times as "trait_times: Json<BTreeMap<String, i64>>",
                  known.traits as "traits!", known.first_seen as "first_seen!"
           from engine.person
           cross join lateral (
               select min(member.first_seen) as first_seen,
                      coalesce(
                          jsonb_object_agg(name, value order by coalesce((member.trait_times ->> name)::bigint, 0),
                                                                member.id = person.id, member.id desc)
                              filter (where name is not null),
                          '{}') as traits
               from engine.person member left join lateral jsonb_each(member.traits) trait (name, value) on true
               where member.canonical = person.id
           ) known
           where person.id in (select canonical from engine.person where id = any($1))
           order by person.id"#,
        people,
    )
    .fetch_all(conn)
    .await?)
}

/// A page of canonical people by id, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    page: crate::read::Page<Uuid>,
) -> Result<Vec<PersonRow>> {
    let people = ids(conn, page.after, page.limit).await?;
    of(conn, &people).await
}

/// The kinds of a canonical person's identifiers, and how many there are of each.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn identifiers(
    conn: &mut PgConnection,
    canonical: Uuid,
) -> Result<Vec<(IdentifierKind, i64)>> {
    let rows = sqlx::query!(
        r#"select identifier.kind, count(*) as "count!"
           from engine.person join engine.identifier on identifier.person = person.id
           where canonical = $1
           group by identifier.kind order by identifier.kind"#,
        canonical,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok((
                crate::rules::stored(row.kind.into(), "identifier")?,
                row.count,
            ))
        })
        .collect()
}

/// At most `limit` ids of canonical people after `after`, to go through all of them.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn ids(conn: &mut PgConnection, after: Option<Uuid>, limit: i64) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from engine.person
         where (organisation, id) > (engine.current_organisation(), $1)
           and organisation <= engine.current_organisation() and canonical = id
         order by organisation, id limit $2",
        after.unwrap_or_default(),
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Everybody merged into these canonical people, themselves included, each with the canonical
/// person.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn group(conn: &mut PgConnection, canonical: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query!(
        "select id, canonical from engine.person where canonical = any($1) order by id",
        canonical,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.canonical))
        .collect())
}

/// Stores the canonical person of each person.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn set_canonical(
    conn: &mut PgConnection,
    people: &[Uuid],
    canonical: &[Uuid],
) -> Result<()> {
    sqlx::query!(
        "update engine.person set canonical = new.canonical
         from unnest($1::uuid[], $2::uuid[]) new (id, canonical)
         cross join lateral (
             select ctid as place from engine.person where person.id = new.id limit 1
         ) found
         where person.ctid = found.place",
        people,
        canonical,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Traits of a person that were stated at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Stated<'a> {
    /// Public traits, an object.
    pub public: &'a Value,
    /// All that is sealed of the person, where that changes.
    pub sealed: Option<&'a [u8]>,
    /// The person's key, where it is new.
    pub data_key: Option<&'a [u8]>,
    /// The names of the sealed traits that were stated, newer than what was known.
    pub personal: &'a [String],
    /// When, microseconds since 1970.
    pub at: i64,
}

/// Adds to a person's public traits what is not older than what is known, and replaces the sealed ones and
/// their key where given.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn set_traits(conn: &mut PgConnection, person: Uuid, stated: Stated<'_>) -> Result<()> {
    sqlx::query!(
        "update engine.person
         set traits = person.traits || newer.traits,
             trait_times = person.trait_times || newer.times
                 || (select coalesce(jsonb_object_agg(name, $5::bigint), '{}')
                     from unnest($6::text[]) personal (name)),
             sealed = coalesce($3, person.sealed),
             data_key = coalesce($4, person.data_key)
         from (select member.id, coalesce(jsonb_object_agg(name, value) filter (where name is not null), '{}') as traits,
                      coalesce(jsonb_object_agg(name, $5::bigint) filter (where name is not null), '{}') as times
               from engine.person member
               left join jsonb_each($2) stated (name, value)
                   on coalesce((member.trait_times ->> name)::bigint, 0) <= $5::bigint
               where member.id = $1 group by member.id) newer
         where person.id = newer.id",
        person,
        stated.public,
        stated.sealed,
        stated.data_key,
        stated.at,
        stated.personal,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes people's identifiers and traits, and the key to the sealed ones.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn erase(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "delete from engine.identifier where person = any($1)",
        people,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update engine.person
         set identified = false, traits = '{}', trait_times = '{}', sealed = null, data_key = null
         where id = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}
