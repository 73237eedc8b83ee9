//! What is known of leads' companies: looked up by providers in the background, kept with source, legal basis
//! and end, and shown as the rule of merging has it.
//!
//! Law: nobody is asked in a request or in a transaction. A domain is asked about at most once a day, for all
//! of its leads. What comes from outside is bounded in time and bytes, and a provider that fails is noted and
//! holds up nobody.

mod lookups;
mod provider;
mod service;
mod settings;
mod site;
mod work;

pub use lookups::{LookupConfig, Lookups};
pub use settings::{NewProvider, Settings, set, settings};
pub(crate) use work::look_up;

use super::appear;
use crate::{Caller, Error, Result, people::canonical};
use std::collections::BTreeMap;
use tessera_domain::{
    leads::enrichment::{Attribute, Fact, Source, merge},
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    leads::company::{self, CompanyRow, FactRow},
};
use uuid::Uuid;

/// What is known of a lead's company.
#[derive(Debug, Clone)]
pub struct Company {
    /// Its domain, and how it was looked up.
    pub row: CompanyRow,
    /// The fact to believe for each attribute.
    pub facts: Vec<FactRow>,
}

/// Has a lead's company looked up.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn request(conn: &mut PgConnection, caller: &Caller, id: Uuid) -> Result<()> {
    let person = canonical(conn, id).await?.id;
    appear::look_up_soon(conn, caller.organisation, person).await
}

/// What is known of the company of a canonical person at a moment; none before it was looked up.
///
/// # Errors
/// [`Error::Store`].
pub async fn of(conn: &mut PgConnection, person: Uuid, now: Timestamp) -> Result<Option<Company>> {
    let Some(row) = company::of(conn, person).await? else {
        return Ok(None);
    };
    let policies = settings(conn).await?.policies;
    let rows = company::facts(conn, &row.domain, now.into()).await?;
    let stated: Vec<(Fact, FactRow)> = rows
        .into_iter()
        .filter_map(|row| Some((fact(&row)?, row)))
        .collect();
    let believed: BTreeMap<Attribute, Fact> =
        merge(stated.iter().map(|(fact, _)| fact.clone()), &policies, now);
    let is_believed = |fact: &Fact| believed.get(&fact.attribute) == Some(fact);
    let facts = stated.into_iter().filter(|(fact, _)| is_believed(fact));
    Ok(Some(Company {
        row,
        facts: facts.map(|(_, row)| row).collect(),
    }))
}

fn fact(row: &FactRow) -> Option<Fact> {
    let known = |it: &Source| it.as_str() == row.source;
    Some(Fact {
        attribute: row.attribute.0.clone(),
        value: row.value.clone(),
        source: Source::ALL.into_iter().find(known)?,
        seen_at: row.seen_at.into(),
    })
}

/// The company of a lead that an id names.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<Company> {
    let person = canonical(conn, id).await?.id;
    let found = of(conn, person, now).await?;
    found.ok_or_else(|| Error::not_found("company of the person", id))
}
