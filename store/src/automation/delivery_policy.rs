//! What holds for all messages of an organisation.

use crate::{OrganisationId, Result, rules::stored};
use sqlx::{PgConnection, types::Json};
use tessera_domain::automation::delivery::DeliveryPolicy;

/// The organisation's policy; the one without any bound, where it has stated none.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn get(conn: &mut PgConnection) -> Result<DeliveryPolicy> {
    let policy = sqlx::query_scalar!(
        "select policy from engine.delivery_policy where organisation = engine.current_organisation()",
    )
    .fetch_optional(conn)
    .await?;
    policy.map_or_else(
        || Ok(DeliveryPolicy::default()),
        |policy| stored(policy, "delivery policy"),
    )
}

/// Replaces the organisation's policy.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    policy: &DeliveryPolicy,
    updated_by: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.delivery_policy (organisation, policy, updated_by) values ($1, $2, $3)
         on conflict (organisation) do update
         set policy = excluded.policy, updated_by = excluded.updated_by, updated_at = now()",
        organisation.0,
        Json(policy) as _,
        updated_by,
    )
    .execute(conn)
    .await?;
    Ok(())
}
