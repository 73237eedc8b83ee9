//! Event registries: drafted, put in force for what arrives from then on, and never changed.

use crate::{Caller, Error, Result, people::segment, rules};
use tessera_domain::capture::{Acts, Registry};
use tessera_store::{
    PgConnection, StoreError,
    rule_set::{self, RuleKind},
};

const KIND: RuleKind = RuleKind::EventRegistry;
/// Names the rules in a refusal.
const WHAT: &str = "event registry";

/// Adds a version as a draft; returns its number.
///
/// # Errors
/// [`Error::Refused`], [`Error::Store`].
pub async fn draft(conn: &mut PgConnection, caller: &Caller, registry: &Registry) -> Result<i32> {
    registry.validate()?;
    rules::draft(conn, caller, KIND, registry).await
}

/// Puts a version in force. Which events are people's own acts follows from it for the past too.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn publish(conn: &mut PgConnection, caller: &Caller, version: i32) -> Result<()> {
    rules::publish(conn, caller, KIND, version, WHAT).await?;
    let published = rule_set::get(conn, KIND, version).await?;
    let published = published.ok_or_else(|| Error::not_found(WHAT, version))?;
    let registry: Registry = serde_json::from_value(published.body)
        .map_err(|source| StoreError::Stored { what: WHAT, source })?;
    segment::follow_acts(conn, caller.organisation, &Acts::of(&registry)).await
}
