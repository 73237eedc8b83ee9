//! What arriving events are applied to: the live scoring models and funnels of an organisation, read
//! once for each revision.

use super::{
    OrganisationId,
    rule_set::{self, RuleKind},
};
use crate::{Result, StoreError};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use tessera_domain::{
    analytics::funnel::FunnelDefinition, capture::Registry, leads::scoring::ScoringModel,
};

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

/// What is being built: it moves with arriving events like everything that is live, and is not
/// complete yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Building {
    /// The scoring model's version.
    pub model: Option<i32>,
    /// Funnels by number.
    pub funnels: Vec<i32>,
}

impl Building {
    /// Whether there is nothing to build.
    pub fn is_empty(&self) -> bool {
        self.model.is_none() && self.funnels.is_empty()
    }
}

impl Rules {
    /// Those of the rules that are being built; what was removed meanwhile is not among them.
    #[must_use]
    pub fn only(&self, building: &Building) -> Self {
        let models = self.models.iter();
        let funnels = self.funnels.iter();
        Self {
            revision: self.revision,
            registry: Registry::default(),
            models: models
                .filter(|(version, _)| building.model == Some(*version))
                .cloned()
                .collect(),
            funnels: funnels
                .filter(|(id, _)| building.funnels.contains(id))
                .cloned()
                .collect(),
        }
    }
}

/// What is being built for the organisation.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn building(conn: &mut PgConnection) -> Result<Building> {
    let model = rule_set::building(conn).await?;
    let funnels = sqlx::query_scalar!(
        "select id from engine.funnel
         where organisation = engine.current_organisation() and status = 'building' order by id",
    )
    .fetch_all(conn)
    .await?;
    Ok(Building {
        model: model.map(|model| model.version),
        funnels,
    })
}

/// Keeps the rules in force as they are until the transaction ends. Read them after this, in a
/// statement of its own: one that waits for the lock itself would see what was there before the wait.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn lock_shared(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock_shared($1, $2)",
        RULES_LOCK,
        organisation.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Which revision of the rules is in force.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn revision(conn: &mut PgConnection, organisation: OrganisationId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        "select revision from engine.organisation where id = $1",
        organisation.0,
    )
    .fetch_one(conn)
    .await?)
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

/// The rules in force, which `revision` is noted with.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`] when they cannot be read.
pub async fn load(conn: &mut PgConnection, revision: i64) -> Result<Rules> {
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
         where organisation = engine.current_organisation() and status <> 'removed'
         order by id",
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
