//! `stake`, `unstake` and `harvest`.

use super::{
    mints,
    transfer::{Payment, require_carrier, transferred_mint},
};
use crate::{
    decode::Event,
    model::{
        Call, Command, Effects, State, Verdict,
        call::present,
        command::{Harvest, Stake, Unstake},
        rules::{PoolState, PositionState},
    },
};
use tessera_types::{
    Address, TesseraError,
    args::{InstructionNumber as Number, StakeArgs},
    carrier::SYSTEM_PROGRAM,
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::Stake => stake(state, call, verdict),
        Number::Unstake => unstake(state, call, verdict),
        _ => harvest(state, call, verdict),
    }
}

/// The token program of a pool's vault: the pool's account holds it, but no receipt states it.
pub(super) fn program_of(vault: &Address, call: &Call, verdict: &mut Verdict) -> Option<Address> {
    let vault = call.surroundings.token_account(vault);
    verdict.require(vault.is_some(), TesseraError::TokenAccountMissing);
    vault.map(|it| it.program)
}

fn stake(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Signer wallet,
        Written pool,
        Written position,
        Written source,
        Written vault,
        Read _token_program,
        Read _system,
        Read _program,
        OptionalRead mint,
    );
    let args: StakeArgs = call.args(verdict)?;
    let first = !state.positions.contains_key(&position);
    if first {
        call.require_named(&SYSTEM_PROGRAM, verdict);
    }
    let stake = Stake {
        pool,
        position,
        wallet,
        amount: args.amount,
    };
    let event = stake.decide(state, call.moment, verdict);
    let known = state.pools.get(&pool)?;
    verdict.require(known.stake_vault == vault, TesseraError::WrongVault);
    let event = event?;
    let program = program_of(&known.stake_vault, call, verdict)?;
    let mint = present(mint);
    let payment = Payment {
        program,
        mint: mints::deposited(mint, &known.stake_mint, &program, call, verdict),
        from: source,
        signer: wallet,
        legs: vec![(vault, args.amount)],
    };
    require_carrier(&program, true, call, verdict);
    Some(Effects {
        transfers: payment.send(call, verdict),
        created: first.then_some((position, payer)).into_iter().collect(),
        ..event.into()
    })
}

/// The accounts of `unstake` and `harvest`.
struct Leaving {
    position: Address,
    vault: Address,
    destination: Address,
    mint: Option<Address>,
}

impl Leaving {
    /// Reads the accounts, with the wallet's position in the pool.
    fn take<'a>(
        state: &'a State,
        call: &Call,
        verdict: &mut Verdict,
    ) -> Option<(Self, &'a PoolState)> {
        accounts!(call, verdict;
            Signer wallet,
            Written pool,
            Written position,
            Written vault,
            Written destination,
            Read _token_program,
            Read _program,
            OptionalRead mint,
        );
        let known = verdict.found(state.pools.get(&pool), "pool")?;
        let found = verdict.found(state.positions.get(&position), "position")?;
        let PositionState {
            pool: its,
            wallet: owner,
            ..
        } = found;
        verdict.require(*its == pool, TesseraError::WrongPool);
        verdict.require(*owner == wallet, TesseraError::WrongWallet);
        let leaving = Self {
            position,
            vault,
            destination,
            mint: present(mint),
        };
        Some((leaving, known))
    }

    /// Pays from the vault.
    fn pay(
        &self,
        event: Event,
        amount: u64,
        call: &Call,
        verdict: &mut Verdict,
    ) -> Option<Effects> {
        let program = program_of(&self.vault, call, verdict)?;
        let payment = Payment {
            program,
            mint: transferred_mint(self.mint, &program, call, verdict),
            from: self.vault,
            signer: self.vault,
            legs: vec![(self.destination, amount)],
        };
        require_carrier(&program, true, call, verdict);
        Some(Effects {
            transfers: payment.send(call, verdict),
            ..event.into()
        })
    }
}

fn unstake(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    let (leaving, pool) = Leaving::take(state, call, verdict)?;
    let args: StakeArgs = call.args(verdict)?;
    let own = leaving.vault == pool.stake_vault;
    verdict.require(own, TesseraError::WrongVault);
    let unstake = Unstake {
        position: leaving.position,
        amount: args.amount,
    };
    match unstake.decide(state, call.moment, verdict)? {
        event @ Event::Unstaked(it) => leaving.pay(event, it.amount, call, verdict),
        _ => None,
    }
}

fn harvest(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    let (leaving, pool) = Leaving::take(state, call, verdict)?;
    let own = leaving.vault == pool.reward_vault;
    verdict.require(own, TesseraError::WrongVault);
    let harvest = Harvest {
        position: leaving.position,
        destination: leaving.destination,
    };
    match harvest.decide(state, call.moment, verdict)? {
        event @ Event::Harvested(it) => leaving.pay(event, it.amount, call, verdict),
        _ => None,
    }
}
