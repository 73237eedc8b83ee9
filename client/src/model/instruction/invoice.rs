//! `pay_invoice`.

use super::{
    create::created,
    member::require_member,
    payment::{Handed, legs, payable_mint},
    quotes::require_signed,
    subscribe::require_thawed,
    transfer::{Payment, require_carrier},
};
use crate::{
    decode::Event,
    model::{Call, Command, Effects, State, Verdict, call::present, command::PayInvoice},
    quote::Bill,
};
use tessera_types::{
    TesseraError,
    accounts::Plan,
    args::{InstructionNumber as Number, PayInvoiceArgs},
};

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
        Read plan,
        Written member,
        Written invoice,
        Written payer_token,
        Written destination,
        Read _token_program,
        Read _system,
        Read _program,
        OptionalRead mint,
        OptionalRead instructions,
        OptionalWritten vault,
        OptionalWritten l1,
        OptionalWritten l2,
        OptionalWritten l3,
    );
    let args: PayInvoiceArgs = call.args(verdict)?;
    let address = plan;
    let plan = verdict.found(state.plans.get(&plan), "plan")?;
    let known = state.orgs.get(&org).filter(|_| org == plan.org);
    verdict.require(known.is_some(), TesseraError::WrongOrg);
    let org = known?;
    let member = require_member(&member, &wallet, plan, state, verdict);
    let same = destination == plan.destination;
    verdict.require(same, TesseraError::WrongDestination);
    let offered = plan.flags & Plan::PERMANENT_DELEGATE;
    let plain = args.consents & !offered == 0 && args.spare == [0; 6];
    verdict.require(plain, TesseraError::SpareNotZero);
    let bill = Bill {
        cluster_tag: org.cluster_tag,
        org: plan.org,
        plan: address,
        wallet,
        amount: args.amount,
        points: args.points,
        deadline: args.deadline,
        id: args.id,
    };
    let (signer, instructions) = (&org.settings.quote_authority, present(instructions));
    require_signed(call, instructions, signer, &bill.into(), verdict);
    let token = call.surroundings.token_account(&payer_token);
    let token = token.filter(|it| it.program == plan.token_program);
    verdict.require(token.is_some(), TesseraError::TokenAccountMissing);
    let same = token.is_none_or(|it| it.mint == plan.mint);
    verdict.require(same, TesseraError::WrongMint);
    let consents = plan.flags & args.consents;
    let mint = payable_mint(present(mint), plan, consents, call, verdict);
    let handed = Handed::new(vault, [l1, l2, l3]);
    if let Some(member) = member {
        let ledgers = handed.require_referrers(member, plan, state, verdict);
        require_thawed(&handed, (plan, mint), &ledgers, call, verdict);
        handed.require_all(plan, &ledgers, call, verdict);
    }

    let pay = PayInvoice {
        plan: address,
        wallet,
        payer_token,
        id: args.id,
        amount: args.amount,
        points: args.points,
        deadline: args.deadline,
        vault_frozen: handed.vault_frozen(call),
    };
    let event = pay.decide(state, call.moment, verdict)?;
    let Event::InvoicePaid(paid, shares) = &event else {
        return None;
    };
    let payment = Payment {
        program: plan.token_program,
        mint,
        from: payer_token,
        signer: wallet,
        legs: legs((&paid.settlement, shares), plan, None),
    };
    require_carrier(&plan.token_program, true, call, verdict);
    Some(Effects {
        transfers: payment.send(call, verdict),
        ..created(event, invoice, payer, call, verdict)
    })
}
