//! How an organisation has companies looked up.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use tessera_domain::leads::enrichment::SourcePolicies;

/// The settings.
#[derive(Debug, Clone)]
pub struct EnrichmentRow {
    /// Whether a lead's company is looked up when the lead appears.
    pub automatic: bool,
    /// What follows from where a fact comes from.
    pub policies: Json<SourcePolicies>,
    /// A service of the organisation's own that is asked too.
    pub provider_url: Option<String>,
    /// Its key, sealed.
    pub provider_key: Option<Vec<u8>>,
    /// The API key or wallet that wrote this.
    pub updated_by: String,
    /// When it was written.
    pub updated_at: DateTime<Utc>,
}

/// The settings; none where an organisation has stated none.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection) -> Result<Option<EnrichmentRow>> {
    Ok(sqlx::query_as!(
        EnrichmentRow,
        r#"select automatic, policies as "policies: Json<SourcePolicies>", provider_url, provider_key,
                  updated_by, updated_at
           from engine.enrichment where organisation = engine.current_organisation()"#,
    )
    .fetch_optional(conn)
    .await?)
}

/// Whether a lead's company is looked up when the lead appears.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub(crate) async fn is_automatic(conn: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from engine.enrichment
               where organisation = engine.current_organisation() and automatic) as "automatic!""#,
    )
    .fetch_one(conn)
    .await?)
}

/// Stores the settings.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &EnrichmentRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.enrichment
             (organisation, automatic, policies, provider_url, provider_key, updated_by, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (organisation) do update
         set automatic = excluded.automatic, policies = excluded.policies,
             provider_url = excluded.provider_url, provider_key = excluded.provider_key,
             updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        organisation.0,
        row.automatic,
        &row.policies as _,
        row.provider_url,
        row.provider_key,
        row.updated_by,
        row.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
