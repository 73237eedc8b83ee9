use crate::clock;
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    LAYOUT_VERSION, TesseraError,
    accounts::{Issuer, Org},
    args::SetIssuerArgs,
    limits::MIN_EPOCH_SECS,
    seeds,
};

#[derive(Accounts)]
pub struct SetIssuer {
    /// Pays the rent; may be the authority itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub authority: Signer,
    pub org: Account<Org>,
    pub key: UncheckedAccount,
    #[account(
        init_if_needed,
        payer = payer,
        seeds = [seeds::ISSUER, org.address().as_ref(), key.address().as_ref()],
        bump
    )]
    pub issuer: Account<Issuer>,
    pub system_program: Program<System>,
}

impl SetIssuer {
    pub fn handle(&mut self, args: &SetIssuerArgs, bump: u8) -> Result<()> {
        require!(
            address_eq(&self.org.authority, self.authority.address()),
            TesseraError::WrongAuthority
        );
        require!(args.spare == [0; 4], TesseraError::SpareNotZero);
        require!(
            args.epoch_secs >= MIN_EPOCH_SECS,
            TesseraError::EpochTooShort
        );
        if self.issuer.version == 0 {
            *self.issuer = Issuer {
                org: *self.org.address(),
                key: *self.key.address(),
                epoch_budget: 0,
                epoch_used: 0,
                epoch_started_at: clock::unix_timestamp()?,
                epoch_secs: 0,
                version: LAYOUT_VERSION,
                bump,
                spare: [0; 18],
            };
        }
        self.issuer.epoch_budget = args.epoch_budget;
        self.issuer.epoch_secs = args.epoch_secs;
        Ok(())
    }
}
