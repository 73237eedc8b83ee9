use crate::clock;
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    LAYOUT_VERSION, NO_ADDRESS, TesseraError,
    accounts::{Code, Member},
    args::CreateCodeArgs,
    seeds,
};

#[derive(Accounts)]
#[instruction(args: CreateCodeArgs)]
pub struct CreateCode {
    /// Pays the rent; may be the wallet itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub wallet: Signer,
    pub member: Account<Member>,
    #[account(
        init,
        payer = payer,
        seeds = [seeds::CODE, member.org.as_ref(), &args.code],
        bump
    )]
    pub code: Account<Code>,
    pub system_program: Program<System>,
}

impl CreateCode {
    pub fn handle(&mut self, args: &CreateCodeArgs, bump: u8) -> Result<()> {
        require!(
            address_eq(&self.member.wallet, self.wallet.address()),
            TesseraError::WrongWallet
        );
        require!(Code::is_valid(&args.code), TesseraError::InvalidCode);
        *self.code = Code {
            org: self.member.org,
            owner: self.member.wallet,
            pending_owner: NO_ADDRESS,
            code: args.code,
            created_at: clock::unix_timestamp()?,
            version: LAYOUT_VERSION,
            bump,
            spare: [0; 14],
        };
        Ok(())
    }
}
