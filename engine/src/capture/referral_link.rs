//! Clicks on referral links. A count names nobody; only a person who consents is remembered, and then
//! the click is an event of theirs.

use super::{Occurrence, record};
use crate::{Engine, Result, projection::count_click};
use serde_json::json;
use tessera_domain::{
    event::Agent,
    people::{Identifier, Proof},
    time::Timestamp,
};
use tessera_store::{OrganisationId, PgConnection, capture::event::EventSource};
use uuid::Uuid;

/// Counts a click on the link of `code` by such an agent, and records it for a visitor who wants to be
/// remembered.
///
/// # Errors
/// As [`record`].
pub async fn click(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    code: &str,
    agent: Agent,
    visitor: Option<&Identifier>,
    now: Timestamp,
) -> Result<()> {
    let rules = engine.rules.current(conn, organisation).await?;
    if let Some(visitor) = visitor {
        let occurrence = Occurrence {
            name: "referral_clicked",
            id: Uuid::now_v7(),
            identifiers: std::slice::from_ref(visitor),
            proof: Proof::Claimed,
            source: EventSource::Engine,
            at: now,
            properties: [("code", code), ("channel", "referral")]
                .into_iter()
                .map(|(name, value)| (name.to_owned(), json!(value)))
                .collect(),
        };
        record(engine, conn, &rules, organisation, occurrence, now).await?;
    }
    let day = now.day();
    count_click(conn, organisation, &rules, code, agent, day).await
}
