use crate::{clock, receipt, token};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    LAYOUT_VERSION, TesseraError,
    accounts::{Ledger, Member, Org},
    events::LedgerOpened,
    seeds,
};

#[derive(Accounts)]
pub struct OpenLedger {
    #[account(mut)]
    pub payer: Signer,
    pub org: Account<Org>,
    pub member: Account<Member>,
    pub mint: UncheckedAccount,
    #[account(
        init,
        payer = payer,
        seeds = [
            seeds::LEDGER,
            org.address().as_ref(),
            member.wallet.as_ref(),
            mint.address().as_ref()
        ],
        bump
    )]
    pub ledger: Account<Ledger>,
    pub system_program: Program<System>,
}

impl OpenLedger {
    pub fn handle(&mut self, bump: u8) -> Result<()> {
        let now = clock::unix_timestamp()?;
        let org = *self.org.address();
        let mint = *self.mint.address();
        require!(address_eq(&self.member.org, &org), TesseraError::WrongOrg);
        token::decimals(self.mint.account())?;
        let (_, vault_bump) =
            find_program_address(&[seeds::VAULT, org.as_ref(), mint.as_ref()], &crate::ID);
        *self.ledger = Ledger {
            org,
            wallet: self.member.wallet,
            mint,
            receipt_head: [0; 32],
            receipt_seq: 0,
            held: 0,
            queued: 0,
            release_at: 0,
            claimable: 0,
            claimed: 0,
            debt: 0,
            hold_secs: self.org.hold_secs,
            version: LAYOUT_VERSION,
            bump,
            vault_bump,
            spare: [0; 17],
        };
        let address = *self.ledger.address();
        let ledger = &mut *self.ledger;
        let event = LedgerOpened {
            receipt: receipt::next(&address, &mut ledger.receipt_seq, now)?,
            org,
            wallet: ledger.wallet,
            mint,
        };
        receipt::emit(&mut ledger.receipt_head, event);
        Ok(())
    }
}
