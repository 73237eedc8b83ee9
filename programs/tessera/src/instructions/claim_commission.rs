use crate::{
    clock, load,
    receipt::Slip,
    token::{self, Leg, Payment},
};
use anchor_lang::{
    address_eq,
    cpi::{CpiSeed, CpiSigner},
    prelude::*,
};
use tessera_types::{
    TesseraError, accounts::Ledger, args::ClaimCommissionArgs, carrier::TOKEN_PROGRAM,
    events::CommissionClaimed, math, seeds,
};

#[derive(Accounts)]
pub struct ClaimCommission {
    pub wallet: Signer,
    #[account(mut)]
    pub ledger: UncheckedAccount,
    #[account(mut)]
    pub vault: UncheckedAccount,
    #[account(mut)]
    pub destination: UncheckedAccount,
    pub token_program: UncheckedAccount,
    /// For Token-2022.
    pub mint: Option<UncheckedAccount>,
}

impl ClaimCommission {
    #[inline(always)]
    pub fn handle(&mut self, args: &ClaimCommissionArgs) -> Result<()> {
        let address = *self.ledger.address();
        let ledger: &mut Ledger = load::owned_mut(&mut self.ledger)?;
        require!(
            address_eq(&ledger.wallet, self.wallet.address()),
            TesseraError::WrongWallet
        );
        let now = clock::moment()?.now;
        let vault_bump = [ledger.vault_bump];
        require!(
            address_eq(&ledger.vault, self.vault.address()),
            TesseraError::WrongVault
        );
        let program = self.token_program.address();
        token::require_program(program)?;
        let mint = match &self.mint {
            Some(mint) if !address_eq(program, &TOKEN_PROGRAM) => {
                let (_, decimals) = token::mint(mint.account(), program)?;
                Some((mint.account(), decimals))
            }
            _ => None,
        };

        ledger.release(now)?;
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

        let mut slip = Slip::new();
        let event = CommissionClaimed {
            receipt: slip.next(&mut ledger.header, &address, now)?,
            amount,
            destination: *self.destination.address(),
        };
        let tail = slip.seal(&mut ledger.header, event);
        let seeds = [
            CpiSeed::from(seeds::VAULT),
            CpiSeed::from(ledger.org.as_ref()),
            CpiSeed::from(ledger.mint.as_ref()),
            CpiSeed::from(&vault_bump[..]),
        ];
        let vault = self.vault.account();
        Payment {
            program,
            mint,
            from: vault,
            signer: vault,
            legs: [
                Some(Leg {
                    to: self.destination.account(),
                    amount,
                }),
                None,
                None,
            ],
            approval: None,
            receipt: tail,
        }
        .send(&[CpiSigner::from(&seeds)])
    }
}
