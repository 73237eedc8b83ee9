//! The sales team of an organisation: its settings, whose turn it is, and its members.

use crate::{Key, OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use std::collections::HashMap;
use tessera_domain::leads::{
    routing::{Away, Turns},
    working_hours::WorkingHours,
};

/// Settings of a team.
#[derive(Debug, Clone)]
pub struct TeamRow {
    /// The queue of leads that nobody can take.
    pub fallback: String,
    /// Whether a lead is assigned when it appears.
    pub routes: bool,
    /// Working hours of queues, and of members who state none; none for any time.
    pub hours: Option<Json<WorkingHours>>,
    /// Whose turn it is.
    pub turns: Json<Turns>,
    /// The API key or wallet that wrote the settings.
    pub updated_by: String,
    /// When they were written.
    pub updated_at: DateTime<Utc>,
}

/// A member.
#[derive(Debug, Clone)]
pub struct MemberRow {
    /// Who it is.
    pub wallet: Key,
    /// Their name, for people.
    pub name: String,
    /// How many open leads they can have.
    pub capacity: i32,
    /// Their share of the leads.
    pub weight: i32,
    /// What they can do.
    pub skills: Vec<String>,
    /// When they work; none for the team's hours.
    pub hours: Option<Json<WorkingHours>>,
    /// When they are away all the same.
    pub away: Json<Vec<Away>>,
    /// Who hears of their late tasks.
    pub manager: Option<Key>,
    /// Where a lead finds a moment to meet them.
    pub meeting_link: Option<String>,
    /// The API key or wallet that wrote this.
    pub updated_by: String,
    /// When it was written.
    pub updated_at: DateTime<Utc>,
}

/// The settings; none where an organisation has stated none.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection) -> Result<Option<TeamRow>> {
    Ok(sqlx::query_as!(
        TeamRow,
        r#"select fallback, routes, hours as "hours: Json<WorkingHours>",
                  turns as "turns: Json<Turns>", updated_by, updated_at
           from engine.sales_team where organisation = engine.current_organisation()"#,
    )
    .fetch_optional(conn)
    .await?)
}

/// The settings, locked until the transaction ends, so that one lead after the other is assigned; `of_none`
/// where an organisation has stated none.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    of_none: &TeamRow,
) -> Result<TeamRow> {
    sqlx::query!(
        "insert into engine.sales_team (organisation, fallback, routes, hours, updated_by, updated_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (organisation) do nothing",
        organisation.0,
        of_none.fallback,
        of_none.routes,
        of_none.hours.as_ref() as _,
        of_none.updated_by,
        of_none.updated_at,
    )
    .execute(&mut *conn)
    .await?;
    Ok(sqlx::query_as!(
        TeamRow,
        r#"select fallback, routes, hours as "hours: Json<WorkingHours>",
                  turns as "turns: Json<Turns>", updated_by, updated_at
           from engine.sales_team where organisation = engine.current_organisation()
           for no key update"#,
    )
    .fetch_one(conn)
    .await?)
}

/// Whether leads are assigned when they appear.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub(crate) async fn routes(conn: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from engine.sales_team
               where organisation = engine.current_organisation() and routes) as "routes!""#,
    )
    .fetch_one(conn)
    .await?)
}

/// Stores the settings and leaves the turns as they are.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &TeamRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.sales_team (organisation, fallback, routes, hours, updated_by, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organisation) do update
         set fallback = excluded.fallback, routes = excluded.routes, hours = excluded.hours,
             updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        organisation.0,
        row.fallback,
        row.routes,
        row.hours.as_ref() as _,
        row.updated_by,
        row.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores whose turn it is. The settings are locked.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put_turns(conn: &mut PgConnection, turns: &Turns) -> Result<()> {
    sqlx::query!(
        "update engine.sales_team set turns = $1 where organisation = engine.current_organisation()",
        Json(turns) as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores a member.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put_member(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &MemberRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.sales_member
             (organisation, wallet, name, capacity, weight, skills, hours, away, manager, meeting_link,
              updated_by, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (organisation, wallet) do update
         set name = excluded.name, capacity = excluded.capacity, weight = excluded.weight,
             skills = excluded.skills, hours = excluded.hours, away = excluded.away,
             manager = excluded.manager, meeting_link = excluded.meeting_link,
             updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        organisation.0,
        row.wallet as _,
        row.name,
        row.capacity,
        row.weight,
        &row.skills,
        row.hours.as_ref() as _,
        &row.away as _,
        row.manager as _,
        row.meeting_link,
        row.updated_by,
        row.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A member.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn member(conn: &mut PgConnection, wallet: Key) -> Result<Option<MemberRow>> {
    Ok(sqlx::query_as!(
        MemberRow,
        r#"select wallet as "wallet: Key", name, capacity, weight, skills,
                  hours as "hours: Json<WorkingHours>", away as "away: Json<Vec<Away>>",
                  manager as "manager: Key", meeting_link, updated_by, updated_at
           from engine.sales_member
           where organisation = engine.current_organisation() and wallet = $1"#,
        wallet as _,
    )
    .fetch_optional(conn)
    .await?)
}

/// A page of members by wallet.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn members(conn: &mut PgConnection, page: Page<Key>) -> Result<Vec<MemberRow>> {
    Ok(sqlx::query_as!(
        MemberRow,
        r#"select wallet as "wallet: Key", name, capacity, weight, skills,
                  hours as "hours: Json<WorkingHours>", away as "away: Json<Vec<Away>>",
                  manager as "manager: Key", meeting_link, updated_by, updated_at
           from engine.sales_member
           where organisation = engine.current_organisation() and ($1::pubkey is null or wallet > $1)
           order by wallet limit $2"#,
        page.after as _,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The meeting links of these members; who has none is left out.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn meeting_links(
    conn: &mut PgConnection,
    wallets: &[Key],
) -> Result<HashMap<Key, String>> {
    let rows = sqlx::query!(
        r#"select wallet as "wallet: Key", meeting_link as "meeting_link!" from engine.sales_member
           where organisation = engine.current_organisation() and wallet = any($1)
             and meeting_link is not null"#,
        wallets as _,
    )
    .fetch_all(conn)
    .await?;
    let links = rows.into_iter();
    Ok(links.map(|row| (row.wallet, row.meeting_link)).collect())
}

/// Removes a member; whether there was one. The accounts and leads that are theirs stay so.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove_member(conn: &mut PgConnection, wallet: Key) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from engine.sales_member
         where organisation = engine.current_organisation() and wallet = $1",
        wallet as _,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}
