//! `create_pool` and `fund_pool`.

use super::{
    create::created,
    mints,
    transfer::{Payment, require_carrier},
};
use crate::{
    decode::Event,
    model::{
        Call, Command, Effects, State, Verdict,
        call::present,
        command::{CreatePool, FundPool},
    },
};
use tessera_types::{
    TesseraError,
    args::{CreatePoolArgs, FundPoolArgs, InstructionNumber as Number},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::CreatePool => create(state, call, verdict),
        _ => fund(state, call, verdict),
    }
}

fn create(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Signer authority,
        Read config,
        Written org,
        Written pool,
        Read stake_mint,
        Read reward_mint,
        Written stake_vault,
        Written reward_vault,
        Read stake_program,
        Read reward_program,
        Read _system,
    );
    let args: CreatePoolArgs = call.args(verdict)?;
    let create = CreatePool {
        org,
        stake_mint,
        reward_mint,
        id: args.id,
    };
    let event = create.decide(state, call.moment, verdict);
    verdict.found(state.config_at(&config), "config");
    let giver = state.orgs.get(&org)?;
    verdict.require(giver.authority == authority, TesseraError::WrongAuthority);
    mints::require_payable(&stake_mint, &stake_program, call, verdict);
    mints::require_payable(&reward_mint, &reward_program, call, verdict);
    let event = event?;
    if let Event::PoolCreated(it) = &event {
        let own = (it.stake_vault, it.reward_vault) == (stake_vault, reward_vault);
        verdict.require(own, TesseraError::WrongVault);
    }
    Some(created(event, pool, payer, call, verdict))
}

fn fund(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer authority,
        Signer source_owner,
        Read org,
        Written pool,
        Written source,
        Written vault,
        Read _token_program,
        Read _program,
        OptionalRead mint,
    );
    let args: FundPoolArgs = call.args(verdict)?;
    verdict.require(args.spare == [0; 4], TesseraError::SpareNotZero);
    let known = verdict.found(state.pools.get(&pool), "pool")?;
    verdict.require(known.org == org, TesseraError::WrongOrg);
    verdict.require(known.reward_vault == vault, TesseraError::WrongVault);
    let giver = verdict.found(state.orgs.get(&known.org), "org")?;
    verdict.require(giver.authority == authority, TesseraError::WrongAuthority);
    let current = state.seq(&pool) == Some(args.seq);
    verdict.require(current, TesseraError::StaleSeq);
    let fund = FundPool {
        pool,
        amount: args.amount,
        secs: args.secs,
    };
    let event = fund.decide(state, call.moment, verdict)?;
    let program = super::stakes::program_of(&known.reward_vault, call, verdict)?;
    let mint = present(mint);
    let payment = Payment {
        program,
        mint: mints::deposited(mint, &known.reward_mint, &program, call, verdict),
        from: source,
        signer: source_owner,
        legs: vec![(vault, args.amount)],
    };
    require_carrier(&program, true, call, verdict);
    Some(Effects {
        transfers: payment.send(call, verdict),
        ..event.into()
    })
}
