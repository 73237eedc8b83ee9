//! `refund`.

use super::{
    member::require_member,
    payment::Handed,
    transfer::{Payment, require_carrier, transferred_mint},
};
use crate::{
    decode::Event,
    model::{
        Call, Command, Effects, State, Verdict, call::present, command::Refund, rules::refund::Paid,
    },
};
use tessera_types::{
    Address, TesseraError,
    accounts::Plan,
    args::{InstructionNumber as Number, RefundArgs},
};

pub(super) fn judge(
    state: &State,
    _: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    accounts!(call, verdict;
        Signer authority,
        Signer source_owner,
        Read org,
        Read plan,
        Written payment,
        Written member,
        Written source,
        Written destination,
        Read _token_program,
        Read _program,
        OptionalRead mint,
        OptionalWritten vault,
        OptionalWritten l1,
        OptionalWritten l2,
        OptionalWritten l3,
    );
    let args: RefundArgs = call.args(verdict)?;
    let paid = verdict.found(Paid::find(state, &payment), "payment")?;
    let same_life = state.life(&payment) == Some(args.life);
    verdict.require(same_life, TesseraError::WrongLife);
    let same_seq = state.seq(&payment) == Some(args.seq);
    verdict.require(same_seq, TesseraError::StaleSeq);
    let known = state.plans.get(&plan).filter(|_| plan == paid.plan);
    verdict.require(known.is_some(), TesseraError::WrongPlan);
    let plan = known?;
    let known = state.orgs.get(&org).filter(|_| org == plan.org);
    verdict.require(known.is_some(), TesseraError::WrongOrg);
    let signs = known.is_none_or(|org| org.authority == authority);
    verdict.require(signs, TesseraError::WrongAuthority);
    require_member(&member, &paid.wallet, plan, state, verdict);
    require_destination(&destination, &paid, plan, call, verdict);
    let handed = Handed::new(vault, [l1, l2, l3]);
    handed.require(plan, &paid.ledgers, paid.levels(), verdict);
    let mint = transferred_mint(present(mint), &plan.token_program, call, verdict);

    let held = call.surroundings.token_account(&plan.vault);
    let refund = Refund {
        payment,
        amount: args.amount,
        source,
        destination,
        vault_frozen: held.is_some_and(|it| it.frozen),
        vault_holds: held.map_or(0, |it| it.amount),
    };
    let event = refund.decide(state, call.moment, verdict)?;
    let Event::Refunded(refunded, _) = &event else {
        return None;
    };
    let from_vault = refunded.from_vault;
    let pay = |from, signer, amount| Payment {
        program: plan.token_program,
        mint,
        from,
        signer,
        legs: vec![(destination, amount)],
    };
    let from_source = args.amount.saturating_sub(from_vault);
    let mut transfers = pay(source, source_owner, from_source).send(call, verdict);
    transfers.extend(pay(plan.vault, plan.vault, from_vault).send(call, verdict));
    require_carrier(&plan.token_program, true, call, verdict);
    Some(Effects {
        transfers,
        ..event.into()
    })
}

/// Checks that the refund goes to the customer, in the token of the payment.
fn require_destination(
    destination: &Address,
    paid: &Paid,
    plan: &Plan,
    call: &Call,
    verdict: &mut Verdict,
) {
    let found = call.surroundings.token_account(destination);
    let found = found.filter(|it| it.program == plan.token_program);
    verdict.require(found.is_some(), TesseraError::TokenAccountMissing);
    if let Some(found) = found {
        verdict.require(found.owner == paid.wallet, TesseraError::WrongTokenOwner);
        verdict.require(found.mint == plan.mint, TesseraError::WrongMint);
    }
}
