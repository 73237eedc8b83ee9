//! `register_member`.

use super::create::created;
use crate::model::{
    Call, Command, Effects, State, Verdict, call::present, command::RegisterMember,
};
use tessera_types::{Address, TesseraError, args::InstructionNumber as Number};

pub(super) fn judge(
    state: &State,
    _: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Signer wallet,
        Read org,
        Written member,
        OptionalRead code,
        OptionalRead referrer,
        Read _,
    );
    let code = match (present(code), present(referrer)) {
        (Some(code), Some(referrer)) => Some(code_of(state, &org, (code, referrer), verdict)?),
        (code, referrer) => {
            let neither = code.is_none() && referrer.is_none();
            verdict.require(neither, TesseraError::MissingReferrer);
            None
        }
    };
    let register = RegisterMember { org, wallet, code };
    let event = register.decide(state, call.moment, verdict)?;
    Some(created(event, member, payer, call, verdict))
}

/// The org's code, with the member account of its owner.
fn code_of(
    state: &State,
    org: &Address,
    (code, referrer): (Address, Address),
    verdict: &mut Verdict,
) -> Option<[u8; 16]> {
    let code = verdict.found(state.codes.get(&code), "code")?;
    verdict.require(code.org == *org, TesseraError::WrongOrg);
    let referrer = &verdict
        .found(state.members.get(&referrer), "referrer")?
        .account;
    let owns = (referrer.org, referrer.wallet) == (code.org, code.owner);
    verdict.require(owns, TesseraError::WrongReferrer);
    Some(code.code)
}
