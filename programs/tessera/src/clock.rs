//! The network's clock.

use anchor_lang::{pinocchio::sysvars, prelude::*};

/// Length of the Clock sysvar; its slot stands first, its `unix_timestamp` last.
const CLOCK_LEN: usize = 40;

/// A moment of the network.
#[derive(Clone, Copy)]
pub struct Moment {
    pub slot: u64,
    /// Unix seconds.
    pub now: i64,
}

/// This moment; the whole sysvar costs what eight bytes of it would.
#[inline(never)]
pub fn moment() -> Result<Moment> {
    moment_here()
}

/// The same without a call, for what is paid for most.
#[inline(always)]
pub fn moment_here() -> Result<Moment> {
    let mut clock = [0u64; CLOCK_LEN / 8];
    sysvars::get_sysvar(
        bytemuck::bytes_of_mut(&mut clock),
        &sysvars::clock::CLOCK_ID,
        0,
    )?;
    Ok(Moment {
        slot: clock[0],
        now: clock[4] as i64,
    })
}
