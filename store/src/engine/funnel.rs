//! Funnels that are kept current: each person's hits, and the sums of the attempts that they are
//! credited with. The sums move by the difference that a person makes, in the transaction of the
//! events, so they always equal the list of people behind them.

use super::{OrganisationId, ingest::Touched, rules::stored};
use crate::{Result, StoreError, read::Page};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tessera_domain::{
    event::Event,
    funnel::{Attempt, FunnelCounts, FunnelDefinition, Measure, PersonHits, classify, reduce},
};
use uuid::Uuid;

/// A funnel.
#[derive(Debug, Clone)]
pub struct FunnelRow {
    /// Its number.
    pub id: i32,
    /// What it is called.
    pub name: String,
    /// What it asks.
    pub definition: FunnelDefinition,
    /// Whether its answers are complete; else it is still being built.
    pub live: bool,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Attempts that are meant, by the UTC day of their first step and their breakdown value.
#[derive(Debug, Clone, Default)]
pub struct AttemptFilter {
    /// First day, days since 1970.
    pub from_day: Option<i32>,
    /// Last day.
    pub through_day: Option<i32>,
    /// Breakdown value; empty text is none.
    pub breakdown: Option<String>,
}

/// Adds a funnel, which is yet to be built.
///
/// # Errors
/// [`StoreError::Database`], also when the name is taken.
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    definition: &FunnelDefinition,
    created_by: &str,
) -> Result<i32> {
    Ok(sqlx::query_scalar!(
        "insert into engine.funnel (organisation, name, definition, status, created_by)
         values ($1, $2, $3, 'building', $4) returning id",
        organisation.0,
        name,
        sqlx::types::Json(definition) as _,
        created_by,
    )
    .fetch_one(conn)
    .await?)
}

/// Notes that a funnel's answers are complete.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn go_live(conn: &mut PgConnection, id: i32) -> Result<()> {
    sqlx::query!("update engine.funnel set status = 'live' where id = $1", id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes a funnel with all that is kept for it; whether there was one.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn remove(conn: &mut PgConnection, id: i32) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from engine.funnel
         where organisation = engine.current_organisation() and id = $1",
        id,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// A page of funnels by number.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn list(conn: &mut PgConnection, page: Page<i64>) -> Result<Vec<FunnelRow>> {
    let rows = sqlx::query!(
        "select id, name, definition, status, created_by, created_at from engine.funnel
         where organisation = engine.current_organisation() and ($1::bigint is null or id > $1)
         order by id limit $2",
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(FunnelRow {
                id: row.id,
                name: row.name,
                definition: stored(row.definition, "funnel")?,
                live: row.status == "live",
                created_by: row.created_by,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// One funnel.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn get(conn: &mut PgConnection, id: i32) -> Result<Option<FunnelRow>> {
    let page = Page {
        after: Some(i64::from(id) - 1),
        limit: 1,
    };
    let found = list(conn, page).await?.pop();
    Ok(found.filter(|funnel| funnel.id == id))
}

/// The sums of a funnel's attempts.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn counts(
    conn: &mut PgConnection,
    id: i32,
    filter: &AttemptFilter,
) -> Result<FunnelCounts> {
    let rows = sqlx::query!(
        "select day, breakdown, measure, amount from engine.funnel_count
         where funnel = $1 and amount <> 0
           and ($2::int is null or day >= $2) and ($3::int is null or day <= $3)
           and ($4::text is null or breakdown = $4)",
        id,
        filter.from_day,
        filter.through_day,
        filter.breakdown,
    )
    .fetch_all(conn)
    .await?;
    let mut counts = FunnelCounts::default();
    for row in rows {
        if let Some(measure) = Measure::from_code(row.measure) {
            let breakdown = Some(row.breakdown).filter(|value| !value.is_empty());
            counts.add(row.day.into(), breakdown, measure, row.amount);
        }
    }
    Ok(counts)
}

/// A page of the people whose credited attempt took at least `level` steps, by id.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn people(
    conn: &mut PgConnection,
    id: i32,
    level: i16,
    filter: &AttemptFilter,
    page: Page<Uuid>,
) -> Result<Vec<(Uuid, i16)>> {
    let rows = sqlx::query!(
        "select person, level from engine.funnel_person
         where funnel = $1 and level >= $2
           and ($3::int is null or day >= $3) and ($4::int is null or day <= $4)
           and ($5::text is null or breakdown = $5)
           and ($6::uuid is null or person > $6)
         order by person limit $7",
        id,
        level,
        filter.from_day,
        filter.through_day,
        filter.breakdown,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.person, row.level))
        .collect())
}

