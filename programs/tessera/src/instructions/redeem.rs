use crate::{
    clock,
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError, accounts::Member, args::RedeemArgs, events::PointsRedeemed, window,
};

accounts! { Redeem {
    signer wallet,
    mut member,
    /// This program, so that it can call itself.
    program,
} }

impl Redeem {
    #[inline(never)]
    pub fn handle(&mut self, args: &RedeemArgs) -> Result<()> {
        require!(args.points > 0, TesseraError::ZeroPoints);
        let place = *self.member.account();
        let address = place.address();
        let member: &mut Member = load::owned_mut(&mut self.member)?;
        require_same(
            &member.wallet,
            self.wallet.address(),
            TesseraError::WrongWallet,
        )?;
        require!(
            window::accept(
                &mut member.highest_reference,
                &mut member.used_references,
                args.reference
            ),
            TesseraError::ReferenceUsed
        );
        let now = clock::now();
        let points_expired = member.expire(now);
        require!(
            args.points <= member.points,
            TesseraError::InsufficientPoints
        );
        member.spend(args.points);
        let mut slip = Slip::<PointsRedeemed>::new();
        note!(slip: PointsRedeemed {
            points: args.points,
            points_expired: points_expired,
            balance: member.points,
            reference: args.reference,
            memo: args.memo,
        });
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut member.header, address, now) }
    }
}
