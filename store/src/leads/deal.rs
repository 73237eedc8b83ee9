//! Deals and their history: moves between stages, and corrections. A deal keeps the person that it was created with; the
//! canonical person is looked up when it matters.

use crate::{Key, OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use rust_decimal::Decimal;
use sqlx::{PgConnection, types::Json};
use tessera_domain::leads::deals::{Entry, Findings, Stage, WinCounts};
use uuid::Uuid;

/// How a stage is stored: by its name.
pub use sqlx::types::Text;

/// A deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealRow {
    /// Ids sort by age.
    pub id: Uuid,
    /// The person that it was created with, who may have been merged since.
    pub person: Uuid,
    /// Its name, for people.
    pub name: String,
    /// The stage that it is in.
    pub stage: Text<Stage>,
    /// Its value, in whole units of the currency.
    pub amount: Decimal,
    /// A mint or an ISO 4217 code.
    pub currency: String,
    /// The wallet that works on it.
    pub owner: Option<Key>,
    /// Objections, solutions and barriers that were recorded.
    pub findings: Json<Findings>,
    /// Grows with every change, from 1.
    pub version: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was won or lost; none while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// When it was removed, so that nothing counts it.
    pub removed_at: Option<DateTime<Utc>>,
    /// The pipeline that it is in; none for the stages of every deal.
    pub pipeline: Option<String>,
    /// Its stage in the pipeline; none without one.
    pub pipeline_stage: Option<String>,
}

/// An entry of a deal's history: a move between two stages, or a correction.
#[derive(Debug, Clone)]
pub struct TransitionRow {
    /// The deal's version from then on.
    pub version: i32,
    /// What it is.
    pub kind: Text<Entry>,
    /// The stage that the deal left; none for a new deal.
    pub from: Option<Text<Stage>>,
    /// The stage that it reached.
    pub to: Text<Stage>,
    /// The stage of its pipeline that it reached; none without one.
    pub pipeline_stage: Option<String>,
    /// Why it was corrected; none for a move.
    pub reason: Option<String>,
    /// When it counts as won or lost from then on; none while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// The API key or wallet that did it.
    pub actor: String,
    /// When that was.
    pub at: DateTime<Utc>,
}

/// How a deal came to be what it is.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// What it is.
    pub kind: Entry,
    /// The stage that the deal left; none for a new deal.
    pub from: Option<Stage>,
    /// Why it was corrected; none for a move.
    pub reason: Option<&'a str>,
    /// The API key or wallet that did it.
    pub actor: &'a str,
}

/// Which deals are listed; all of them by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct DealFilter {
    /// In this stage.
    pub stage: Option<Stage>,
    /// With this person or anybody merged with them.
    pub person: Option<Uuid>,
    /// Owned by this wallet.
    pub owner: Option<Key>,
    /// Removed ones and no others; others and no removed ones.
    pub removed: bool,
}

/// Adds a deal with its first transition. Its person must be the organisation's.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    deal: &DealRow,
    actor: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.deal (id, organisation, person, name, stage, amount, currency, owner,
                                  findings, version, created_at, updated_at, closed_at, pipeline,
                                  pipeline_stage)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        deal.id,
        organisation.0,
        deal.person,
        deal.name,
        deal.stage.as_str(),
        deal.amount,
        deal.currency,
        deal.owner as _,
        &deal.findings as _,
        deal.version,
        deal.created_at,
        deal.updated_at,
        deal.closed_at,
        deal.pipeline,
        deal.pipeline_stage,
    )
    .execute(&mut *conn)
    .await?;
    let change = Change {
        kind: Entry::Moved,
        from: None,
        reason: None,
        actor,
    };
    insert_transition(conn, organisation, deal, change).await
}

