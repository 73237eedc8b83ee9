//! One attempt at one mail: a last check, the sending, and what came of it.

use super::claim::Pending;
use crate::{Engine, Result, automation::permission::may, clock::now};
use std::time::Duration;
use tessera_domain::people::IdentifierKind;
use tessera_domain::{
    automation::delivery::{Reason, names_no_mailbox, retry_at},
    time::Timestamp,
};
use tessera_mail::Sent;
use tessera_store::{
    OrganisationId,
    automation::outbox::Settled,
    people::person::{self, IdentifierKey},
    tenant,
};
use tokio::time::timeout;

/// How long a server may take for a message; what takes longer is uncertain.
const PATIENCE: Duration = Duration::from_secs(180);
/// Most characters that are kept of an answer.
const MAX_RESPONSE_CHARS: usize = 500;

/// What came of an attempt.
pub(super) struct Tried {
    pub(super) settled: Settled,
    /// Digest of the address.
    pub(super) address: [u8; 32],
    /// The name of the template.
    pub(super) template: String,
    /// Whether nothing may be sent to the address again.
    pub(super) is_no_mailbox: bool,
}

/// Sends a mail that is claimed, unless it may not be sent any more.
pub(super) async fn attempt(
    engine: &Engine,
    organisation: OrganisationId,
    pending: Pending,
) -> Tried {
    let begun = now();
    let outcome = outcome(engine, organisation, &pending, begun).await;
    let now = now();
    let mut settled = Settled {
        id: pending.claim.id,
        attempt: Some(pending.claim.attempt),
        ..Settled::default()
    };
    let mut is_no_mailbox = false;
    let again = |settled: &mut Settled, reason: Reason| {
        let chance = rand::random();
        match retry_at(pending.attempts, pending.first_due, now, chance) {
            Some(at) => {
                settled.status = "intended";
                settled.reason = Some(reason.as_str());
                settled.due_at = Some(at.into());
            }
            None => {
                settled.status = "failed";
                settled.reason = Some(Reason::Expired.as_str());
            }
        }
    };
    match outcome {
        Outcome::Not(reason) => {
            settled.status = "failed";
            settled.reason = Some(reason.as_str());
        }
        Outcome::Later => again(&mut settled, Reason::NotSent),
        Outcome::Sent(Sent::Accepted { response }) => {
            settled.status = "sent";
            settled.sent_at = Some(now.into());
            settled.response = Some(kept(&response));
        }
        Outcome::Sent(Sent::NotSent { reason }) => {
            settled.response = Some(kept(&reason));
            again(&mut settled, Reason::NotSent);
        }
        Outcome::Sent(Sent::Uncertain { reason }) => {
            settled.status = "uncertain";
            settled.reason = Some(Reason::NoAnswer.as_str());
            settled.response = Some(kept(&reason));
        }
        Outcome::Sent(Sent::Refused {
            code,
            response,
            is_permanent,
        }) => {
            settled.response = Some(kept(&format!("{code} {response}")));
            if is_permanent {
                is_no_mailbox = names_no_mailbox(&response);
                let reason = if is_no_mailbox {
                    Reason::NoMailbox
                } else {
                    Reason::Refused
                };
                settled.status = "failed";
                settled.reason = Some(reason.as_str());
            } else {
                again(&mut settled, Reason::Deferred);
            }
        }
    }
    Tried {
        settled,
        address: pending.claim.address,
        template: pending.filled.template().to_owned(),
        is_no_mailbox,
    }
}

enum Outcome {
    /// It may not be sent.
    Not(Reason),
    /// Nothing was begun.
    Later,
    Sent(Sent),
}

async fn outcome(
    engine: &Engine,
    organisation: OrganisationId,
    pending: &Pending,
    begun: Timestamp,
) -> Outcome {
    // So late in its claim that another may begin before this one ends.
    let left = pending.until.0.saturating_sub(begun.0);
    let needed = i64::try_from(PATIENCE.as_micros()).unwrap_or(i64::MAX);
    let Some(mail) = engine.mail.as_ref().filter(|_| left > needed) else {
        return Outcome::Later;
    };
    match still(engine, organisation, pending).await {
        Ok(None) => {}
        Ok(Some(reason)) => return Outcome::Not(reason),
        Err(error) => {
            tracing::warn!(%error, "that a message may be sent cannot be seen");
            return Outcome::Later;
        }
    }
    let Ok(letter) = pending.filled.letter(&pending.template, begun) else {
        return Outcome::Not(Reason::Template);
    };
    match timeout(PATIENCE, mail.server.send(&letter)).await {
        Ok(sent) => Outcome::Sent(sent),
        Err(_) => Outcome::Sent(Sent::Uncertain {
            reason: "the server took too long".to_owned(),
        }),
    }
}

/// What has come into the way since the claim: they may have unsubscribed or been erased.
async fn still(
    engine: &Engine,
    organisation: OrganisationId,
    pending: &Pending,
) -> Result<Option<Reason>> {
    let mut transaction = tenant::snapshot(&engine.pool, organisation).await?;
    let key = IdentifierKey {
        kind: IdentifierKind::Email,
        digest: pending.claim.address,
    };
    if person::resolve(&mut transaction, &[key]).await?.is_empty() {
        return Ok(Some(Reason::Erased));
    }
    let (purpose, topic) = (pending.template.purpose, &pending.template.topic);
    may(&mut transaction, &pending.claim.address, purpose, topic).await
}

/// An answer without what it could break, and not without end.
fn kept(response: &str) -> String {
    let plain = response.replace(char::is_control, " ");
    plain.trim().chars().take(MAX_RESPONSE_CHARS).collect()
}
