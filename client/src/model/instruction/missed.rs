//! `mark_past_due`, which anybody may call, because it proves what it records.

use super::{
    payer::{require_authority, require_payer},
    standing::known,
};
use crate::model::{
    Call, Command, Effects, State, Verdict,
    command::MarkPastDue,
    rules::{schedule, terms},
};
use tessera_types::{
    Address, ID, TesseraError,
    accounts::{Plan, Subscription},
    args::InstructionNumber as Number,
};

pub(super) fn judge(
    state: &State,
    _: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    accounts!(call, verdict;
        Written subscription,
        Read plan,
        Written authority,
        Read payer_token,
        Read _program,
    );
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
/// discount. The cost of a metered period is unknown, so there it need not hold anything.
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