/// Stores a changed deal.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn update(conn: &mut PgConnection, deal: &DealRow) -> Result<()> {
    sqlx::query!(
        "update engine.deal
         set name = $2, stage = $3, amount = $4, owner = $5, findings = $6, version = $7,
             updated_at = $8, closed_at = $9, removed_at = $10, pipeline = $11, pipeline_stage = $12
         where organisation = engine.current_organisation() and id = $1",
        deal.id,
        deal.name,
        deal.stage.as_str(),
        deal.amount,
        deal.owner as _,
        &deal.findings as _,
        deal.version,
        deal.updated_at,
        deal.closed_at,
        deal.removed_at,
        deal.pipeline,
        deal.pipeline_stage,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records what made a deal what it is.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert_transition(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    deal: &DealRow,
    change: Change<'_>,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.stage_transition
             (deal, version, organisation, kind, from_stage, to_stage, reason, closed_at, actor, at,
              pipeline_stage)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        deal.id,
        deal.version,
        organisation.0,
        change.kind.as_str(),
        change.from.map(Stage::as_str),
        deal.stage.as_str(),
        change.reason,
        deal.closed_at,
        change.actor,
        deal.updated_at,
        deal.pipeline_stage,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One deal.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<DealRow>> {
    Ok(sqlx::query_as!(
        DealRow,
        r#"select id, person, name, stage as "stage: Text<Stage>", amount, currency,
                  owner as "owner: Key", findings as "findings: Json<Findings>", version,
                  created_at, updated_at, closed_at, removed_at, pipeline, pipeline_stage
           from engine.deal where organisation = engine.current_organisation() and id = $1"#,
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// One deal, locked until the transaction ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<DealRow>> {
    Ok(sqlx::query_as!(
        DealRow,
        r#"select id, person, name, stage as "stage: Text<Stage>", amount, currency,
                  owner as "owner: Key", findings as "findings: Json<Findings>", version,
                  created_at, updated_at, closed_at, removed_at, pipeline, pipeline_stage
           from engine.deal where organisation = engine.current_organisation() and id = $1
           for no key update"#,
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// A page of deals by id, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: DealFilter,
    page: Page<Uuid>,
) -> Result<Vec<DealRow>> {
    Ok(sqlx::query_as!(
        DealRow,
        r#"select id, person, name, stage as "stage: Text<Stage>", amount, currency,
                  owner as "owner: Key", findings as "findings: Json<Findings>", version,
                  created_at, updated_at, closed_at, removed_at, pipeline, pipeline_stage
           from engine.deal
           where organisation = engine.current_organisation()
             and ($1::text is null or stage = $1)
             and ($2::uuid is null or person = any(array(
                 select merged.id from engine.person
                 join engine.person merged on merged.canonical = person.canonical
                 where person.id = $2)))
             and ($3::pubkey is null or owner = $3)
             and (removed_at is not null) = $4
             and ($5::uuid is null or id > $5)
           order by id limit $6"#,
        filter.stage.map(Stage::as_str),
        filter.person,
        filter.owner as _,
        filter.removed,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The stage in which a deal last was open; none when it never was.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn last_open(conn: &mut PgConnection, deal: Uuid) -> Result<Option<Stage>> {
    let stages = Stage::ALL.into_iter().filter(|stage| !stage.is_closed());
    let open: Vec<&str> = stages.map(Stage::as_str).collect();
    let found = sqlx::query_scalar!(
        r#"select to_stage as "stage: Text<Stage>" from engine.stage_transition
           where organisation = engine.current_organisation() and deal = $1
             and to_stage = any($2)
           order by version desc limit 1"#,
        deal,
        open as _,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(|stage| stage.0))
}

/// A page of a deal's history, first to last.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn transitions(
    conn: &mut PgConnection,
    deal: Uuid,
    page: Page<i64>,
) -> Result<Vec<TransitionRow>> {
    Ok(sqlx::query_as!(
        TransitionRow,
        r#"select version, kind as "kind: Text<Entry>", from_stage as "from: Text<Stage>",
                  to_stage as "to: Text<Stage>", pipeline_stage, reason, closed_at, actor, at
           from engine.stage_transition
           where organisation = engine.current_organisation() and deal = $1
             and ($2::bigint is null or version > $2)
           order by version limit $3"#,
        deal,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// How many closed deals were won and lost, by the objections, solutions and barriers recorded of
/// them.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn win_counts(conn: &mut PgConnection) -> Result<WinCounts> {
    let mut rows = sqlx::query!(
        r#"select stage as "stage: Text<Stage>", findings as "findings: Json<Findings>"
           from engine.deal
           where organisation = engine.current_organisation() and closed_at is not null
             and removed_at is null"#,
    )
    .fetch(conn);
    let mut counts = WinCounts::default();
    while let Some(row) = rows.try_next().await? {
        counts.add(row.stage.0, &row.findings);
    }
    Ok(counts)
}
