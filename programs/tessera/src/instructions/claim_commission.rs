use crate::{
    clock,
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
    token::{self, Leg, Payment},
};
use anchor_lang::{
    cpi::{CpiSeed, CpiSigner},
    prelude::*,
};
use tessera_types::{
    TesseraError,
    accounts::Ledger,
    args::ClaimCommissionArgs,
    events::{CommissionClaimed, CommissionReleased},
    math, seeds,
};

accounts! { ClaimCommission {
    signer wallet,
    mut ledger,
    mut vault,
    mut destination,
    token_program,
    /// For Token-2022.
    optional mint,
} }

accounts! {
    /// Anybody's call.
    Release {
        mut ledger,
        /// This program, so that it can call itself.
        program,
    }
}

impl ClaimCommission {
    #[inline(never)]
    pub fn handle(&mut self, args: &ClaimCommissionArgs) -> Result<()> {
        let place = *self.ledger.account();
        let address = place.address();
        let ledger: &mut Ledger = load::owned_mut(&mut self.ledger)?;
        require_same(
            &ledger.wallet,
            self.wallet.address(),
            TesseraError::WrongWallet,
        )?;
        let now = clock::now();
        require_same(
            &ledger.vault,
            self.vault.address(),
            TesseraError::WrongVault,
        )?;
        let program = self.token_program.address();
        let mint = token::transferred_mint(&self.mint, program)?;

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

        let mut slip = Slip::<CommissionClaimed>::new();
        note!(slip: CommissionClaimed {
            amount: amount,
            destination: self.destination.address(),
        });
        // SAFETY: the event is written.
        let tail = unsafe { slip.seal(&mut ledger.header, address, now, 0)? };
        let bump = [ledger.vault_bump];
        let seeds = [
            CpiSeed::from(seeds::VAULT),
            CpiSeed::from(ledger.org.as_ref()),
            CpiSeed::from(ledger.mint.as_ref()),
            CpiSeed::from(&bump[..]),
        ];
        Payment {
            program,
            mint,
            from: self.vault.account(),
            signer: self.vault.account(),
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

impl Release {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let place = *self.ledger.account();
        let address = place.address();
        let ledger: &mut Ledger = load::owned_mut(&mut self.ledger)?;
        let now = clock::now();
        let before = ledger.claimable;
        ledger.release(now)?;
        require!(ledger.claimable > before, TesseraError::NothingToRelease);
        let mut slip = Slip::<CommissionReleased>::new();
        note!(slip: CommissionReleased { amount: ledger.claimable - before, });
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut ledger.header, address, now) }
    }
}
