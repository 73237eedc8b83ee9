use crate::{clock, create::Place, load};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    TesseraError,
    accounts::{Code, Header, Member},
    args::CreateCodeArgs,
    events::CodeCreated,
    seeds,
};

#[derive(Accounts)]
pub struct CreateCode {
    /// Pays the rent; may be the wallet itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub wallet: Signer,
    pub member: UncheckedAccount,
    #[account(mut)]
    pub code: UncheckedAccount,
    pub system_program: Program<System>,
}

impl CreateCode {
    #[inline(never)]
    pub fn handle(&mut self, args: &CreateCodeArgs) -> Result<()> {
        let member: &Member = load::owned(&self.member)?;
        require!(
            address_eq(&member.wallet, self.wallet.address()),
            TesseraError::WrongWallet
        );
        require!(Code::is_valid(&args.code), TesseraError::InvalidCode);
        let place = Place {
            payer: self.payer.account(),
            account: self.code.account(),
            seeds: &[seeds::CODE, member.org.as_ref(), &args.code],
        };
        let moment = clock::moment()?;
        let header = Header::new(place.bump()?, moment.slot, *self.payer.address());
        let code: &mut Code = place.create_with(header, moment.now, |receipt| CodeCreated {
            receipt,
            org: member.org,
            owner: member.wallet,
            code: args.code,
        })?;
        code.org = member.org;
        code.owner = member.wallet;
        code.code = args.code;
        code.created_at = moment.now;
        Ok(())
    }
}
