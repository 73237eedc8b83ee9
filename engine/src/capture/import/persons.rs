//! What was known of people, and when: as `identify` says it now.

use super::super::Verdict;
use crate::{
    Caller, Engine, Error, Result,
    people::{Claim, claimed},
};
use tessera_domain::{
    capture::{Window, check_message_id, message_key},
    refusal::Refusal,
};
use tessera_store::{PgConnection, StoreError, capture::event::EventSource, tenant};

/// A statement about a person.
#[derive(Debug, Clone)]
pub struct HistoricPerson {
    /// Under which it counts once.
    pub message_id: String,
    /// What was stated, with its moment.
    pub claim: Claim,
}

/// Identifies a person as it was known then.
pub(super) async fn take(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    person: &HistoricPerson,
    window: Window,
) -> Result<Verdict> {
    let at = person.claim.at.unwrap_or(window.received_at);
    let checked = check_message_id(&person.message_id).and_then(|()| window.check(at));
    if let Err(refusal) = checked {
        return Ok(Verdict::Rejected(refusal));
    }
    let id = (message_key(&person.message_id), EventSource::Client);
    let mut step = tenant::step(conn).await?;
    let claim = person.claim.clone();
    match claimed(engine, &mut step, caller, claim, id, window.received_at).await {
        Ok(identified) => {
            step.commit().await.map_err(StoreError::from)?;
            Ok(identified.map_or(Verdict::Duplicate, |_| Verdict::Accepted))
        }
        Err(error) => {
            step.rollback().await.map_err(StoreError::from)?;
            refused(error)
        }
    }
}

/// What a row alone is to blame for.
fn refused(error: Error) -> Result<Verdict> {
    match error {
        Error::Refused(mut refusals) if !refusals.is_empty() => {
            Ok(Verdict::Rejected(refusals.swap_remove(0)))
        }
        Error::TwoPeople => {
            let rule = "must not be those of two people who are both identified";
            let refusal = Refusal::coded("two_people", "user_id", rule);
            Ok(Verdict::Rejected(refusal))
        }
        other => Err(other),
    }
}
