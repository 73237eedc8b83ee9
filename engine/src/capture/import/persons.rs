//! What was known of people, and when: as `identify` says it now.

use super::{Row, Verdict};
use crate::{
    Caller, Engine, Error, Result, leads,
    people::{Claim, Identified, claimed},
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

/// Identifies people as they were known then; the verdict on each row, by its line.
pub(super) async fn take(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    rows: &[Row<HistoricPerson>],
    window: Window,
) -> Result<Vec<(i64, Verdict)>> {
    let mut verdicts = Vec::with_capacity(rows.len());
    let mut waits = false;
    for row in rows {
        let identified = match &row.value {
            Ok(person) => identify(engine, conn, caller, person, window).await?,
            Err(refusal) => Err(refusal.clone()),
        };
        let verdict = match identified {
            Ok(Some(identified)) => {
                waits |= identified.waits;
                Verdict::Accepted
            }
            Ok(None) => Verdict::Duplicate,
            Err(refusal) => Verdict::Rejected(refusal),
        };
        verdicts.push((row.line, verdict));
    }
    if waits {
        leads::route_soon(conn, caller.organisation).await?;
    }
    Ok(verdicts)
}

/// Identifies a person; none when it was done before.
async fn identify(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    person: &HistoricPerson,
    window: Window,
) -> Result<std::result::Result<Option<Identified>, Refusal>> {
    let at = person.claim.at.unwrap_or(window.received_at);
    let checked = check_message_id(&person.message_id).and_then(|()| window.check(at));
    if let Err(refusal) = checked {
        return Ok(Err(refusal));
    }
    let id = (message_key(&person.message_id), EventSource::Client);
    let mut step = tenant::step(conn).await?;
    let claim = person.claim.clone();
    match claimed(engine, &mut step, caller, claim, id, window.received_at).await {
        Ok(identified) => {
            step.commit().await.map_err(StoreError::from)?;
            Ok(Ok(identified))
        }
        Err(error) => {
            step.rollback().await.map_err(StoreError::from)?;
            Ok(Err(refusal(error)?))
        }
    }
}

/// What a row alone is to blame for.
fn refusal(error: Error) -> Result<Refusal> {
    match error {
        Error::Refused(mut refusals) if !refusals.is_empty() => Ok(refusals.swap_remove(0)),
        Error::TwoPeople => {
            let rule = "must not be those of two people who are both identified";
            Ok(Refusal::coded("two_people", "user_id", rule))
        }
        other => Err(other),
    }
}
