//! Vouchers and stakes.

use super::Customer;
use crate::{
    chain::{Chain, ChainError},
    demo::{Business, business::Vouchers},
};
use solana_instruction::Instruction;
use tessera_client::{
    address,
    instructions::{ClaimVoucher, Harvest, Stake, Unstake},
    types::accounts::{Position, StakePool},
};

impl Customer {
    /// Claims its voucher; returns whether it has one.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn claim_voucher(
        &self,
        chain: &Chain,
        business: &Business,
        vouchers: &Vouchers,
    ) -> Result<bool, ChainError> {
        let wallet = self.address();
        let mut gifts = vouchers.gifts.iter();
        let Some(place) = gifts.position(|gift| gift.wallet == wallet) else {
            return Ok(false);
        };
        let gift = &vouchers.gifts[place];
        let claim = ClaimVoucher {
            payer: wallet,
            wallet,
            campaign: &vouchers.campaign,
            destination: self.token(business),
            amount: gift.amount,
            index: gift.index,
            proof: &vouchers.tree.proof(place).unwrap_or_default(),
        };
        chain.send(&[claim.into()], &self.wallet, &[]).await?;
        Ok(true)
    }

    /// Stakes `amount`, in the smallest unit.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn stake(
        &self,
        chain: &Chain,
        business: &Business,
        amount: u64,
    ) -> Result<(), ChainError> {
        let pool: StakePool = chain.existing(&business.pool()).await?;
        let stake = Stake {
            payer: self.address(),
            wallet: self.address(),
            pool: &pool,
            source: self.token(business),
            amount,
        };
        chain.send(&[stake.into()], &self.wallet, &[]).await?;
        Ok(())
    }

    /// Takes its rewards and, when it `leaves`, its stake. Returns all its rewards so far, in the
    /// smallest unit.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn harvest(
        &self,
        chain: &Chain,
        business: &Business,
        leaves: bool,
    ) -> Result<u64, ChainError> {
        let (wallet, destination) = (self.address(), self.token(business));
        let pool: StakePool = chain.existing(&business.pool()).await?;
        let harvest = Harvest {
            wallet,
            pool: &pool,
            destination,
        };
        let unstake = Unstake {
            wallet,
            pool: &pool,
            destination,
            amount: u64::MAX,
        };
        let mut instructions: Vec<Instruction> = vec![harvest.into()];
        instructions.extend(leaves.then(|| unstake.into()));
        chain.send(&instructions, &self.wallet, &[]).await?;
        let position = address::position(&business.pool(), &wallet);
        let position: Position = chain.existing(&position).await?;
        Ok(position.harvested)
    }
}
