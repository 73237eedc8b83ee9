//! Versioned rules. A version's body never changes; publishing one retires the one before it.

use crate::{
    OrganisationId, Result, StoreError,
    rules::{self, stored},
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use tessera_domain::leads::scoring::ScoringModel;

/// The purpose of a set of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleKind {
    /// Which events are accepted.
    EventRegistry,
    /// How leads are scored.
    ScoringModel,
    /// Prices.
    PriceBook,
    /// A funnel; each has a name, and versions under it.
    Funnel,
    /// A segment; each has a name, and versions under it.
    Segment,
    /// How the channel of an event is found.
    ChannelRules,
    /// What experiments measure; each has a name, and versions under it.
    Metric,
    /// What is measured in a phase of an experiment, by the experiment's key and the phase's number.
    Experiment,
    /// A journey; each has a name, and versions under it.
    Journey,
    /// What is said in a message; each has a name, and versions under it.
    Template,
    /// The stages of deals and what they take; each has a name, and versions under it.
    Pipeline,
    /// A referral campaign; each has a name, and versions under it.
    ReferralCampaign,
}

/// The name of rules of which an organisation has only one series of versions.
pub const DEFAULT: &str = "default";

impl RuleKind {
    /// The kind's name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventRegistry => "event_registry",
            Self::ScoringModel => "scoring_model",
            Self::PriceBook => "price_book",
            Self::Funnel => "funnel",
            Self::Segment => "segment",
            Self::ChannelRules => "channel_rules",
            Self::Metric => "metric",
            Self::Experiment => "experiment",
            Self::Journey => "journey",
            Self::Template => "template",
            Self::Pipeline => "pipeline",
            Self::ReferralCampaign => "referral_campaign",
        }
    }
}

/// One version of a set of rules.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// From 1, in the order of addition.
    pub version: i32,
    /// The rules, as JSON.
    pub body: Value,
    /// `draft`, `building`, `published` or `retired`.
    pub status: String,
    /// The API key or wallet that wrote it.
    pub created_by: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// Adds the next version of a kind as a draft; returns its number.
///
/// # Errors
/// [`StoreError::Raced`] when another one is added at the same time, [`StoreError::Database`].
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    kind: RuleKind,
    body: &Value,
    created_by: &str,
) -> Result<i32> {
    insert_named(conn, organisation, kind, DEFAULT, body, created_by).await
}

/// Like [`insert`], for rules that have a name.
///
/// # Errors
/// As [`insert`].
pub async fn insert_named(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    kind: RuleKind,
    name: &str,
    body: &Value,
    created_by: &str,
) -> Result<i32> {
    sqlx::query_scalar!(
        "insert into engine.rule_set (organisation, kind, name, version, body, status, created_by)
         select $1, $2, $5, coalesce(max(version), 0) + 1, $3, 'draft', $4
         from engine.rule_set where organisation = $1 and kind = $2 and name = $5
         on conflict do nothing
         returning version",
        organisation.0,
        kind.as_str(),
        body,
        created_by,
        name,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(StoreError::Raced)
}

/// One version.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn get(conn: &mut PgConnection, kind: RuleKind, version: i32) -> Result<Option<RuleSet>> {
    Ok(sqlx::query_as!(
        RuleSet,
        "select version, body, status, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1 and version = $2",
        kind.as_str(),
        version,
    )
    .fetch_optional(conn)
    .await?)
}

/// The version in force.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn published(conn: &mut PgConnection, kind: RuleKind) -> Result<Option<RuleSet>> {
    Ok(sqlx::query_as!(
        RuleSet,
        "select version, body, status, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1 and status = 'published'",
        kind.as_str(),
    )
    .fetch_optional(conn)
    .await?)
}

/// The oldest scoring model that is being built, so that models go into force in the order of their
/// versions.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn building(conn: &mut PgConnection) -> Result<Option<RuleSet>> {
    Ok(sqlx::query_as!(
        RuleSet,
        "select version, body, status, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1 and status = 'building'
         order by version limit 1",
        RuleKind::ScoringModel.as_str(),
    )
    .fetch_optional(conn)
    .await?)
}

