//! `change_plan`.

use super::{
    member::require_member,
    payer::Payer,
    payment::{Handed, payable_mint},
    signature::{Buyer, Signed},
};
use crate::{
    decode::Event,
    model::{
        Call, Command, Effects, State, Verdict, call::present, command::ChangePlan,
        rules::agreement::Begins,
    },
};
use tessera_types::{
    TesseraError,
    args::{ChangePlanArgs, InstructionNumber as Number},
    quote::CHANGE_DOMAIN,
};

pub(super) fn judge(
    state: &State,
    _: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    accounts!(call, verdict;
        Signer wallet,
        Read org,
        Read plan,
        Read new_plan,
        Written member,
        Written subscription,
        Written authority,
        Written payer_token,
        Written destination,
        Read _,
        Read _,
        OptionalRead mint,
        OptionalRead instructions,
        OptionalWritten vault,
        OptionalWritten l1,
        OptionalWritten l2,
        OptionalWritten l3,
    );
    let args: ChangePlanArgs = call.args(verdict)?;
    let known = verdict.found(state.subscriptions.get(&subscription), "subscription")?;
    let it = known.account;
    verdict.require(it.wallet == wallet, TesseraError::WrongWallet);
    let old = state.plans.get(&it.plan);
    let named = plan == it.plan && old.is_some();
    verdict.require(named, TesseraError::WrongPlan);
    let old = verdict.found(old, "plan")?;
    let new = verdict.found(state.plans.get(&new_plan), "new plan")?;
    verdict.require(org == old.org, TesseraError::WrongOrg);
    let known_org = verdict.found(state.orgs.get(&old.org), "org")?;

    let life = state.life(&subscription);
    let agreement = (Some(args.life), args.agreement_seq) == (life, it.agreement_seq);
    verdict.require(agreement, TesseraError::WrongAgreement);
    let plain = args.at_period_end <= 1 && args.spare == [0; 7];
    verdict.require(plain, TesseraError::SpareNotZero);
    let buyer = Buyer {
        domain: CHANGE_DOMAIN,
        org: known_org,
        plan: (new_plan, new),
        wallet: subscription,
        instructions: present(instructions),
    };
    let signature = buyer.signature(&args.terms, call, verdict);
    let paying = payer_token == it.payer_token;
    verdict.require(paying, TesseraError::WrongPayerToken);
    let payer = Payer {
        wallet,
        token_account: payer_token,
        authority,
        replaces: args.terms.replace_delegate == 1,
    };
    let met = payer.met(state, old, call, verdict);
    let known_authority = state.authorities.get(&authority);
    if let Some(known) = verdict.found(known_authority, "authority") {
        let theirs = known.token_account == payer_token;
        verdict.require(theirs, TesseraError::WrongTokenAuthority);
    }
    require_member(&member, &wallet, old, state, verdict);
    let merchants = destination == new.destination;
    verdict.require(merchants, TesseraError::WrongDestination);
    let consents = new.flags & signature.consents;
    let mint = payable_mint(present(mint), new, consents, call, verdict);
    let handed = Handed::new(vault, [l1, l2, l3]);
    let at_period_end = args.at_period_end != 0;
    if Begins::of(&it, at_period_end) == Begins::Now {
        handed.require_all(new, &it.ledgers, call, verdict);
    }
    let change = ChangePlan {
        subscription,
        plan: new_plan,
        signature,
        at_period_end,
        most_debit: args.most_debit,
        met,
        vault_frozen: handed.vault_frozen(call),
    };
    let event = change.decide(state, call.moment, verdict)?;
    let Event::PlanChanged(changed, _) = &event else {
        return None;
    };
    let signed = Signed {
        outstanding: changed.outstanding,
        program: old.token_program,
        plan: new,
        mint,
    };
    Some(signed.pay(event, &payer, call, verdict))
}
