use crate::{clock, math, receipt};
use anchor_lang::{
    address_eq,
    cpi::{CpiSeed, CpiSigner, verify_program_address},
    prelude::*,
};
use pinocchio_token::instructions::Transfer;
use tessera_types::{
    TesseraError, accounts::Ledger, args::ClaimCommissionArgs, events::CommissionClaimed, seeds,
};

#[derive(Accounts)]
pub struct ClaimCommission {
    pub wallet: Signer,
    #[account(mut)]
    pub ledger: Account<Ledger>,
    #[account(mut)]
    pub vault: UncheckedAccount,
    #[account(mut)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl ClaimCommission {
    #[inline(always)]
    pub fn handle(&mut self, args: &ClaimCommissionArgs) -> Result<()> {
        require!(
            address_eq(&self.ledger.wallet, self.wallet.address()),
            TesseraError::WrongWallet
        );
        let now = clock::unix_timestamp()?;
        let address = *self.ledger.address();
        let ledger = &mut *self.ledger;
        verify_program_address(
            &[
                seeds::VAULT,
                ledger.org.as_ref(),
                ledger.mint.as_ref(),
                &[ledger.vault_bump],
            ],
            &crate::ID,
            self.vault.address(),
        )
        .map_err(|_| TesseraError::WrongVault)?;

        ledger
            .release(now)
            .ok_or(TesseraError::ArithmeticOverflow)?;
        let amount = match args.amount {
            u64::MAX => ledger.claimable,
            amount => amount,
        };
        require!(
            amount > 0 && amount <= ledger.claimable,
            TesseraError::NothingToClaim
        );
        ledger.claimable -= amount;
        ledger.claimed = math::add(ledger.claimed, amount)?;

        let vault_bump = [ledger.vault_bump];
        let seeds = [
            CpiSeed::from(seeds::VAULT),
            CpiSeed::from(ledger.org.as_ref()),
            CpiSeed::from(ledger.mint.as_ref()),
            CpiSeed::from(&vault_bump[..]),
        ];
        let vault = self.vault.account();
        Transfer::new(vault, self.destination.account(), vault, amount)
            .invoke_signed(&[CpiSigner::from(&seeds)])?;

        let event = CommissionClaimed {
            receipt: receipt::next(&address, &mut ledger.receipt_seq, now)?,
            amount,
            destination: *self.destination.address(),
        };
        receipt::emit(&mut ledger.receipt_head, event);
        Ok(())
    }
}
