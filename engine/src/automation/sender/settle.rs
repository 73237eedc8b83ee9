//! What came of attempts, committed together.

use super::{
    attempt::Tried,
    claim::{MOST_UNCERTAIN, UNCERTAIN_PAUSE_SECS},
};
use crate::{
    Engine, Error, Result,
    automation::{
        happened::{self, Happened},
        suppressions,
    },
    clock::now,
};
use std::time::Duration;
use tessera_domain::{automation::delivery::Reason, event::Properties};
use tessera_store::{
    OrganisationId, StoreError,
    automation::{mail_sender, outbox, suppression},
    tenant,
};
use tokio::time::sleep;

/// How often what came of attempts is written, when it cannot be: it is not known again.
const TIMES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(250);

/// The event of a mail that a server took.
const SENT: &str = "email_sent";

/// Commits what came of attempts.
pub(super) async fn settle(
    engine: &Engine,
    organisation: OrganisationId,
    tried: &[Tried],
) -> Result<()> {
    for time in 1..TIMES {
        match once(engine, organisation, tried).await {
            Err(Error::Store(error)) => {
                tracing::warn!(%error, "what came of messages cannot be written yet");
                sleep(PAUSE * time).await;
            }
            settled => return settled,
        }
    }
    once(engine, organisation, tried).await
}

async fn once(engine: &Engine, organisation: OrganisationId, tried: &[Tried]) -> Result<()> {
    let now = now();
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let conn = &mut *transaction;
    let rules = engine.rules.current(conn, organisation).await?;
    if tried.iter().any(|it| it.is_no_mailbox) {
        suppression::lock(conn, organisation).await?;
    }
    let all: Vec<_> = tried.iter().map(|it| it.settled.clone()).collect();
    let settled = outbox::settle(conn, &all).await?;
    let again = now.plus_secs(UNCERTAIN_PAUSE_SECS);
    outbox::resend_uncertain(conn, again.into(), MOST_UNCERTAIN).await?;
    let mut happened = Vec::new();
    for tried in tried.iter().filter(|it| settled.contains(&it.settled.id)) {
        let name = match tried.settled.status {
            "sent" => SENT,
            "failed" if tried.is_no_mailbox => "email_bounced",
            _ => continue,
        };
        if tried.is_no_mailbox {
            suppressions::suppress(conn, organisation, &tried.address, Reason::NoMailbox).await?;
        }
        happened.push(Happened {
            name,
            key: tried.settled.id.to_string(),
            address: tried.address,
            properties: about(&tried.template, tried.settled.id.to_string()),
        });
    }
    if happened.iter().any(|it| it.name == SENT) {
        mail_sender::note_first(conn, now.into()).await?;
    }
    happened::record(conn, &rules, organisation, happened, now).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}

fn about(template: &str, message: String) -> Properties {
    Properties::from_iter([
        ("campaign".to_owned(), template.into()),
        ("email_id".to_owned(), message.into()),
    ])
}
