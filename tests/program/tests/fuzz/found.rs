//! Sequences that failed once, as they were printed.

use super::{
    run::replay,
    step::{Act::*, step},
};

/// When vouchers were not marked as claimed, by a fault that was put in.
#[test]
fn a_voucher_is_paid_once() {
    replay(&[
        step(CreateCampaign, &[0, 0, 0, 0, 2, 0, 0, 1], 0),
        step(Donate, &[], 0),
        step(OpenPage, &[], 0),
        step(ClaimVoucher, &[], 0),
        step(Again, &[], 0),
    ]);
}
