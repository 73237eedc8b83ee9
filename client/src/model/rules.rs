//! The rules that instructions share: pure, in 128 bits, without any of the program's code.

pub(crate) mod agreement;
pub(crate) mod approval;
mod balance;
pub(crate) mod budget;
mod calendar;
pub(crate) mod change;
mod ledger;
pub(crate) mod metering;
pub(crate) mod offer;
pub(crate) mod payment;
mod references;
pub(crate) mod refund;
pub(crate) mod schedule;
pub(crate) mod settings;
mod stream;
pub(crate) mod terms;
pub(crate) mod vesting;

pub(crate) use balance::Balance;
pub(crate) use ledger::LedgerState;
pub(crate) use references::References;
pub(crate) use stream::{PoolState, PositionState};

use tessera_types::limits::BPS;

/// A number that always fits, as the 64-bit word that an account holds.
pub(crate) fn word(wide: u128) -> u64 {
    u64::try_from(wide).unwrap_or(u64::MAX)
}

/// `floor(amount * bps / 10_000)` in 128 bits.
pub(crate) fn bps_of(amount: u64, bps: u16) -> u64 {
    part_of(amount.into(), bps.into(), BPS.into())
}

/// `floor(amount * part / whole)` in 128 bits; 0 of nothing.
pub(crate) fn part_of(amount: u128, part: u128, whole: u128) -> u64 {
    let share = (amount * part).checked_div(whole).unwrap_or(0);
    u64::try_from(share).unwrap_or(u64::MAX)
}
