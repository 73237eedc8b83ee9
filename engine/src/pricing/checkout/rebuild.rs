//! Accounts of the program from rows of the mirror, as far as instruction builders read them.

use crate::{Error, Result};
use bytemuck::Zeroable;
use tessera_client::types::{
    Address, REFERRAL_LEVELS,
    accounts::{Member, Plan},
};
use tessera_store::{Key, mirror::plan::PlanRow};

/// A stored key as an address.
pub(in crate::pricing) fn address(key: Key) -> Address {
    key.0.into()
}

/// The plan of a row: the mint and the accounts that it is paid to, its period and its trial.
pub(super) fn plan(row: &PlanRow) -> Result<Plan> {
    Ok(Plan {
        org: address(row.org),
        mint: address(row.mint),
        token_program: address(row.token_program),
        destination: address(row.destination),
        vault: address(row.vault),
        period_secs: secs(row.period_secs)?,
        trial_secs: secs(row.trial_secs)?,
        period_months: row
            .period_months
            .try_into()
            .map_err(|_| Error::Internal("read a stored duration"))?,
        flags: row
            .flags
            .try_into()
            .map_err(|_| Error::Internal("read a plan's flags"))?,
        ..Plan::zeroed()
    })
}

/// A stored duration as the program counts it.
pub(super) fn secs(stored: i64) -> Result<u32> {
    stored
        .try_into()
        .map_err(|_| Error::Internal("read a stored duration"))
}

/// A member as it stands when it subscribes: who it is and who stands above it.
pub(super) fn member(
    org: Address,
    wallet: Address,
    referrers: [Address; REFERRAL_LEVELS],
) -> Member {
    Member {
        org,
        wallet,
        referrers,
        ..Member::zeroed()
    }
}

/// A referral code as the program keeps it: zero-padded.
pub(super) fn code(text: &str) -> Result<[u8; 16]> {
    let mut code = [0; 16];
    code.get_mut(..text.len())
        .ok_or(Error::Internal("read a referral code"))?
        .copy_from_slice(text.as_bytes());
    Ok(code)
}
