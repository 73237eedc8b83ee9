//! What an organisation begins with: the first versions of its rules, in force, and a funnel.

use super::{
    OrganisationId, funnel,
    rule_set::{self, RuleKind},
};
use crate::{Result, StoreError};
use serde::Serialize;
use sqlx::PgConnection;
use tessera_domain::{
    capture::seed_registry, funnel::default_definition, pricing::seed_price_book,
    scoring::seed_model,
};

/// Who wrote the first versions.
const ACTOR: &str = "seed";
/// The funnel's name.
pub const DEFAULT_FUNNEL: &str = "default";

/// Plants the first rules of `organisation`, for which the transaction acts.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn plant(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    publish(conn, organisation, RuleKind::EventRegistry, &seed_registry()).await?;
    publish(conn, organisation, RuleKind::ScoringModel, &seed_model()).await?;
    publish(conn, organisation, RuleKind::PriceBook, &seed_price_book()).await?;
    // There is nobody yet to be counted, so it is current from the start.
    let id = funnel::insert(conn, organisation, DEFAULT_FUNNEL, &default_definition(), ACTOR).await?;
    funnel::go_live(conn, id).await?;
    Ok(())
}

async fn publish(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    kind: RuleKind,
    rules: &impl Serialize,
) -> Result<()> {
    let body = serde_json::to_value(rules).map_err(|source| StoreError::Stored {
        what: kind.as_str(),
        source,
    })?;
    let version = rule_set::insert(conn, organisation, kind, &body, ACTOR).await?;
    rule_set::publish(conn, kind, version).await?;
    Ok(())
}
