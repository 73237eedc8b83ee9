//! Leaving a journey before its end.

use super::tally::Tally;
use crate::Result;
use std::collections::BTreeSet;
use tessera_domain::automation::journey::{Node, Reason};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{
        journey,
        journey_run::{self, WaitingRun},
        template,
    },
};
use uuid::Uuid;

/// Ends the runs of people who leave for good.
pub(crate) async fn leave(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    people: &[Uuid],
    reason: Reason,
) -> Result<()> {
    let ended = journey_run::end_of_people(conn, people, reason.as_str()).await?;
    let mut tally = Tally::default();
    tally.ended_all(&ended, reason);
    tally.write(conn, organisation).await
}

/// Ends these runs, where they are under way.
pub(crate) async fn leave_runs(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    runs: &[Uuid],
    reason: Reason,
) -> Result<()> {
    if runs.is_empty() {
        return Ok(());
    }
    let ended = journey_run::end(conn, runs, reason.as_str()).await?;
    let mut tally = Tally::default();
    tally.ended_all(&ended, reason);
    tally.write(conn, organisation).await
}

/// Ends the runs of canonical people who want no marketing, in journeys that send it.
pub(crate) async fn leave_marketing(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    people: &[Uuid],
) -> Result<()> {
    let runs = journey_run::of_people(conn, people).await?;
    let versions: BTreeSet<_> = runs.iter().map(version).collect();
    let mut selling = BTreeSet::new();
    for (name, number) in versions {
        if sells(conn, name, number).await? {
            selling.insert((name, number));
        }
    }
    let leaving: Vec<Uuid> = runs
        .iter()
        .filter(|run| selling.contains(&version(run)))
        .map(|run| run.id)
        .collect();
    leave_runs(conn, organisation, &leaving, Reason::Unsubscribed).await
}

fn version(run: &WaitingRun) -> (&str, i32) {
    (&run.journey, run.version)
}

/// Whether a version of a journey sends marketing messages, as their templates are now.
async fn sells(conn: &mut PgConnection, name: &str, version: i32) -> Result<bool> {
    let Some(row) = journey::get(conn, name, Some(version)).await? else {
        return Ok(false);
    };
    for node in row.journey.nodes.values() {
        let Node::Message { template, .. } = node else {
            continue;
        };
        let known = template::in_force(conn, template).await?;
        if known.is_some_and(|it| it.template.is_marketing()) {
            return Ok(true);
        }
    }
    Ok(false)
}
