//! The roles of wallets in an organisation.

use crate::{Key, OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A wallet's role.
#[derive(Debug, Clone)]
pub struct RoleGrant {
    /// The wallet's address.
    pub wallet: Key,
    /// `owner`, `sales`, `analyst` or `auditor`.
    pub role: String,
    /// The API key or wallet that granted it.
    pub granted_by: String,
    /// When it was granted.
    pub granted_at: DateTime<Utc>,
}

/// Grants a role in `organisation`, replacing the wallet's present one.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn grant(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    wallet: Key,
    role: &str,
    granted_by: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.role_grant (organisation, wallet, role, granted_by)
         values ($1, $2, $3, $4)
         on conflict (organisation, wallet) do update
         set role = excluded.role, granted_by = excluded.granted_by, granted_at = now()",
        organisation.0,
        wallet as _,
        role,
        granted_by,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Revokes a wallet's role; whether it had one.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn withdraw(conn: &mut PgConnection, wallet: Key) -> Result<bool> {
    let withdrawn = sqlx::query!(
        "delete from engine.role_grant
         where organisation = engine.current_organisation() and wallet = $1",
        wallet as _,
    )
    .execute(conn)
    .await?;
    Ok(withdrawn.rows_affected() == 1)
}

/// The owners. Their rows stay locked until the transaction ends, so that two transactions cannot
/// each remove one of the last two.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn owners(conn: &mut PgConnection) -> Result<Vec<Key>> {
    Ok(sqlx::query_scalar!(
        r#"select wallet as "wallet: Key" from engine.role_grant
           where organisation = engine.current_organisation() and role = 'owner' for update"#,
    )
    .fetch_all(conn)
    .await?)
}

/// A page of grants by wallet.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(conn: &mut PgConnection, page: crate::read::Page<Key>) -> Result<Vec<RoleGrant>> {
    Ok(sqlx::query_as!(
        RoleGrant,
        r#"select wallet as "wallet: Key", role, granted_by, granted_at from engine.role_grant
           where organisation = engine.current_organisation()
             and ($1::pubkey is null or wallet > $1)
           order by wallet limit $2"#,
        page.after as _,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}
