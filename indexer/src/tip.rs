//! Checks that the network can have reached the slot that a node states. The mirror's slot never
//! goes back, so one absurd slot would leave out everything that happens before it.

use crate::{IndexerError, decode, mirror::Result, node::Tip};
use tessera_store::mirror::cursor::Cursor;

/// Upper bound of the slots that a network makes in a second of its clock.
const SLOTS_PER_SECOND: i64 = 100;
/// Slots allowed on top, because clocks are not exact.
const MARGIN: i64 = 100_000;

/// Refuses a tip that is further after the last final slot here than the network's clock allows.
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
