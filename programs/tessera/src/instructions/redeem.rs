use crate::{clock, load, receipt};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    TesseraError, accounts::Member, args::PointsArgs, events::PointsRedeemed, window,
};

#[derive(Accounts)]
pub struct Redeem {
    pub wallet: Signer,
    #[account(mut)]
    pub member: UncheckedAccount,
    /// This program, so that it can call itself.
    pub program: UncheckedAccount,
}

impl Redeem {
    #[inline(always)]
    pub fn handle(&mut self, args: &PointsArgs) -> Result<()> {
        require!(args.points > 0, TesseraError::ZeroPoints);
        let address = *self.member.address();
        let member: &mut Member = load::owned_mut(&mut self.member)?;
        require!(
            address_eq(&member.wallet, self.wallet.address()),
            TesseraError::WrongWallet
        );
        require!(
            window::accept(
                &mut member.highest_reference,
                &mut member.used_references,
                args.reference
            ),
            TesseraError::ReferenceUsed
        );
        member.points = member
            .points
            .checked_sub(args.points)
            .ok_or(TesseraError::InsufficientPoints)?;
        let now = clock::moment()?.now;
        let mut slip = receipt::Slip::new();
        let event = PointsRedeemed {
            receipt: slip.next(&mut member.header, &address, now)?,
            points: args.points,
            balance: member.points,
            reference: args.reference,
            memo: args.memo,
        };
        receipt::carry(slip.seal(&mut member.header, event));
        Ok(())
    }
}
