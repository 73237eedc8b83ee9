//! Claims: which of the messages that are due are sent now, and why others are not.

use super::{
    compose::Filled,
    desk::{Decision, Desk},
};
use crate::{Engine, Result, automation::journeys};
use std::collections::BTreeMap;
use tessera_domain::{
    automation::{delivery::Reason, journey, template::Template},
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, StoreError,
    automation::{
        inbox, message_token,
        outbox::{self, Claim, Settled},
        suppression,
    },
    tenant,
};
use uuid::Uuid;

/// Most messages that are claimed at a time.
const PAGE: i64 = 50;
/// How long a claim lasts: longer than a page of the slowest attempts.
pub(super) const LEASE_SECS: i64 = 600;
/// How often a message is tried whose outcome stays uncertain.
pub(super) const MOST_UNCERTAIN: i32 = 3;
/// After how long it is tried again.
pub(super) const UNCERTAIN_PAUSE_SECS: i64 = 60;

/// What was claimed.
pub(super) struct Claimed {
    /// Mails to send.
    pub(super) letters: Vec<Pending>,
    /// Whether more may be due.
    pub(super) is_full: bool,
}

/// A mail that is claimed.
pub(super) struct Pending {
    pub(super) claim: Claim,
    pub(super) filled: Filled,
    pub(super) template: Template,
    /// How often it was tried, this time included.
    pub(super) attempts: u32,
    pub(super) first_due: Timestamp,
    pub(super) until: Timestamp,
}

/// Decides what becomes of the messages that are due, and commits it.
pub(super) async fn claim(
    engine: &Engine,
    organisation: OrganisationId,
    now: Timestamp,
) -> Result<Claimed> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let conn = &mut *transaction;
    suppression::lock_shared(conn, organisation).await?;
    outbox::expire(conn, now.into(), Reason::NoAnswer.as_str()).await?;
    let again = now.plus_secs(UNCERTAIN_PAUSE_SECS);
    outbox::resend_uncertain(conn, again.into(), MOST_UNCERTAIN).await?;
    let with_mail = engine.mail.is_some();
    let due = outbox::due(conn, now.into(), with_mail, PAGE).await?;
    let is_full = i64::try_from(due.len()).unwrap_or(i64::MAX) >= PAGE;
    let mut desk = Desk::open(engine, conn, organisation, now).await?;
    let (mut letters, mut arriving, mut settled) = (Vec::new(), Vec::new(), Vec::new());
    let mut leaving: BTreeMap<journey::Reason, Vec<Uuid>> = BTreeMap::new();
    for row in due {
        let run = row.run;
        match desk.decide(conn, row).await? {
            Decision::Mail(pending) => letters.push(*pending),
            Decision::Inbox(new) => {
                settled.push(Settled {
                    id: new.message,
                    status: "delivered",
                    sent_at: Some(now.into()),
                    ..Settled::default()
                });
                arriving.push(new);
            }
            Decision::Not(not) => {
                if let Some((run, reason)) = run.zip(not.reason.and_then(ends_journey)) {
                    leaving.entry(reason).or_default().push(run);
                }
                settled.push(not);
            }
        }
    }
    let claims: Vec<Claim> = letters.iter().map(|it| it.claim.clone()).collect();
    let until = now.plus_secs(LEASE_SECS);
    outbox::claim(conn, &claims, now.into(), until.into()).await?;
    let tokens: Vec<_> = letters
        .iter()
        .flat_map(|it| it.filled.tokens.clone())
        .collect();
    message_token::insert(conn, organisation, &tokens).await?;
    inbox::insert(conn, organisation, &arriving).await?;
    outbox::settle(conn, &settled).await?;
    for (reason, runs) in leaving {
        journeys::leave_runs(conn, organisation, &runs, reason).await?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(Claimed { letters, is_full })
}

/// Why the run of a journey ends whose message is not sent, if it does.
fn ends_journey(reason: &str) -> Option<journey::Reason> {
    match reason {
        it if it == Reason::Capped.as_str() => Some(journey::Reason::Capped),
        it if it == Reason::Unsubscribed.as_str() => Some(journey::Reason::Unsubscribed),
        _ => None,
    }
}
