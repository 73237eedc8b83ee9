//! `create_code`, `transfer_code` and `accept_code`.

use super::create::created;
use crate::model::{
    Call, Command, Effects, State, Verdict,
    command::{AcceptCode, CreateCode, TransferCode},
};
use tessera_types::{
    ID, TesseraError,
    args::{CreateCodeArgs, InstructionNumber as Number, TransferCodeArgs},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::CreateCode => create_code(state, call, verdict),
        Number::TransferCode => transfer_code(state, call, verdict),
        _ => accept_code(state, call, verdict),
    }
}

fn create_code(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Signer wallet,
        Read member,
        Written code,
        Read _,
    );
    let args: CreateCodeArgs = call.args(verdict)?;
    let member = &verdict.found(state.members.get(&member), "member")?.account;
    verdict.require(member.wallet == wallet, TesseraError::WrongWallet);
    let create = CreateCode {
        org: member.org,
        owner: wallet,
        code: args.code,
    };
    let event = create.decide(state, call.moment, verdict)?;
    Some(created(event, code, payer, call, verdict))
}

fn transfer_code(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer owner,
        Written code,
        Read _,
    );
    call.require_named(&ID, verdict);
    let args: TransferCodeArgs = call.args(verdict)?;
    let known = verdict.found(state.codes.get(&code), "code")?;
    verdict.require(known.owner == owner, TesseraError::WrongWallet);
    let life = state.life(&code);
    verdict.require(life == Some(args.life), TesseraError::WrongLife);
    let seq = state.seq(&code);
    verdict.require(seq == Some(args.seq), TesseraError::StaleSeq);
    let pending_owner = args.pending_owner;
    let transfer = TransferCode {
        code,
        pending_owner,
    };
    transfer.decide(state, call.moment, verdict).map(Into::into)
}

fn accept_code(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer wallet,
        Written code,
        Read member,
        Read _,
    );
    call.require_named(&ID, verdict);
    let known = verdict.found(state.codes.get(&code), "code")?;
    let member = &verdict.found(state.members.get(&member), "member")?.account;
    verdict.require(member.wallet == wallet, TesseraError::WrongWallet);
    verdict.require(member.org == known.org, TesseraError::WrongOrg);
    let accept = AcceptCode { code, wallet };
    accept.decide(state, call.moment, verdict).map(Into::into)
}
