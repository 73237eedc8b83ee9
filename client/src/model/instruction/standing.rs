//! `mark_past_due`, `cancel`, `cancel_now`, `resume` and `pause`.

use super::{
    payer::{Payer, require_authority},
    transfer::require_carrier,
};
use crate::{
    decode::Event,
    model::{
        Call, Command, Effects, State, Verdict,
        call::Place::{Read, Signer, Written},
        command::{Cancel, MarkPastDue, Pause, Resume},
        rules::{schedule, terms},
    },
};
use tessera_types::{
    Address, ID, TesseraError,
    accounts::{Org, Plan, Subscription},
    args::{CancelArgs, InstructionNumber as Number, PauseArgs, ResumeArgs},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::MarkPastDue => mark_past_due(state, call, verdict),
        Number::Cancel => cancel(state, call, verdict),
        Number::CancelNow => cancel_now(state, call, verdict),
        Number::Resume => resume(state, call, verdict),
        _ => pause(state, call, verdict),
    }
}

fn mark_past_due(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    let places = [Written, Read, Written, Read, Read];
    let [subscription, plan, authority, payer_token, _program] = call.accounts(places, verdict)?;
    call.require_named(&ID, verdict);
    let it = known(state, &subscription, verdict)?;
    let expected = match schedule::has_pending(&it) {
        true => it.pending_plan,
        false => it.plan,
    };
    verdict.require(plan == expected, TesseraError::WrongPlan);
    require_payer(&it, &payer_token, verdict);
    require_authority(&authority, &it, state, verdict);
    let plan = state.plans.get(&expected);
    let mark = MarkPastDue {
        subscription,
        can_pay: plan.is_some_and(|plan| can_pay(&it, plan, &authority, state, call)),
    };
    mark.decide(state, call.moment, verdict).map(Into::into)
}

/// Whether the token account could pay the period that is due, with the benefit of the largest
/// discount. What a metered period comes to is not known, so there it need not hold anything.
fn can_pay(
    it: &Subscription,
    plan: &Plan,
    authority: &Address,
    state: &State,
    call: &Call,
) -> bool {
    let price = match (schedule::is_metered(it), schedule::has_pending(it)) {
        (true, _) => 0,
        (false, true) => it.pending_price,
        (false, false) => it.terms.price,
    };
    let needed = terms::least_debit(price, &it.terms.discount_bps);
    let counts = state
        .authorities
        .get(authority)
        .is_some_and(|known| known.generation == it.authority_generation);
    let token = call.surroundings.token_account(&it.payer_token);
    let pays = token.is_some_and(|token| {
        let approved = token.delegate.filter(|(delegate, _)| delegate == authority);
        let theirs = (token.program, token.mint) == (plan.token_program, plan.mint);
        theirs
            && token.owner == it.wallet
            && !token.frozen
            && token.amount >= needed
            && approved.is_some_and(|(_, amount)| amount >= needed)
    });
    counts && pays
}

fn cancel(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    let places = [Signer, Written, Written, Written, Read, Read];
    let [wallet, subscription, authority, token_account, ..] = call.accounts(places, verdict)?;
    let payer = Payer {
        wallet,
        token_account,
        authority,
        replaces: false,
    };
    let cancel = Cancel {
        subscription,
        cut_short: false,
    };
    end(&cancel, &payer, state, call, verdict)
}

fn cancel_now(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    let places = [
        Signer, Written, Written, Written, Read, Read, Signer, Read, Read,
    ];
    let [
        wallet,
        subscription,
        authority,
        token_account,
        _,
        _,
        org_authority,
        org,
        plan,
    ] = call.accounts(places, verdict)?;
    let it = known(state, &subscription, verdict)?;
    let (_, found) = offered(&it, &plan, &org, state, verdict)?;
    let agreed = found.authority == org_authority;
    verdict.require(agreed, TesseraError::WrongAuthority);
    let payer = Payer {
        wallet,
        token_account,
        authority,
        replaces: false,
    };
    let cancel = Cancel {
        subscription,
        cut_short: true,
    };
    end(&cancel, &payer, state, call, verdict)
}

fn end(
    cancel: &Cancel,
    payer: &Payer,
    state: &State,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    let args: CancelArgs = call.args(verdict)?;
    let it = known(state, &cancel.subscription, verdict)?;
    verdict.require(it.wallet == payer.wallet, TesseraError::WrongWallet);
    let life = state.life(&cancel.subscription);
    let named = life == Some(args.life) && it.agreement_seq == args.agreement_seq;
    verdict.require(named, TesseraError::WrongAgreement);
    require_payer(&it, &payer.token_account, verdict);
    require_authority(&payer.authority, &it, state, verdict);
    let event = cancel.decide(state, call.moment, verdict)?;
    let Event::Cancelled(cancelled) = &event else {
        return None;
    };
    Some(Effects {
        approval: payer.lower(cancelled.outstanding, call, verdict),
        ..event.into()
    })
}

fn resume(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    let places = [Signer, Read, Read, Written, Written, Written, Read, Read];
    let [
        wallet,
        org,
        plan,
        subscription,
        authority,
        token_account,
        ..,
    ] = call.accounts(places, verdict)?;
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
    require_authority(&authority, &it, state, verdict);
    let met = payer.met(state, plan, call, verdict)?;
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
    let [wallet, subscription, _program] = call.accounts([Signer, Written, Read], verdict)?;
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

fn known(state: &State, address: &Address, verdict: &mut Verdict) -> Option<Subscription> {
    let known = state.subscriptions.get(address);
    verdict.found(known, "subscription").map(|it| it.account)
}

/// The plan that the subscription is under and its org, when those are what was handed in.
fn offered<'a>(
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

fn require_payer(it: &Subscription, token_account: &Address, verdict: &mut Verdict) {
    let signed = it.payer_token == *token_account;
    verdict.require(signed, TesseraError::WrongPayerToken);
}

/// Holds that nothing happened to a subscription since somebody signed.
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
