//! What arriving events are applied to: the live scoring models and funnels of an organisation, read
//! once for each revision.

use super::{OrganisationId, rule_set::RuleKind};
use crate::{Result, StoreError};
use sqlx::PgConnection;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tessera_domain::{capture::Registry, funnel::FunnelDefinition, scoring::ScoringModel};

/// First key of the advisory lock, second is the organisation: shared by whoever applies rules,
/// exclusive for whoever changes which ones are live.
const RULES_LOCK: i32 = 0x7e55_0001;

/// The rules of one organisation at one revision.
#[derive(Debug)]
pub struct Rules {
    /// Grows with every change.
    pub revision: i64,
    /// Which events are taken.
    pub registry: Registry,
    /// Scoring models by version: the published one, and one that is being built.
    pub models: Vec<(i32, ScoringModel)>,
    /// Funnels by number.
    pub funnels: Vec<(i32, FunnelDefinition)>,
}

/// The rules of the organisations that this process has met.
#[derive(Debug, Default)]
pub struct RulesCache(Mutex<HashMap<OrganisationId, Arc<Rules>>>);

impl RulesCache {
    /// The rules in force, which stay so until the transaction ends.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Stored`] when they cannot be read.
    pub async fn current(
        &self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
    ) -> Result<Arc<Rules>> {
        let revision = sqlx::query_scalar!(
            "with locked as materialized (select pg_advisory_xact_lock_shared($1, $2))
             select revision from engine.organisation, locked where id = $2",
            RULES_LOCK,
            organisation.0,
        )
        .fetch_one(&mut *conn)
        .await?;
        let cached = self.entries().get(&organisation).cloned();
        if let Some(rules) = cached.filter(|rules| rules.revision == revision) {
            return Ok(rules);
        }
        let rules = Arc::new(load(conn, revision).await?);
        self.entries().insert(organisation, rules.clone());
        Ok(rules)
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<OrganisationId, Arc<Rules>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until nobody applies rules, and lets nobody until the transaction ends.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn lock(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock($1, $2)",
        RULES_LOCK,
        organisation.0
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Notes that the live rules have changed.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn touch(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    sqlx::query!(
        "update engine.organisation set revision = revision + 1 where id = $1",
        organisation.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn load(conn: &mut PgConnection, revision: i64) -> Result<Rules> {
    let sets = sqlx::query!(
        "select kind, version, body from engine.rule_set
         where organisation = engine.current_organisation()
           and (status = 'published' or (status = 'building' and kind = $1)) and kind <> $2
         order by kind, version",
        RuleKind::ScoringModel.as_str(),
        RuleKind::PriceBook.as_str(),
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut rules = Rules {
        revision,
        registry: Registry::default(),
        models: Vec::new(),
        funnels: Vec::new(),
    };
    for set in sets {
        if set.kind == RuleKind::ScoringModel.as_str() {
            rules
                .models
                .push((set.version, stored(set.body, "scoring model")?));
        } else {
            rules.registry = stored(set.body, "event registry")?;
        }
    }
    let funnels = sqlx::query!(
        "select id, definition from engine.funnel
         where organisation = engine.current_organisation() order by id",
    )
    .fetch_all(conn)
    .await?;
    for funnel in funnels {
        rules
            .funnels
            .push((funnel.id, stored(funnel.definition, "funnel")?));
    }
    Ok(rules)
}

/// A stored value of ours, which only another version of ours can have written otherwise.
pub(crate) fn stored<T: serde::de::DeserializeOwned>(
    value: serde_json::Value,
    what: &'static str,
) -> Result<T> {
    serde_json::from_value(value).map_err(|source| StoreError::Stored { what, source })
}
