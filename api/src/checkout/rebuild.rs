//! Accounts of the program from rows of the mirror, as far as instruction builders read them.

use crate::error::Error;
use tessera_client::types::{
    Address, LAYOUT_VERSION, REFERRAL_LEVELS,
    accounts::{Member, Plan},
};
use tessera_store::{Key, plan::PlanRow};

/// A stored key as an address.
pub(crate) fn address(key: Key) -> Address {
    key.0.into()
}

/// The plan of a row. Bumps are zero: the mirror does not keep them, and no builder needs them.
pub(super) fn plan(row: &PlanRow) -> Result<Plan, Error> {
    let secs = |value: i64| u32::try_from(value).map_err(|_| Error::Impossible("duration"));
    Ok(Plan {
        org: address(row.org),
        mint: address(row.mint),
        token_program: address(row.token_program),
        destination: address(row.destination),
        vault: address(row.vault),
        id: row.id.0,
        price: row.price.0,
        price_floor: row.price_floor.0,
        price_ceiling: row.price_ceiling.0,
        points_per_charge: row.points_per_charge.0,
        keeper_fee_cap: row.keeper_fee_cap.0,
        created_at: row.created_at,
        ends_at: row.ends_at,
        period_secs: secs(row.period_secs)?,
        trial_secs: secs(row.trial_secs)?,
        grace_secs: secs(row.grace_secs)?,
        version: LAYOUT_VERSION,
        bump: 0,
        vault_bump: 0,
        decimals: u8::try_from(row.decimals)
            .map_err(|_| Error::Impossible("number of decimals"))?,
        spare: [0; 24],
    })
}

/// A member as it stands when it subscribes: builders read who it is and who stands above it.
pub(super) fn member(
    org: Address,
    wallet: Address,
    referrers: [Address; REFERRAL_LEVELS],
) -> Member {
    Member {
        org,
        wallet,
        referrers,
        receipt_head: [0; 32],
        receipt_seq: 0,
        points: 0,
        lifetime_points: 0,
        registered_at: 0,
        expiring_points: [0; 2],
        expiry_epochs: [0; 2],
        code: [0; 16],
        tier: 0,
        version: LAYOUT_VERSION,
        bump: 0,
        spare: [0; 21],
    }
}

/// A referral code as the program keeps it: zero-padded.
pub(super) fn code(text: &str) -> Result<[u8; 16], Error> {
    let mut code = [0; 16];
    code.get_mut(..text.len())
        .ok_or(Error::Impossible("referral code"))?
        .copy_from_slice(text.as_bytes());
    Ok(code)
}
