//! Stake pools: their creation and their funding.

use crate::{
    access, clock,
    create::Place,
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
    token::{self, Payment, alone},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::StakePool,
    args::{CreatePoolArgs, FundPoolArgs},
    events::{PoolCreated, PoolFunded},
    limits::MIN_STREAM_SECS,
    seeds,
};

accounts! { CreatePool {
    /// Pays the rent; may be the authority itself.
    payer payer,
    signer authority,
    config,
    mut org,
    mut pool,
    stake_mint,
    /// May be the same mint.
    reward_mint,
    mut stake_vault,
    mut reward_vault,
    stake_token_program,
    /// May be the same program.
    reward_token_program,
    system system_program,
} }

accounts! { FundPool {
    signer authority,
    /// Owner or delegate of the token account that pays.
    signer source_owner,
    org,
    mut pool,
    mut source,
    mut reward_vault,
    token_program,
    /// This program, so that it can call itself.
    program,
    /// For Token-2022.
    optional mint,
} }

impl CreatePool {
    #[inline(never)]
    pub fn handle(&mut self, args: &CreatePoolArgs) -> Result<()> {
        access::creation(&self.config)?;
        let org_place = *self.org.account();
        let org_address = org_place.address();
        let org = access::org_mut(&mut self.org, self.authority.address())?;
        require!(args.id > org.highest_pool_id, TesseraError::IdNotRising);
        let stake_program = *self.stake_token_program.address();
        let reward_program = *self.reward_token_program.address();
        let (stake_mint, reward_mint) = (self.stake_mint.account(), self.reward_mint.account());
        let (stake_decimals, stake_rules) =
            token::payable_mint(stake_mint, &stake_program, u8::MAX)?;
        let (reward_decimals, reward_rules) =
            token::payable_mint(reward_mint, &reward_program, u8::MAX)?;
        let payer = self.payer.account();
        let pool_place = *self.pool.account();
        let pool_address = pool_place.address();
        let place = Place {
            payer,
            account: self.pool.account(),
            seeds: &[seeds::POOL, org_address.as_ref(), &args.id.to_le_bytes()],
        };
        let mut slip = Slip::<PoolCreated>::new();
        note!(slip: PoolCreated {
            org: org_address,
            stake_mint: stake_mint.address(),
            reward_mint: reward_mint.address(),
            stake_vault: self.stake_vault.address(),
            reward_vault: self.reward_vault.address(),
            id: args.id,
        });
        // SAFETY: the event is written.
        let pool: &mut StakePool = unsafe { place.create_with(&clock::moment(), &mut slip)? };
        pool.stake_token_program = stake_program;
        pool.reward_token_program = reward_program;
        pool.stake_decimals = stake_decimals;
        pool.reward_decimals = reward_decimals;
        let stake_vault = Place {
            payer,
            account: self.stake_vault.account(),
            seeds: &[seeds::STAKE_VAULT, pool_address.as_ref()],
        };
        let reward_vault = Place {
            payer,
            account: self.reward_vault.account(),
            seeds: &[seeds::REWARD_VAULT, pool_address.as_ref()],
        };
        (pool.stake_vault_bump, _) = token::ensure_vault(&stake_vault, stake_mint, &stake_rules)?;
        (pool.reward_vault_bump, _) =
            token::ensure_vault(&reward_vault, reward_mint, &reward_rules)?;
        org.highest_pool_id = args.id;
        org.open_accounts = org.open_accounts.saturating_add(1);
        Ok(())
    }
}

impl FundPool {
    #[inline(never)]
    pub fn handle(&mut self, args: &FundPoolArgs) -> Result<()> {
        let place = *self.pool.account();
        let address = place.address();
        let pool: &mut StakePool = load::owned_mut(&mut self.pool)?;
        // Anybody else could stretch the stream to nothing.
        access::org(&self.org, &pool.org, self.authority.address())?;
        require!(pool.header.receipt_seq == args.seq, TesseraError::StaleSeq);
        require!(args.amount > 0, TesseraError::ZeroAmount);
        require!(args.spare == [0; 4], TesseraError::SpareNotZero);
        require!(args.secs >= MIN_STREAM_SECS, TesseraError::StreamTooShort);
        require_same(
            &pool.reward_vault,
            self.reward_vault.address(),
            TesseraError::WrongVault,
        )?;
        let program = &pool.reward_token_program;
        let mint = token::deposited_mint(&self.mint, &pool.reward_mint, program)?;
        let now = clock::now();
        pool.advance(now)?;
        pool.fund(args.amount, args.secs, now)?;
        let mut slip = Slip::<PoolFunded>::new();
        note!(slip: PoolFunded {
            amount: args.amount,
            budget: pool.budget,
            streams_until: pool.streams_until,
        });
        // SAFETY: the event is written.
        let tail = unsafe { slip.seal(&mut pool.header, address, now, 0)? };
        Payment {
            program: &pool.reward_token_program,
            mint,
            from: self.source.account(),
            signer: self.source_owner.account(),
            legs: alone(self.reward_vault.account(), args.amount),
            approval: None,
            receipt: tail,
        }
        .send(&[])
    }
}
