//! `propose_authority` and `accept_authority`.

use crate::model::{
    Call, Command, Effects, State, Verdict,
    command::{AcceptAuthority, ProposeAuthority, hands},
};
use tessera_types::{
    ID, TesseraError,
    args::{InstructionNumber as Number, ProposeAuthorityArgs},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    accounts!(call, verdict;
        Signer authority,
        Written account,
        Read _,
    );
    call.require_named(&ID, verdict);
    if number == Number::AcceptAuthority {
        let accept = AcceptAuthority { account, authority };
        return accept.decide(state, call.moment, verdict).map(Into::into);
    }
    let args: ProposeAuthorityArgs = call.args(verdict)?;
    let hands = verdict.found(hands(state, &account), "org or config")?;
    let held = hands.authority == authority;
    verdict.require(held, TesseraError::WrongAuthority);
    let seq = state.seq(&account);
    verdict.require(seq == Some(args.seq), TesseraError::StaleSeq);
    let pending = args.pending;
    let propose = ProposeAuthority { account, pending };
    propose.decide(state, call.moment, verdict).map(Into::into)
}
