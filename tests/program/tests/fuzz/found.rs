//! Sequences that failed once, as they were printed.

use super::{
    run::replay,
    step::{Act::*, Step, step},
};

/// Claims a voucher twice. It failed when a fault was put in by which vouchers are not marked as
/// claimed.
pub(crate) fn voucher_twice() -> [Step; 5] {
    [
        step(CreateCampaign, &[], 0),
        step(Donate, &[], 0),
        step(OpenPage, &[], 0),
        step(ClaimVoucher, &[], 0),
        step(Again, &[], 0),
    ]
}

#[test]
fn a_voucher_is_paid_once() {
    assert_eq!(replay(&voucher_twice()), Ok(()));
}
