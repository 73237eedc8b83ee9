//! Vouchers: how their claims are kept, and how much of them has vested.

use super::part_of;
use tessera_types::accounts::{Campaign, NullifierPage, PAGE_VOUCHERS};

/// Whether claims are kept by wallet, and not by the voucher's number.
pub(crate) fn is_kept_by_wallet(it: &Campaign) -> bool {
    it.flags & Campaign::CUMULATIVE != 0 || it.vesting_secs > 0
}

/// How much of `amount` has vested at `now` (Unix seconds).
pub(crate) fn vested(it: &Campaign, amount: u64, now: i64) -> u64 {
    let elapsed = i128::from(now) - i128::from(it.vesting_starts_at);
    let (cliff, length) = (i128::from(it.cliff_secs), i128::from(it.vesting_secs));
    if elapsed < cliff {
        return 0;
    }
    let elapsed = elapsed.min(length);
    match length {
        0 => amount,
        length => part_of(amount.into(), elapsed.unsigned_abs(), length.unsigned_abs()),
    }
}

/// Word and bit of a voucher on its page.
fn place(index: u32) -> (usize, u64) {
    let place = index % PAGE_VOUCHERS;
    let word = usize::try_from(place / 64).unwrap_or_default();
    (word, 1 << (place % 64))
}

/// Whether the voucher is marked as claimed.
pub(crate) fn is_marked(page: &NullifierPage, index: u32) -> bool {
    let (word, bit) = place(index);
    page.claimed[word] & bit != 0
}

/// Marks the voucher as claimed.
pub(crate) fn mark(page: &mut NullifierPage, index: u32) {
    let (word, bit) = place(index);
    page.claimed[word] |= bit;
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn an_amount_vests_between_the_cliff_and_the_end() {
        let campaign = Campaign {
            vesting_starts_at: 100,
            vesting_secs: 100,
            cliff_secs: 30,
            ..Campaign::zeroed()
        };
        let found = [i64::MIN, 129, 130, 199, 200, i64::MAX].map(|now| vested(&campaign, 99, now));
        assert_eq!(found, [0, 0, 29, 98, 99, 99]);
        let at_once = Campaign {
            vesting_secs: 0,
            ..campaign
        };
        let found = [129, 130].map(|now| vested(&at_once, 99, now));
        assert_eq!(found, [0, 99]);
    }
}
