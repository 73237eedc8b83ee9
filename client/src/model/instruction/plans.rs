//! `create_plan`, `sunset_plan` and `set_issuer`.

use super::{create::created, mints};
use crate::model::{
    Call, Command, Effects, State, Verdict,
    command::{CreatePlan, SetIssuer, SunsetPlan},
};
use tessera_types::{
    Address, ID, TesseraError,
    accounts::{Org, Plan},
    args::{CreatePlanArgs, InstructionNumber as Number, SetIssuerArgs, SunsetPlanArgs},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::CreatePlan => create_plan(state, call, verdict),
        Number::SunsetPlan => sunset_plan(state, call, verdict),
        _ => set_issuer(state, call, verdict),
    }
}

/// The org, whose authority signs.
fn org_of<'a>(
    state: &'a State,
    org: &Address,
    authority: &Address,
    verdict: &mut Verdict,
) -> Option<&'a Org> {
    let org = verdict.found(state.orgs.get(org), "org")?;
    verdict.require(org.authority == *authority, TesseraError::WrongAuthority);
    Some(org)
}

fn create_plan(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Signer authority,
        Read config,
        Written org,
        Written plan,
        Read mint,
        Read destination,
        Written vault,
        Read token_program,
        Read _,
    );
    let terms: CreatePlanArgs = call.args(verdict)?;
    verdict.found(state.config_at(&config), "config")?;
    let create = CreatePlan {
        org,
        mint,
        token_program,
        destination,
        terms,
    };
    require_mint(&create, call, verdict);
    if let Some(org) = org_of(state, &org, &authority, verdict) {
        require_destination(&create, &org.settings.treasury, call, verdict);
    }
    let derived = crate::address::vault(&org, &mint);
    verdict.require(vault == derived, TesseraError::WrongVault);
    // Only this program makes a token account there; one that was there before can be frozen.
    let found = call.surroundings.token_account(&vault);
    let thawed = found.is_none_or(|it| !it.frozen);
    verdict.require(thawed, TesseraError::TokenAccountFrozen);
    let event = create.decide(state, call.moment, verdict)?;
    Some(created(event, plan, payer, call, verdict))
}

/// Checks that the mint's tokens arrive in full, and that the plan states a permanent delegate if
/// there is one.
fn require_mint(create: &CreatePlan, call: &Call, verdict: &mut Verdict) {
    let mint = mints::require_payable(&create.mint, &create.token_program, call, verdict);
    let consents = create.terms.flags & Plan::PERMANENT_DELEGATE != 0;
    let agreed = mint.is_none_or(|it| it.permanent_delegate == consents);
    verdict.require(agreed, TesseraError::PermanentDelegate);
}

/// Checks that the merchant's part goes to a token account of the treasury that takes plain
/// transfers.
fn require_destination(
    create: &CreatePlan,
    treasury: &Address,
    call: &Call,
    verdict: &mut Verdict,
) {
    let found = call.surroundings.token_account(&create.destination);
    let found = found.filter(|it| it.program == create.token_program);
    verdict.require(found.is_some(), TesseraError::TokenAccountMissing);
    let Some(found) = found else {
        return;
    };
    verdict.require(!found.frozen, TesseraError::TokenAccountFrozen);
    verdict.require(found.mint == create.mint, TesseraError::WrongMint);
    let owned = found.owner == *treasury;
    verdict.require(owned, TesseraError::WrongDestination);
    verdict.require(!found.wants_memo, TesseraError::MemoRequired);
}

fn sunset_plan(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer authority,
        Read org,
        Written plan,
        Read _,
    );
    call.require_named(&ID, verdict);
    let args: SunsetPlanArgs = call.args(verdict)?;
    let known = verdict.found(state.plans.get(&plan), "plan")?;
    verdict.require(known.org == org, TesseraError::WrongOrg);
    org_of(state, &known.org, &authority, verdict)?;
    let at = args.at;
    let sunset = SunsetPlan { plan, at };
    sunset.decide(state, call.moment, verdict).map(Into::into)
}

fn set_issuer(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Signer authority,
        Written org,
        Read key,
        Written issuer,
        Read _,
        Read _,
    );
    let args: SetIssuerArgs = call.args(verdict)?;
    verdict.require(args.spare == [0; 4], TesseraError::SpareNotZero);
    org_of(state, &org, &authority, verdict)?;
    let known = (state.life(&issuer), state.seq(&issuer));
    let (life, seq) = (known.0.unwrap_or(0), known.1.unwrap_or(0));
    verdict.require(life == args.life, TesseraError::WrongLife);
    // An issuer that does not exist breaks the rule about its life in either case.
    let rule = match known.0 {
        Some(_) => TesseraError::StaleSeq,
        None => TesseraError::WrongLife,
    };
    verdict.require(seq == args.seq, rule);
    let set = SetIssuer {
        org,
        key,
        epoch_budget: args.epoch_budget,
        epoch_secs: args.epoch_secs,
    };
    let event = set.decide(state, call.moment, verdict)?;
    if !state.exists(&issuer) {
        return Some(created(event, issuer, payer, call, verdict));
    }
    call.require_named(&ID, verdict);
    let known = &verdict.found(state.issuers.get(&issuer), "issuer")?.account;
    verdict.require(known.org == org, TesseraError::WrongOrg);
    verdict.require(known.key == key, TesseraError::WrongIssuer);
    Some(event.into())
}
