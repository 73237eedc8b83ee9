//! `award` and `redeem`.

use crate::model::{
    Call, Command, Effects, State, Verdict,
    command::{Award, Redeem},
};
use tessera_types::{
    ID, TesseraError,
    args::{AwardArgs, InstructionNumber as Number, RedeemArgs},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::Award => award(state, call, verdict),
        _ => redeem(state, call, verdict),
    }
}

fn award(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer key,
        Written issuer,
        Read org,
        Written member,
        Read _program,
    );
    call.require_named(&ID, verdict);
    let args: AwardArgs = call.args(verdict)?;
    let known = verdict.found(state.issuers.get(&issuer), "issuer")?;
    verdict.require(known.account.key == key, TesseraError::WrongIssuer);
    verdict.require(known.account.org == org, TesseraError::WrongOrg);
    let life = state.life(&issuer);
    verdict.require(life == Some(args.life), TesseraError::WrongLife);
    let award = Award {
        issuer,
        member,
        points: args.points,
        reference: args.reference,
        memo: args.memo,
    };
    award.decide(state, call.moment, verdict).map(Into::into)
}

fn redeem(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer wallet,
        Written member,
        Read _program,
    );
    call.require_named(&ID, verdict);
    let args: RedeemArgs = call.args(verdict)?;
    let known = verdict.found(state.members.get(&member), "member")?;
    verdict.require(known.account.wallet == wallet, TesseraError::WrongWallet);
    let redeem = Redeem {
        member,
        points: args.points,
        reference: args.reference,
        memo: args.memo,
    };
    redeem.decide(state, call.moment, verdict).map(Into::into)
}
