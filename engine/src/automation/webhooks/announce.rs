//! What happened, written down for every endpoint that wants to know.

use super::wake;
use crate::{Result, clock::now};
use std::collections::BTreeSet;
use tessera_domain::{
    automation::webhook::{EventType, Occurred},
    event::Event,
};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{
        webhook_delivery::{self, NewDelivery},
        webhook_endpoint,
    },
    rules::Rules,
};
use uuid::Uuid;

/// Something to report: its kind, its person, and the message.
pub(crate) type Report = (&'static EventType, Option<Uuid>, String);

/// What is to be reported of new events of the log: those that some endpoint may want.
pub(crate) fn reports<'a>(
    rules: &Rules,
    events: impl Iterator<Item = (Uuid, &'a Event)>,
) -> Vec<Report> {
    if rules.webhooks.is_empty() {
        return Vec::new();
    }
    events
        .filter_map(|(person, event)| {
            let kind = EventType::of_event(&event.name)?;
            rules.webhooks.contains(kind.name).then(|| {
                let message = kind.message(Occurred {
                    id: event.id,
                    person: Some(person),
                    at: event.at,
                    properties: &event.properties,
                });
                (kind, Some(person), message.to_string())
            })
        })
        .collect()
}

/// Reports something that is no event of the log, in the transaction in which it happens.
pub(crate) async fn announce(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    kind: &'static EventType,
    occurred: Occurred<'_>,
) -> Result<()> {
    let message = kind.message(occurred).to_string();
    let report = (kind, occurred.person, message);
    report_all(conn, organisation, &[report]).await
}

/// Writes reports down for each endpoint that wants them, in the transaction of what they report. Where there
/// are none, nothing is asked.
pub(crate) async fn report_all(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    reports: &[Report],
) -> Result<()> {
    if reports.is_empty() {
        return Ok(());
    }
    let kinds: BTreeSet<&str> = reports.iter().map(|(kind, ..)| kind.name).collect();
    let kinds: Vec<&str> = kinds.into_iter().collect();
    let subscribers = webhook_endpoint::subscribers(conn, &kinds).await?;
    // By this machine's clock, whichever dates what is reported.
    let now = now();
    for subscriber in &subscribers {
        let wanted = reports
            .iter()
            .filter(|(kind, ..)| subscriber.event_types.iter().any(|it| it == kind.name));
        let deliveries: Vec<NewDelivery<'_>> = wanted
            .map(|(kind, person, message)| NewDelivery {
                id: Uuid::now_v7(),
                endpoint: subscriber.id,
                event_type: kind.name,
                person: *person,
                message,
            })
            .collect();
        webhook_delivery::insert(conn, organisation, &deliveries, now.into()).await?;
        wake(conn, organisation, subscriber.id).await?;
    }
    Ok(())
}
