//! Accounts: companies, by their domains, whose institutional leads go to one member of the team.

use crate::{Key, OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// An account.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// The company's domain.
    pub domain: String,
    /// Its name, for people.
    pub name: String,
    /// Who has its leads.
    pub owner: Key,
    /// The API key or wallet that wrote this.
    pub updated_by: String,
    /// When it was written.
    pub updated_at: DateTime<Utc>,
}

/// Stores an account.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &AccountRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.sales_account (organisation, domain, name, owner, updated_by, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organisation, domain) do update
         set name = excluded.name, owner = excluded.owner, updated_by = excluded.updated_by,
             updated_at = excluded.updated_at",
        organisation.0,
        row.domain,
        row.name,
        row.owner as _,
        row.updated_by,
        row.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The account of a domain.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, domain: &str) -> Result<Option<AccountRow>> {
    Ok(sqlx::query_as!(
        AccountRow,
        r#"select domain, name, owner as "owner: Key", updated_by, updated_at
           from engine.sales_account
           where organisation = engine.current_organisation() and domain = $1"#,
        domain,
    )
    .fetch_optional(conn)
    .await?)
}

/// A page of accounts by domain; of one owner, if that is asked for.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    owner: Option<Key>,
    page: Page<String>,
) -> Result<Vec<AccountRow>> {
    Ok(sqlx::query_as!(
        AccountRow,
        r#"select domain, name, owner as "owner: Key", updated_by, updated_at
           from engine.sales_account
           where organisation = engine.current_organisation()
             and ($1::pubkey is null or owner = $1) and ($2::text is null or domain > $2)
           order by domain limit $3"#,
        owner as _,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Removes an account; whether there was one.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, domain: &str) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from engine.sales_account
         where organisation = engine.current_organisation() and domain = $1",
        domain,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}
