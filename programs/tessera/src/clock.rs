//! The network's clock.

use anchor_lang::{pinocchio::sysvars, prelude::*};

/// Offset of `unix_timestamp` in the Clock sysvar.
const UNIX_TIMESTAMP: usize = 32;

/// The network's time, Unix seconds; reads these eight bytes only.
#[inline(always)]
pub fn unix_timestamp() -> Result<i64> {
    let mut time = [0; 8];
    sysvars::get_sysvar(&mut time, &sysvars::clock::CLOCK_ID, UNIX_TIMESTAMP)?;
    Ok(i64::from_le_bytes(time))
}
