//! Corrections of deals. The history keeps what was before, and why it is otherwise now; whatever is
//! counted over deals goes by what they are now.

use super::{in_pipeline, store, unless_removed};
use crate::{Caller, Error, Result};
use tessera_domain::{
    leads::deals::{Entry, MAX_REASON_CHARS, Stage, closing},
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    leads::deal::{self, Change, DealRow, Text},
};

/// Opens a deal again, which is locked, in the stage in which it last was open.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when it is open, [`Error::Store`].
pub async fn reopen(
    conn: &mut PgConnection,
    caller: &Caller,
    mut row: DealRow,
    reason: &str,
    now: Timestamp,
) -> Result<DealRow> {
    let from = row.stage.0;
    if !from.is_closed() && row.removed_at.is_none() {
        return Err(Error::Conflict(format!("the deal is open, as {from}")));
    }
    let to = deal::last_open(conn, row.id).await?.unwrap_or(Stage::New);
    row.stage = Text(to);
    row.closed_at = None;
    row.removed_at = None;
    correct(conn, caller, row, (Entry::Reopened, from), reason, now).await
}

/// Closes a deal, which is locked, as won or lost at a moment of the past, whatever its stage.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when it is removed, [`Error::Store`].
pub async fn close(
    conn: &mut PgConnection,
    caller: &Caller,
    mut row: DealRow,
    (to, closed_at): (Stage, Timestamp),
    reason: &str,
    now: Timestamp,
) -> Result<DealRow> {
    closing(to, closed_at, now)?;
    unless_removed(&row)?;
    let from = row.stage.0;
    row.stage = Text(to);
    row.closed_at = Some(closed_at.into());
    correct(conn, caller, row, (Entry::Closed, from), reason, now).await
}

/// Removes a deal, which is locked: nothing counts it any longer, and it can still be read.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when it is removed already, [`Error::Store`].
pub async fn remove(
    conn: &mut PgConnection,
    caller: &Caller,
    mut row: DealRow,
    reason: &str,
    now: Timestamp,
) -> Result<DealRow> {
    unless_removed(&row)?;
    let from = row.stage.0;
    row.removed_at = Some(now.into());
    correct(conn, caller, row, (Entry::Removed, from), reason, now).await
}

async fn correct(
    conn: &mut PgConnection,
    caller: &Caller,
    mut row: DealRow,
    (kind, from): (Entry, Stage),
    reason: &str,
    now: Timestamp,
) -> Result<DealRow> {
    Refusal::unless_name("reason", reason, MAX_REASON_CHARS)?;
    in_pipeline::follow(conn, &mut row).await?;
    let change = Change {
        kind,
        from: Some(from),
        reason: Some(reason),
        actor: &caller.actor.to_string(),
    };
    store(conn, caller, row, change, now).await
}
