//! What follows from events, kept current: scores under every live model and states of every funnel.
//! New events move what is stored; a person whose set of events changed otherwise is computed anew.

mod build;
mod funnels;
mod scores;

pub(crate) use build::build;

use crate::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tessera_domain::event::Event;
use tessera_store::{OrganisationId, PgConnection, capture::event, leads::score, rules::Rules};
use uuid::Uuid;

/// Canonical people whose facts change. They are locked.
#[derive(Debug, Default)]
pub struct Touched {
    /// New events by person.
    pub events: BTreeMap<Uuid, Vec<Event>>,
    /// People to be computed anew from all of their events.
    pub rebuilt: BTreeSet<Uuid>,
    /// People who are somebody else now.
    pub gone: BTreeSet<Uuid>,
}

/// Moves everything that follows from events.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store), also when a state cannot be read.
pub async fn project(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    rules: &Rules,
    touched: &Touched,
) -> Result<()> {
    let rebuilt: Vec<Uuid> = touched.rebuilt.difference(&touched.gone).copied().collect();
    let gone: Vec<Uuid> = touched.gone.iter().copied().collect();
    let mut anew = if rebuilt.is_empty() {
        HashMap::new()
    } else {
        event::histories(conn, &rebuilt).await?
    };
    for person in rebuilt {
        anew.entry(person).or_default();
    }
    if !gone.is_empty() {
        score::remove(conn, &gone).await?;
    }
    for (version, model) in &rules.models {
        scores::advance(conn, organisation, *version, model, touched, &anew).await?;
    }
    funnels::advance(conn, organisation, &rules.funnels, touched, &anew).await
}
