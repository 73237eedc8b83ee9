//! The network's clock.

use anchor_lang::pinocchio::sysvars;
use core::mem::MaybeUninit;

/// Length of the Clock sysvar; its slot stands first, its `unix_timestamp` last.
const CLOCK_LEN: usize = 40;

/// A moment of the network.
#[derive(Clone, Copy)]
pub struct Moment {
    pub slot: u64,
    /// Unix seconds.
    pub now: i64,
}

/// Unix seconds of this moment.
#[inline(never)]
pub fn now() -> i64 {
    moment_here().now
}

/// This moment; the whole sysvar costs what eight bytes of it would.
#[inline(never)]
pub fn moment() -> Moment {
    moment_here()
}

/// The same without a call, for what is paid for most.
#[inline(always)]
pub fn moment_here() -> Moment {
    let mut clock = MaybeUninit::<[u64; CLOCK_LEN / 8]>::uninit();
    // SAFETY: the runtime fills all of it, or ends the program.
    unsafe {
        let read = sysvars::get_sysvar_unchecked(
            clock.as_mut_ptr().cast(),
            &sysvars::clock::CLOCK_ID,
            0,
            CLOCK_LEN,
        );
        assert!(read.is_ok());
        let clock = clock.assume_init_ref();
        Moment {
            slot: clock[0],
            now: clock[4] as i64,
        }
    }
}
