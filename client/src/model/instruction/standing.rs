//! `resume` and `pause`.

use super::{
    payer::{Payer, require_authority, require_payer},
    transfer::require_carrier,
};
use crate::{
    decode::Event,
    model::{
        Call, Command, Effects, State, Verdict,
        command::{Pause, Resume},
    },
};
use tessera_types::{
    Address, ID, TesseraError,
    accounts::{Org, Plan, Subscription},
    args::{InstructionNumber as Number, PauseArgs, ResumeArgs},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::Resume => resume(state, call, verdict),
        _ => pause(state, call, verdict),
    }
}

fn resume(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer wallet,
        Read org,
        Read plan,
        Written subscription,
        Written authority,
        Written token_account,
        Read _,
        Read _,
    );
    let args: ResumeArgs = call.args(verdict)?;
    let it = known(state, &subscription, verdict)?;
    verdict.require(it.wallet == wallet, TesseraError::WrongWallet);
    require_unchanged(&subscription, (args.life, args.seq), state, verdict);
    let in_time = call.moment.now <= args.deadline;
    verdict.require(in_time, TesseraError::DeadlinePassed);
    let plain = args.replace_delegate <= 1 && args.spare == [0; 7];
    verdict.require(plain, TesseraError::SpareNotZero);
    require_payer(&it, &token_account, verdict);
    let (plan, _) = offered(&it, &plan, &org, state, verdict)?;
    let payer = Payer {
        wallet,
        token_account,
        authority,
        replaces: args.replace_delegate == 1,
    };
    verdict.found(state.authorities.get(&authority), "authority");
    require_authority(&authority, &it, state, verdict);
    let met = payer.met(state, plan, call, verdict);
    let resume = Resume { subscription, met };
    let event = resume.decide(state, call.moment, verdict)?;
    let Event::Resumed(resumed) = &event else {
        return None;
    };
    require_carrier(&plan.token_program, true, call, verdict);
    Some(Effects {
        approval: Some(payer.approve(resumed.outstanding)),
        ..event.into()
    })
}

fn pause(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer wallet,
        Written subscription,
        Read _program,
    );
    call.require_named(&ID, verdict);
    let args: PauseArgs = call.args(verdict)?;
    let it = known(state, &subscription, verdict)?;
    verdict.require(it.wallet == wallet, TesseraError::WrongWallet);
    require_unchanged(&subscription, (args.life, args.seq), state, verdict);
    let pause = Pause {
        subscription,
        until: args.until,
    };
    pause.decide(state, call.moment, verdict).map(Into::into)
}

pub(super) fn known(
    state: &State,
    address: &Address,
    verdict: &mut Verdict,
) -> Option<Subscription> {
    let known = state.subscriptions.get(address);
    verdict.found(known, "subscription").map(|it| it.account)
}

/// The subscription's plan and its org, if those are the accounts handed in.
pub(super) fn offered<'a>(
    it: &Subscription,
    plan: &Address,
    org: &Address,
    state: &'a State,
    verdict: &mut Verdict,
) -> Option<(&'a Plan, &'a Org)> {
    let known = state.plans.get(plan).filter(|_| *plan == it.plan);
    verdict.require(known.is_some(), TesseraError::WrongPlan);
    let plan = known?;
    let known = state.orgs.get(org).filter(|_| *org == plan.org);
    verdict.require(known.is_some(), TesseraError::WrongOrg);
    known.map(|org| (plan, org))
}

/// Checks that the subscription has not changed since the wallet signed.
fn require_unchanged(
    subscription: &Address,
    (life, seq): (u64, u64),
    state: &State,
    verdict: &mut Verdict,
) {
    let same_life = state.life(subscription) == Some(life);
    verdict.require(same_life, TesseraError::WrongLife);
    let same_seq = state.seq(subscription) == Some(seq);
    verdict.require(same_seq, TesseraError::StaleSeq);
}
