//! Event registries: drafted, put in force for what arrives from then on, and never changed.

use crate::{Caller, Error, Result};
use tessera_domain::capture::Registry;
use tessera_store::{
    PgConnection, StoreError,
    rule_set::{self, RuleKind},
    rules,
};

const KIND: RuleKind = RuleKind::EventRegistry;

/// Adds a version as a draft; returns its number.
///
/// # Errors
/// [`Error::Refused`], [`Error::Store`].
pub async fn draft(conn: &mut PgConnection, caller: &Caller, registry: &Registry) -> Result<i32> {
    registry.validate()?;
    let body = serde_json::to_value(registry).map_err(|source| StoreError::Stored {
        what: "event registry",
        source,
    })?;
    let actor = caller.actor.to_string();
    Ok(rule_set::insert(conn, caller.organisation, KIND, &body, &actor).await?)
}

/// Puts a version in force.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn publish(conn: &mut PgConnection, caller: &Caller, version: i32) -> Result<()> {
    rules::lock(conn, caller.organisation).await?;
    if rule_set::publish(conn, KIND, version).await? {
        Ok(())
    } else {
        Err(Error::not_found(
            "event registry",
            format!("version {version}"),
        ))
    }
}
