//! Rewards that the business streams to those who stake.

use super::{Business, plans::MONTH_SECS};
use crate::chain::{Chain, ChainError};
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;
use tessera_client::{
    address,
    instructions::{CreatePool, FundPool},
    types::{Address, accounts::StakePool},
};

/// The demo has one pool.
const POOL: u64 = 1;

impl Business {
    /// The address of its pool.
    pub fn pool(&self) -> Address {
        address::pool(&self.org, POOL)
    }

    /// Opens the pool: its coin is staked, and is the reward.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn open_pool(&self, chain: &Chain) -> Result<(), ChainError> {
        let authority = self.authority.pubkey();
        let create = CreatePool {
            payer: authority,
            authority,
            org: self.org,
            stake_mint: self.mint,
            stake_token_program: spl_token_interface::ID,
            reward_mint: self.mint,
            reward_token_program: spl_token_interface::ID,
            id: POOL,
        };
        chain.send(&[create.into()], &self.authority, &[]).await?;
        Ok(())
    }

    /// Streams `amount` of its earnings, in the smallest unit, over the next month.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn fund_pool(&self, chain: &Chain, amount: u64) -> Result<(), ChainError> {
        let pool: StakePool = chain.existing(&self.pool()).await?;
        let fund = FundPool {
            authority: self.authority.pubkey(),
            source_owner: self.treasury.pubkey(),
            pool: &pool,
            source: get_associated_token_address(&self.treasury.pubkey(), &self.mint),
            amount,
            secs: MONTH_SECS,
        };
        let signers = [&self.treasury];
        chain
            .send(&[fund.into()], &self.authority, &signers)
            .await?;
        Ok(())
    }
}
