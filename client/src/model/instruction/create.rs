//! Accounts that are created at derived addresses.

use crate::{
    decode::Event,
    model::{Call, Effects, Verdict},
};
use tessera_types::{Address, TesseraError, carrier::SYSTEM_PROGRAM};

/// The effects of a first receipt, whose account is `account` and whose rent `payer` pays: the call
/// of the System program carries the receipt.
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
