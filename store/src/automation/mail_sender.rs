//! From whom an organisation's mail comes, and the key that signs it.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A sender.
#[derive(Debug, Clone)]
pub struct SenderRow {
    /// The name that is shown.
    pub from_name: String,
    /// The address that mail comes from.
    pub from_address: String,
    /// Where answers go, unless they go there.
    pub reply_to: Option<String>,
    /// The organisation's postal address.
    pub postal_address: Option<String>,
    /// The DKIM key's selector.
    pub dkim_selector: String,
    /// The domain that the key signs for.
    pub dkim_domain: String,
    /// What the key's record in the DNS must be.
    pub dkim_record: String,
    /// The key, sealed.
    pub dkim_key: Vec<u8>,
    /// When its first mail was taken.
    pub first_sent_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// The organisation's sender.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection) -> Result<Option<SenderRow>> {
    Ok(sqlx::query_as!(
        SenderRow,
        "select from_name, from_address, reply_to, postal_address, dkim_selector, dkim_domain, dkim_record,
                dkim_key, first_sent_at, updated_at
         from engine.mail_sender where organisation = engine.current_organisation()",
    )
    .fetch_optional(conn)
    .await?)
}

/// Replaces the organisation's sender. Another domain's first mail is still to come.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    sender: &SenderRow,
    updated_by: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.mail_sender as stored
             (organisation, from_name, from_address, reply_to, postal_address, dkim_selector, dkim_domain,
              dkim_record, dkim_key, updated_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (organisation) do update
         set from_name = excluded.from_name, from_address = excluded.from_address,
             reply_to = excluded.reply_to, postal_address = excluded.postal_address,
             dkim_selector = excluded.dkim_selector, dkim_domain = excluded.dkim_domain,
             dkim_record = excluded.dkim_record, dkim_key = excluded.dkim_key,
             updated_by = excluded.updated_by, updated_at = now(),
             first_sent_at = case when stored.dkim_domain = excluded.dkim_domain then stored.first_sent_at end",
        organisation.0,
        sender.from_name,
        sender.from_address,
        sender.reply_to,
        sender.postal_address,
        sender.dkim_selector,
        sender.dkim_domain,
        sender.dkim_record,
        sender.dkim_key,
        updated_by,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes when the sender's first mail was taken.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn note_first(conn: &mut PgConnection, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update engine.mail_sender set first_sent_at = $1
         where organisation = engine.current_organisation() and first_sent_at is null",
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
