//! Deals: created, changed, moved from stage to stage, and corrected. Each change is another version.

mod corrections;
mod in_pipeline;

pub use corrections::{close, remove, reopen};
pub use in_pipeline::advance_in_pipeline;

use crate::{Caller, Engine, Error, Result, automation::webhooks::announce};
use rust_decimal::Decimal;
use serde_json::json;
use std::collections::BTreeSet;
use tessera_domain::{
    automation::webhook::{DEAL_MOVED, Occurred},
    leads::deals::{Barrier, Entry, Findings, Objection, Solution, Stage, transition},
    time::Timestamp,
};
use tessera_store::{
    Key, PgConnection,
    leads::deal::{self, Change, DealRow, Text},
};
use uuid::Uuid;

/// A deal to create.
#[derive(Debug, Clone)]
pub struct NewDeal {
    /// The person that it is with, of the caller's organisation.
    pub person: Uuid,
    /// Its name, for people.
    pub name: String,
    /// Its value, in whole units of the currency.
    pub amount: Decimal,
    /// A mint or an ISO 4217 code.
    pub currency: String,
    /// The wallet that works on it.
    pub owner: Option<Key>,
    /// What is known of it.
    pub findings: Findings,
    /// The pipeline that it is in; none for the stages of every deal.
    pub pipeline: Option<String>,
}

/// What to change in a deal; what is not given stays as it is.
#[derive(Debug, Clone, Default)]
pub struct DealChange {
    /// Its name.
    pub name: Option<String>,
    /// Its value, in whole units of its currency.
    pub amount: Option<Decimal>,
    /// The wallet that works on it; none inside for none.
    pub owner: Option<Option<Key>>,
    /// All objections to buying.
    pub objections: Option<BTreeSet<Objection>>,
    /// All solutions that were offered.
    pub solutions: Option<BTreeSet<Solution>>,
    /// All barriers to buying.
    pub barriers: Option<BTreeSet<Barrier>>,
}

/// Creates a deal in the first stage.
///
/// # Errors
/// [`Error::Refused`] when its pipeline is not there or requires more to be known, [`Error::Store`].
pub async fn create(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    new: NewDeal,
    now: Timestamp,
) -> Result<DealRow> {
    let mut row = DealRow {
        id: Uuid::now_v7(),
        person: new.person,
        name: new.name,
        stage: Text(Stage::New),
        amount: new.amount,
        currency: new.currency,
        owner: new.owner,
        findings: new.findings.into(),
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
        closed_at: None,
        removed_at: None,
        pipeline: None,
        pipeline_stage: None,
    };
    if let Some(pipeline) = new.pipeline {
        in_pipeline::begin(engine, conn, &mut row, pipeline, now).await?;
    }
    deal::insert(conn, caller.organisation, &row, &caller.actor.to_string()).await?;
    Ok(row)
}

/// Changes a deal, which is locked. A change without effect makes no version.
///
/// # Errors
/// [`Error::Conflict`] when it is removed, [`Error::Store`].
pub async fn change(
    conn: &mut PgConnection,
    row: DealRow,
    change: DealChange,
    now: Timestamp,
) -> Result<DealRow> {
    unless_removed(&row)?;
    let findings = row.findings.0.clone();
    let mut changed = DealRow {
        name: change.name.unwrap_or_else(|| row.name.clone()),
        amount: change.amount.unwrap_or(row.amount),
        owner: change.owner.unwrap_or(row.owner),
        findings: Findings {
            objections: change.objections.unwrap_or(findings.objections),
            solutions: change.solutions.unwrap_or(findings.solutions),
            barriers: change.barriers.unwrap_or(findings.barriers),
        }
        .into(),
        ..row.clone()
    };
    if changed != row {
        changed.version += 1;
        changed.updated_at = now.into();
        deal::update(conn, &changed).await?;
    }
    Ok(changed)
}

/// Moves a deal, which is locked, to another stage.
///
/// # Errors
/// [`Error::Conflict`] when there is no such move, with those that there are, or the deal is removed or in a
/// pipeline;
/// [`Error::Store`].
pub async fn advance(
    conn: &mut PgConnection,
    caller: &Caller,
    mut row: DealRow,
    to: Stage,
    now: Timestamp,
) -> Result<DealRow> {
    unless_removed(&row)?;
    in_pipeline::unless_in_pipeline(&row)?;
    let from = row.stage.0;
    let to = transition(from, to).map_err(|refusal| {
        let allowed: Vec<&str> = from.next().iter().map(|stage| stage.as_str()).collect();
        Error::Conflict(match allowed.as_slice() {
            [] => format!("{refusal}; {from} is final"),
            allowed => format!("{refusal}, only to {}", allowed.join(", ")),
        })
    })?;
    row.stage = Text(to);
    row.closed_at = to.is_closed().then_some(now.into());
    let change = Change {
        kind: Entry::Moved,
        from: Some(from),
        reason: None,
        actor: &caller.actor.to_string(),
    };
    store(conn, caller, row, change, now).await
}

fn unless_removed(row: &DealRow) -> Result<()> {
    if row.removed_at.is_none() {
        return Ok(());
    }
    Err(Error::Conflict(
        "the deal is removed; reopen it first".to_owned(),
    ))
}

/// Stores the next version of a deal, and how it came about.
async fn store(
    conn: &mut PgConnection,
    caller: &Caller,
    mut row: DealRow,
    change: Change<'_>,
    now: Timestamp,
) -> Result<DealRow> {
    row.version += 1;
    row.updated_at = now.into();
    deal::update(conn, &row).await?;
    deal::insert_transition(conn, caller.organisation, &row, change).await?;
    if let Some(from) = change.from.filter(|from| *from != row.stage.0) {
        let moved = [
            ("deal", json!(row.id)),
            ("from", json!(from.as_str())),
            ("to", json!(row.stage.as_str())),
            ("version", json!(row.version)),
        ];
        let moved = Occurred {
            id: Uuid::now_v7(),
            person: Some(row.person),
            at: now,
            properties: &moved
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
        };
        announce(conn, caller.organisation, &DEAL_MOVED, moved).await?;
    }
    Ok(row)
}
