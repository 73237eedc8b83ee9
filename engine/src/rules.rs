//! What arriving events are applied to: the live scoring models and funnels of an organisation,
//! read once for each revision; and versions of rules that nothing needs to be built for.

use crate::{Caller, Error, Result, clock::now};
use serde::Serialize;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tessera_domain::time::Timestamp;
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    rule_set::{self, RuleKind},
    rules::{self, Rules},
};

/// The rules of the organisations that this process has met.
#[derive(Debug, Default)]
pub struct RulesCache(Mutex<HashMap<OrganisationId, Arc<Rules>>>);

impl RulesCache {
    /// The rules in force, which stay so until the transaction ends.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store).
    pub async fn current(
        &self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
    ) -> Result<Arc<Rules>> {
        rules::lock_shared(conn, organisation).await?;
        self.latest(conn, organisation).await
    }

    /// The rules in force, which may change at any moment: for queries, which change nothing.
    ///
    /// # Errors
    /// As [`RulesCache::current`].
    pub async fn latest(
        &self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
    ) -> Result<Arc<Rules>> {
        let revision = rules::revision(conn, organisation).await?;
        let cached = self.entries().get(&organisation).cloned();
        let is_current = |rules: &Arc<Rules>| {
            let next = rules.live.next_at.map(Timestamp::from);
            rules.revision == revision && next.is_none_or(|next| now() < next)
        };
        if let Some(rules) = cached.filter(is_current) {
            return Ok(rules);
        }
        let rules = Arc::new(rules::load(conn, revision).await?);
        self.entries().insert(organisation, rules.clone());
        Ok(rules)
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<OrganisationId, Arc<Rules>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds a version of checked rules as a draft; returns its number.
pub(crate) async fn draft(
    conn: &mut PgConnection,
    caller: &Caller,
    kind: RuleKind,
    rules: &(impl Serialize + Sync),
) -> Result<i32> {
    let body = serde_json::to_value(rules).map_err(|source| StoreError::Stored {
        what: kind.as_str(),
        source,
    })?;
    let actor = caller.actor.to_string();
    Ok(rule_set::insert(conn, caller.organisation, kind, &body, &actor).await?)
}

/// Puts a version in force, for events that arrive and questions that are asked from then on; one
/// that is in force stays as it is. `what` names the rules in a refusal.
pub(crate) async fn publish(
    conn: &mut PgConnection,
    caller: &Caller,
    kind: RuleKind,
    version: i32,
    what: &'static str,
) -> Result<()> {
    rules::lock(conn, caller.organisation).await?;
    let row = rule_set::get(conn, kind, version).await?;
    let absent = || Error::not_found(what, format!("version {version}"));
    if row.ok_or_else(absent)?.status != "published" {
        rule_set::publish(conn, kind, version).await?;
    }
    Ok(())
}