/// Moves the states and sums of funnels: new events of those who are touched, all events of those
/// who are computed anew, and nothing any more of those who are gone.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Hits`].
pub(crate) async fn advance(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    funnels: &[(i32, FunnelDefinition)],
    touched: &Touched,
    anew: &HashMap<Uuid, Vec<Event>>,
) -> Result<()> {
    for (id, definition) in funnels {
        let hits_of = |events: &[Event]| {
            let mut hits = PersonHits::default();
            for hit in events
                .iter()
                .filter_map(|event| classify(definition, event))
            {
                hits.insert(hit);
            }
            hits
        };
        let mut fresh: BTreeMap<Uuid, PersonHits> = touched
            .events
            .iter()
            .filter(|(person, _)| !anew.contains_key(person))
            .map(|(person, events)| (*person, hits_of(events)))
            .filter(|(_, hits)| !hits.as_slice().is_empty())
            .collect();
        fresh.extend(
            anew.iter()
                .map(|(person, events)| (*person, hits_of(events))),
        );
        fresh.extend(
            touched
                .gone
                .iter()
                .map(|person| (*person, PersonHits::default())),
        );
        let replaced: BTreeSet<Uuid> = anew.keys().chain(&touched.gone).copied().collect();
        advance_one(conn, organisation, *id, definition, fresh, &replaced).await?;
    }
    Ok(())
}

/// Moves one funnel: `fresh` hits are added to what is stored, or take its place for those who are
/// `replaced`.
async fn advance_one(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: i32,
    definition: &FunnelDefinition,
    fresh: BTreeMap<Uuid, PersonHits>,
    replaced: &BTreeSet<Uuid>,
) -> Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = fresh.keys().copied().collect();
    let mut before = hits(conn, id, &people).await?;
    let mut changes = FunnelCounts::default();
    let mut rows = Rows::default();
    let mut emptied = Vec::new();
    for (person, fresh) in fresh {
        let known = before.remove(&person);
        let was = known.as_ref().and_then(|hits| reduce(definition, hits));
        let hits = match &known {
            Some(known) if !replaced.contains(&person) => {
                let mut hits = known.clone();
                let mut added = false;
                for hit in fresh.as_slice() {
                    added |= hits.insert(hit.clone());
                }
                if !added {
                    continue;
                }
                hits
            }
            _ => fresh,
        };
        let is = reduce(definition, &hits);
        changes.merge(&FunnelCounts::delta(was.as_ref(), is.as_ref()));
        if hits.as_slice().is_empty() {
            emptied.extend(known.map(|_| person));
        } else {
            rows.push(person, &hits, is.as_ref());
        }
    }
    rows.write(conn, organisation, id).await?;
    forget(conn, id, &emptied).await?;
    add(conn, organisation, id, &changes).await
}

async fn hits(
    conn: &mut PgConnection,
    id: i32,
    people: &[Uuid],
) -> Result<HashMap<Uuid, PersonHits>> {
    let rows = sqlx::query!(
        "select person, hits from engine.funnel_person where funnel = $1 and person = any($2)",
        id,
        people,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok((
                row.person,
                PersonHits::from_bytes(&row.hits).map_err(StoreError::Hits)?,
            ))
        })
        .collect()
}

/// Rows of people, column by column.
#[derive(Default)]
struct Rows {
    people: Vec<Uuid>,
    hits: Vec<Vec<u8>>,
    levels: Vec<i16>,
    days: Vec<i32>,
    breakdowns: Vec<String>,
}

impl Rows {
    fn push(&mut self, person: Uuid, hits: &PersonHits, attempt: Option<&Attempt>) {
        self.people.push(person);
        self.hits.push(hits.to_bytes());
        self.levels
            .push(attempt.map_or(0, |it| i16::try_from(it.level).unwrap_or(i16::MAX)));
        self.days
            .push(attempt.map_or(0, |it| day(it.started_at.day())));
        self.breakdowns.push(
            attempt
                .and_then(|it| it.breakdown.clone())
                .unwrap_or_default(),
        );
    }

    async fn write(
        &self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
        id: i32,
    ) -> Result<()> {
        if self.people.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "insert into engine.funnel_person
                 (organisation, funnel, person, hits, level, day, breakdown)
             select $1, $2, new.*
             from unnest($3::uuid[], $4::bytea[], $5::smallint[], $6::int[], $7::text[]) new
             on conflict (funnel, person) do update
             set hits = excluded.hits, level = excluded.level, day = excluded.day,
                 breakdown = excluded.breakdown",
            organisation.0,
            id,
            &self.people,
            &self.hits,
            &self.levels,
            &self.days,
            &self.breakdowns,
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

async fn forget(conn: &mut PgConnection, id: i32, people: &[Uuid]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "delete from engine.funnel_person where funnel = $1 and person = any($2)",
        id,
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds to the sums, in one order for all transactions.
async fn add(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: i32,
    changes: &FunnelCounts,
) -> Result<()> {
    let (mut days, mut breakdowns, mut measures, mut amounts) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, breakdown, measure, amount) in changes.rows() {
        days.push(day(at));
        breakdowns.push(breakdown.unwrap_or_default().to_owned());
        measures.push(measure.code());
        amounts.push(amount);
    }
    if days.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into engine.funnel_count as stored
             (organisation, funnel, day, breakdown, measure, amount)
         select $1, $2, new.*
         from unnest($3::int[], $4::text[], $5::int[], $6::bigint[])
              new (day, breakdown, measure, amount)
         order by day, breakdown, measure
         on conflict (funnel, day, breakdown, measure) do update
         set amount = stored.amount + excluded.amount",
        organisation.0,
        id,
        &days,
        &breakdowns,
        &measures,
        &amounts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A day as it is stored; the capture's bounds on time keep it far inside.
fn day(day: i64) -> i32 {
    i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
}
