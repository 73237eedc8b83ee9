use crate::{clock, receipt};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{TesseraError, accounts::Member, args::PointsArgs, events::PointsRedeemed};

#[derive(Accounts)]
pub struct Redeem {
    pub wallet: Signer,
    #[account(mut)]
    pub member: Account<Member>,
}

impl Redeem {
    #[inline(always)]
    pub fn handle(&mut self, args: &PointsArgs) -> Result<()> {
        require!(args.points > 0, TesseraError::ZeroPoints);
        require!(
            address_eq(&self.member.wallet, self.wallet.address()),
            TesseraError::WrongWallet
        );
        let now = clock::unix_timestamp()?;
        let address = *self.member.address();
        let member = &mut *self.member;
        member.points = member
            .points
            .checked_sub(args.points)
            .ok_or(TesseraError::InsufficientPoints)?;
        let event = PointsRedeemed {
            receipt: receipt::next(&address, &mut member.receipt_seq, now)?,
            points: args.points,
            balance: member.points,
            reference: args.reference,
        };
        receipt::emit(&mut member.receipt_head, event);
        Ok(())
    }
}
