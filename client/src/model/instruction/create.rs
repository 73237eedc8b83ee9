//! Accounts that are created at derived addresses.

use crate::{
    decode::Event,
    model::{Call, Effects, Verdict},
};
use tessera_types::{Address, TesseraError, carrier::SYSTEM_PROGRAM};

/// What a first receipt comes to when its account was handed in as `account` and `payer` pays for it:
/// the System program is called, and the receipt rides that call.
pub(super) fn created(
    event: Event,
    account: Address,
    payer: Address,
    call: &Call,
    verdict: &mut Verdict,
) -> Effects {
    let derived = event.receipt().account;
    verdict.require(account == derived, TesseraError::WrongAddress);
    call.require_named(&SYSTEM_PROGRAM, verdict);
    Effects {
        created: vec![(account, payer)],
        ..event.into()
    }
}
