//! Scoring models: drafted, put in force once everybody is scored under them, and never changed.

use crate::{
    Caller, Engine, Error, Result,
    work::{Kind, schedule},
};
use tessera_domain::leads::scoring::ScoringModel;
use tessera_store::{
    PgConnection, StoreError, projection,
    rule_set::{self, RuleKind},
    rules,
};

const KIND: RuleKind = RuleKind::ScoringModel;

/// Adds a version as a draft; returns its number. Aliases stand for their events.
///
/// # Errors
/// [`Error::Refused`], [`Error::Store`].
pub async fn draft(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    mut model: ScoringModel,
) -> Result<i32> {
    model.validate()?;
    let organisation = caller.organisation;
    let rules = engine.rules.current(conn, organisation).await?;
    for (index, rule) in model.rules.iter_mut().enumerate() {
        let named = rule.when.canonicalise(&rules.registry);
        named.map_err(|it| it.within(&format!("rules[{index}].when")))?;
    }
    let body = serde_json::to_value(&model).map_err(|source| StoreError::Stored {
        what: "scoring model",
        source,
    })?;
    let actor = caller.actor.to_string();
    Ok(rule_set::insert(conn, organisation, KIND, &body, &actor).await?)
}

/// Has a version built; it comes into force when everybody is scored under it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`], [`Error::Store`].
pub async fn publish(
    conn: &mut PgConnection,
    caller: &Caller,
    version: i32,
) -> Result<Publication> {
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    let found = rule_set::get(conn, KIND, version).await?;
    let row = found.ok_or_else(|| absent(version))?;
    if row.status == "published" {
        return Ok(Publication::InForce);
    }
    if let Some(other) = rule_set::building(conn).await? {
        return Err(Error::Conflict(format!(
            "version {} is being built; wait until it is in force",
            other.version
        )));
    }
    rule_set::build(conn, KIND, rule_set::DEFAULT, version).await?;
    projection::insert(conn, organisation, KIND, rule_set::DEFAULT, version).await?;
    rules::touch(conn, organisation).await?;
    schedule(conn, Kind::Build, organisation).await?;
    Ok(Publication::Building)
}

/// What came of publishing a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication {
    /// It was in force before.
    InForce,
    /// Everybody is scored under it first.
    Building,
}

pub(crate) fn absent(version: i32) -> Error {
    Error::not_found("scoring model", format!("version {version}"))
}