/// A page of versions, oldest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn list(
    conn: &mut PgConnection,
    kind: RuleKind,
    page: crate::read::Page<i64>,
) -> Result<Vec<RuleSet>> {
    Ok(sqlx::query_as!(
        RuleSet,
        "select version, body, status, created_by, created_at, published_at
         from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1
           and ($2::bigint is null or version > $2)
         order by version limit $3",
        kind.as_str(),
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// A version of the scoring model and its number; without `version`, the one in force.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn scoring_model(
    conn: &mut PgConnection,
    version: Option<i32>,
) -> Result<Option<(i32, ScoringModel)>> {
    let found = match version {
        Some(version) => get(conn, RuleKind::ScoringModel, version).await?,
        None => published(conn, RuleKind::ScoringModel).await?,
    };
    found
        .map(|found| Ok((found.version, stored(found.body, "scoring model")?)))
        .transpose()
}

/// Begins to build a version that is not in force, under [`rules::lock`]. From
/// the commit on, arriving events are applied to it too.
///
/// # Errors
/// [`StoreError::Database`], also when another version is being built.
pub async fn build(
    conn: &mut PgConnection,
    kind: RuleKind,
    name: &str,
    version: i32,
) -> Result<()> {
    sqlx::query!(
        "update engine.rule_set set status = 'building'
         where organisation = engine.current_organisation() and kind = $1 and name = $2 and version = $3",
        kind.as_str(),
        name,
        version,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a version in force and retires the one before it; whether there is such a version. From the
/// commit on, arriving events are applied to the new one.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn publish(conn: &mut PgConnection, kind: RuleKind, version: i32) -> Result<bool> {
    publish_named(conn, kind.as_str(), DEFAULT, version).await
}

/// Like [`publish`], for rules that have a name; the kind is given by its name in the table.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn publish_named(
    conn: &mut PgConnection,
    kind: &str,
    name: &str,
    version: i32,
) -> Result<bool> {
    sqlx::query!(
        "update engine.rule_set set status = 'retired'
         where organisation = engine.current_organisation() and kind = $1 and name = $2
           and status = 'published' and version <> $3",
        kind,
        name,
        version,
    )
    .execute(&mut *conn)
    .await?;
    let published = sqlx::query!(
        "update engine.rule_set set status = 'published', published_at = now()
         where organisation = engine.current_organisation() and kind = $1 and name = $2 and version = $3",
        kind,
        name,
        version,
    )
    .execute(&mut *conn)
    .await?;
    let organisation = crate::access::organisation::current(conn).await?;
    rules::touch(conn, organisation.id).await?;
    Ok(published.rows_affected() == 1)
}

/// Gives up the version of this name that is being built. Runs under [`rules::lock`].
///
/// # Errors
/// [`StoreError::Database`].
pub async fn abandon(conn: &mut PgConnection, kind: RuleKind, name: &str) -> Result<()> {
    retire(conn, kind, name, &["building"]).await?;
    // One whose projection is complete may still wait to be put in force.
    sqlx::query!(
        "update engine.rule_set set status = 'retired'
         where organisation = engine.current_organisation() and kind = $1 and name = $2
           and status = 'building'",
        kind.as_str(),
        name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the projections of this name in these states, with their versions; whether there was one.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn retire(
    conn: &mut PgConnection,
    kind: RuleKind,
    name: &str,
    statuses: &[&str],
) -> Result<bool> {
    let retired = sqlx::query!(
        "with gone as (
             update engine.projection set status = 'removed'
             where organisation = engine.current_organisation() and kind = $1 and name = $2
               and status = any($3)
             returning organisation, kind, name, version)
         update engine.rule_set set status = 'retired' from gone
         where rule_set.organisation = gone.organisation and rule_set.kind = gone.kind
           and rule_set.name = gone.name and rule_set.version = gone.version",
        kind.as_str(),
        name,
        statuses as _,
    )
    .execute(conn)
    .await?;
    Ok(retired.rows_affected() > 0)
}
