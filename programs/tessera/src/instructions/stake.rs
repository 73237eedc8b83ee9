//! What stakers do: put in, take out, harvest. None of it is ever paused.

use crate::{
    clock,
    create::Place,
    declare::{Account, accounts},
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
    token::{self, Payment, Payout, alone},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Position, StakePool},
    args::StakeArgs,
    events::{Harvested, Staked, Unstaked},
    math, seeds,
};

accounts! { Stake {
    /// Pays the rent of a new position; may be the wallet itself.
    payer payer,
    signer wallet,
    mut pool,
    /// Created here when it is missing.
    mut position,
    mut source,
    mut stake_vault,
    token_program,
    system system_program,
    /// This program, so that it can call itself.
    program,
    /// For Token-2022.
    optional mint,
} }

accounts! { Unstake {
    signer wallet,
    mut pool,
    mut position,
    mut stake_vault,
    mut destination,
    token_program,
    /// This program, so that it can call itself.
    program,
    /// For Token-2022.
    optional mint,
} }

accounts! { Harvest {
    signer wallet,
    mut pool,
    mut position,
    mut reward_vault,
    mut destination,
    token_program,
    /// This program, so that it can call itself.
    program,
    /// For Token-2022.
    optional mint,
} }

/// The position of a wallet, with the pool and what the stake earned up to `now` (Unix seconds).
#[inline(never)]
fn met<'a>(
    pool: &'a mut Account,
    position: &'a mut Account,
    wallet: &Address,
    now: i64,
) -> Result<(&'a mut StakePool, &'a mut Position)> {
    let pool_place = *pool.account();
    let pool_address = pool_place.address();
    let pool: &mut StakePool = load::owned_mut(pool)?;
    let position: &mut Position = load::owned_mut(position)?;
    require_same(&position.pool, pool_address, TesseraError::WrongPool)?;
    require_same(&position.wallet, wallet, TesseraError::WrongWallet)?;
    pool.advance(now)?;
    position.settle(pool)?;
    Ok((pool, position))
}

impl Stake {
    #[inline(never)]
    pub fn handle(&mut self, args: &StakeArgs) -> Result<()> {
        require!(args.amount > 0, TesseraError::ZeroAmount);
        let moment = clock::moment();
        let wallet = self.wallet.address();
        let pool_place = *self.pool.account();
        let pool_address = pool_place.address();
        let place = *self.position.account();
        let address = place.address();
        if !load::exists(&self.position) {
            let pool: &mut StakePool = load::owned_mut(&mut self.pool)?;
            let place = Place {
                payer: self.payer.account(),
                account: self.position.account(),
                seeds: &[seeds::POSITION, pool_address.as_ref(), wallet.as_ref()],
            };
            let position: &mut Position = place.create(moment.slot)?;
            position.pool = *pool_address;
            position.wallet = *wallet;
            pool.positions = pool.positions.saturating_add(1);
        }
        let (pool, position) = met(&mut self.pool, &mut self.position, wallet, moment.now)?;
        require_same(
            &pool.stake_vault,
            self.stake_vault.address(),
            TesseraError::WrongVault,
        )?;
        let program = &pool.stake_token_program;
        let mint = token::deposited_mint(&self.mint, &pool.stake_mint, program)?;
        position.staked = math::add(position.staked, args.amount)?;
        pool.staked = math::add(pool.staked, args.amount)?;
        let mut slip = Slip::<Staked>::new();
        note!(slip: Staked {
            pool: pool_address,
            wallet: wallet,
            amount: args.amount,
            staked: position.staked,
        });
        // SAFETY: the event is written.
        let tail = unsafe { slip.seal(&mut position.header, address, moment.now, 0)? };
        Payment {
            program,
            mint,
            from: self.source.account(),
            signer: self.wallet.account(),
            legs: alone(self.stake_vault.account(), args.amount),
            approval: None,
            receipt: tail,
        }
        .send(&[])
    }
}

impl Unstake {
    #[inline(never)]
    pub fn handle(&mut self, args: &StakeArgs) -> Result<()> {
        let now = clock::now();
        let pool_place = *self.pool.account();
        let pool_address = pool_place.address();
        let place = *self.position.account();
        let address = place.address();
        let wallet = self.wallet.address();
        let (pool, position) = met(&mut self.pool, &mut self.position, wallet, now)?;
        require_same(
            &pool.stake_vault,
            self.stake_vault.address(),
            TesseraError::WrongVault,
        )?;
        let amount = match args.amount {
            u64::MAX => position.staked,
            amount => amount,
        };
        require!(amount > 0, TesseraError::ZeroAmount);
        require!(amount <= position.staked, TesseraError::StakeTooSmall);
        position.staked -= amount;
        pool.staked -= amount;
        let mut slip = Slip::<Unstaked>::new();
        note!(slip: Unstaked { amount: amount, staked: position.staked, });
        // SAFETY: the event is written.
        let tail = unsafe { slip.seal(&mut position.header, address, now, 0)? };
        Payout {
            program: &pool.stake_token_program,
            mint: &self.mint,
            vault: self.stake_vault.account(),
            destination: self.destination.account(),
            amount,
            receipt: tail,
        }
        .send(seeds::STAKE_VAULT, pool_address, pool.stake_vault_bump)
    }
}

impl Harvest {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let now = clock::now();
        let pool_place = *self.pool.account();
        let pool_address = pool_place.address();
        let place = *self.position.account();
        let address = place.address();
        let wallet = self.wallet.address();
        let (pool, position) = met(&mut self.pool, &mut self.position, wallet, now)?;
        require_same(
            &pool.reward_vault,
            self.reward_vault.address(),
            TesseraError::WrongVault,
        )?;
        let amount = position.owed;
        require!(amount > 0, TesseraError::NothingToHarvest);
        position.owed = 0;
        position.harvested = math::add(position.harvested, amount)?;
        pool.paid = math::add(pool.paid, amount)?;
        let mut slip = Slip::<Harvested>::new();
        note!(slip: Harvested {
            amount: amount,
            destination: self.destination.address(),
        });
        // SAFETY: the event is written.
        let tail = unsafe { slip.seal(&mut position.header, address, now, 0)? };
        Payout {
            program: &pool.reward_token_program,
            mint: &self.mint,
            vault: self.reward_vault.account(),
            destination: self.destination.account(),
            amount,
            receipt: tail,
        }
        .send(seeds::REWARD_VAULT, pool_address, pool.reward_vault_bump)
    }
}
