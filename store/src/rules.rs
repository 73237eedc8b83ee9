//! The rules that arriving events are applied to: an organisation's live scoring models and
//! funnels, read once for each revision.

use crate::{
    OrganisationId, Result, StoreError,
    automation::{
        journey::{self, LiveJourney},
        referral_campaign, webhook_endpoint,
    },
    experiments::live::{self, Live},
    leads, projection,
    rule_set::{self, RuleKind},
};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use tessera_domain::{
    analytics::{Reading, attribution::ChannelRules},
    capture::{Acts, Registry},
    projection::Definition,
    time::Timestamp,
};

/// First key of the advisory lock; the second is the organisation. Transactions that apply rules
/// share it, and one that changes which rules are live holds it alone.
const RULES_LOCK: i32 = 0x7e55_0001;

/// A projection that is kept current.
#[derive(Debug, Clone)]
pub struct Applied {
    /// Its number.
    pub id: i32,
    /// Name of its rule set.
    pub name: String,
    /// Whether it is complete; false while it is being built.
    pub live: bool,
    /// What is kept, and how it changes.
    pub definition: Definition,
}

/// The rules of one organisation at one revision.
#[derive(Debug)]
pub struct Rules {
    /// Grows with every change of the live rules.
    pub revision: i64,
    /// Which events are accepted.
    pub registry: Registry,
    /// How events are read.
    pub reading: Reading,
    /// The projections that are kept current, by number.
    pub projections: Vec<Applied>,
    /// Which experiments there are for visitors.
    pub live: Live,
    /// Which journeys people enter, or are under way in.
    pub journeys: Vec<LiveJourney>,
    /// Number of the projection that counts events.
    pub events: i32,
    /// Number of the projection that counts clicks.
    pub clicks: i32,
    /// The kinds of webhooks that some endpoint may get.
    pub webhooks: BTreeSet<String>,
    /// What is done when a lead appears.
    pub leads: Appearing,
    /// Whether a published referral campaign was not settled, by the network's clock, when the rules were read:
    /// receipts may still change it. What is settled is evaluated only when people decide about it.
    pub has_referral_campaigns: bool,
}

/// What is done when a lead appears.
#[derive(Debug, Clone, Copy, Default)]
pub struct Appearing {
    /// It is assigned.
    pub routed: bool,
    /// Its company is looked up.
    pub looked_up: bool,
}

impl Rules {
    /// The first moment whose events something follows from that an experiment measures.
    pub fn measured_since(&self) -> Option<Timestamp> {
        let since = |it: &Applied| match &it.definition {
            Definition::Experiment(measurement) => Some(measurement.since()),
            _ => None,
        };
        self.projections.iter().filter_map(since).min()
    }

    /// The rules with only the projections of these numbers; one that was removed in the meantime
    /// is not among them.
    #[must_use]
    pub fn only(&self, projections: &[i32]) -> Self {
        let wanted = |it: &&Applied| projections.contains(&it.id);
        Self {
            revision: self.revision,
            registry: Registry::default(),
            reading: Reading::default(),
            projections: self.projections.iter().filter(wanted).cloned().collect(),
            live: Live::default(),
            journeys: Vec::new(),
            events: self.events,
            clicks: self.clicks,
            webhooks: self.webhooks.clone(),
            leads: self.leads,
            has_referral_campaigns: false,
        }
    }
}

/// A projection that is being built: arriving events are applied to it as to a live one, but it is
/// not complete yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Building {
    /// The projection's number.
    pub id: i32,
    /// The kind of its rule set.
    pub kind: String,
    /// The rule set's name.
    pub name: String,
    /// The rule set's version.
    pub version: i32,
}

/// The organisation's projections that are being built.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn building(conn: &mut PgConnection) -> Result<Vec<Building>> {
    Ok(sqlx::query_as!(
        Building,
        r#"select id, kind, name, version as "version!" from engine.projection
           where organisation = engine.current_organisation() and status = 'building' order by id"#,
    )
    .fetch_all(conn)
    .await?)
}

/// Keeps the live rules unchanged until the transaction ends. Read them afterwards and in another
/// statement: one that waits for the lock itself sees the rules of before the wait.
///
/// What such a transaction does, it does by key: from here on its statements read no table from end
/// to end that has an index for them. A connection keeps plans, and one that was made while a table
/// was empty would read all of it later. A plan without such an index looks so dear to the server
/// that it would be compiled, which takes longer than it saves.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn lock_shared(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock_shared($1, $2), set_config('enable_seqscan', 'off', true) as scans,
                set_config('jit', 'off', true) as compiles",
        RULES_LOCK,
        organisation.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// The revision of the live rules.
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

/// Waits until no transaction applies rules, and lets none do so until this one ends.
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

/// The live rules, which are of `revision`.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`] when they cannot be read.
pub async fn load(conn: &mut PgConnection, revision: i64) -> Result<Rules> {
    let registry = match rule_set::published(conn, RuleKind::EventRegistry).await? {
        Some(set) => stored(set.body, "event registry")?,
        None => Registry::default(),
    };
    let channels = match rule_set::published(conn, RuleKind::ChannelRules).await? {
        Some(set) => stored(set.body, "channel rules")?,
        None => ChannelRules::default(),
    };
    let mut rules = Rules {
        revision,
        reading: Reading {
            acts: Acts::of(&registry),
            channels,
        },
        registry,
        projections: Vec::new(),
        live: live::load(conn).await?,
        journeys: journey::live(conn).await?,
        events: 0,
        clicks: 0,
        webhooks: webhook_endpoint::subscribed(conn)
            .await?
            .into_iter()
            .collect(),
        leads: Appearing {
            routed: leads::team::routes(conn).await?,
            looked_up: leads::enrichment::is_automatic(conn).await?,
        },
        has_referral_campaigns: referral_campaign::is_any_unsettled(conn).await?,
    };
    let rows = sqlx::query!(
        r#"select projection.id, kind, name, projection.status, body as "body?"
           from engine.projection left join engine.rule_set using (organisation, kind, name, version)
           where organisation = engine.current_organisation()
             and projection.status in ('building', 'live')
           order by projection.id"#,
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        match (row.kind.as_str(), row.body) {
            (projection::EVENTS, _) => rules.events = row.id,
            (projection::CLICKS, _) => rules.clicks = row.id,
            (kind, body) => {
                let definition = Definition::parse(kind, body.unwrap_or_default());
                let definition = definition.map_err(|source| StoreError::Stored {
                    what: "definition of a projection",
                    source,
                })?;
                rules.projections.push(Applied {
                    id: row.id,
                    name: row.name,
                    live: row.status == "live",
                    definition,
                });
            }
        }
    }
    Ok(rules)
}

/// Reads a stored value. Only another version of this software can have written one that fails.
pub(crate) fn stored<T: serde::de::DeserializeOwned>(
    value: serde_json::Value,
    what: &'static str,
) -> Result<T> {
    serde_json::from_value(value).map_err(|source| StoreError::Stored { what, source })
}
