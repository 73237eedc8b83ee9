//! Whether a network can have got as far as a node says. What is noted as mirrored is never taken back, so
//! one slot out of all reason would leave out everything that happens before it.

use crate::{IndexerError, decode, mirror::Result, node::Tip};
use tessera_store::mirror::cursor::Cursor;

/// More slots than a network makes in a second of its clock.
const SLOTS_PER_SECOND: i64 = 100;
/// As many more are let pass, because clocks are not exact.
const MARGIN: i64 = 100_000;

/// Refuses a tip that lies further behind what is final here than the network's clock has gone on.
pub(crate) fn check(cursor: &Cursor, tip: Tip) -> Result<()> {
    let slot = decode::slot(tip.slot);
    let passed_secs = tip.at.saturating_sub(cursor.final_at).max(0);
    let most = passed_secs
        .saturating_mul(SLOTS_PER_SECOND)
        .saturating_add(MARGIN);
    let ahead = slot.saturating_sub(cursor.final_slot);
    match cursor.final_slot == 0 || ahead <= most {
        true => Ok(()),
        false => Err(IndexerError::ImplausibleSlot {
            slot,
            ahead,
            passed_secs,
        }),
    }
}
