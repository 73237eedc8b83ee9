//! The member account of the payer.

use crate::model::{State, Verdict};
use tessera_types::{
    Address, TesseraError,
    accounts::{Member, Plan},
};

/// Checks that an account is the member account of the wallet in the plan's org.
pub(super) fn require_member<'a>(
    member: &Address,
    wallet: &Address,
    plan: &Plan,
    state: &'a State,
    verdict: &mut Verdict,
) -> Option<&'a Member> {
    let known = &verdict.found(state.members.get(member), "member")?.account;
    verdict.require(known.org == plan.org, TesseraError::WrongOrg);
    verdict.require(known.wallet == *wallet, TesseraError::WrongWallet);
    Some(known)
}
