use crate::{
    clock,
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Issuer, Member, Org},
    args::AwardArgs,
    events::PointsAwarded,
    math, window,
};

accounts! { Award {
    signer key,
    mut issuer,
    org,
    mut member,
    /// This program, so that it can call itself.
    program,
} }

impl Award {
    #[inline(never)]
    pub fn handle(&mut self, args: &AwardArgs) -> Result<()> {
        require!(args.points > 0, TesseraError::ZeroPoints);
        let issuer_place = *self.issuer.account();
        let issuer_address = issuer_place.address();
        let issuer: &mut Issuer = load::owned_mut(&mut self.issuer)?;
        require_same(&issuer.key, self.key.address(), TesseraError::WrongIssuer)?;
        require!(args.life == issuer.header.life, TesseraError::WrongLife);
        let org: &Org = load::named(&self.org, &issuer.org, TesseraError::WrongOrg)?;
        let place = *self.member.account();
        let address = place.address();
        let member: &mut Member = load::owned_mut(&mut self.member)?;
        require_same(&member.org, &issuer.org, TesseraError::WrongOrg)?;
        require!(
            window::accept(
                &mut issuer.highest_reference,
                &mut issuer.used_references,
                args.reference
            ),
            TesseraError::ReferenceUsed
        );
        let now = clock::now();
        require_budget(issuer, args.points, now)?;
        let points_expired = member.expire(now);
        let points = member.credit(org, args.points, now);
        issuer.epoch_used = math::add(issuer.epoch_used, points)?;

        let mut slip = Slip::<PointsAwarded>::new();
        note!(slip: PointsAwarded {
            issuer: issuer_address,
            points: points,
            points_expired: points_expired,
            balance: member.points,
            reference: args.reference,
            memo: args.memo,
        });
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut member.header, address, now) }
    }
}

/// An epoch starts with the first award after the last one ended. What is asked for must fit into
/// the budget; what the member could take is what is used of it.
#[inline(always)]
fn require_budget(issuer: &mut Issuer, points: u64, now: i64) -> Result<()> {
    if now >= math::later(issuer.epoch_started_at, issuer.epoch_secs)? {
        issuer.epoch_started_at = now;
        issuer.epoch_used = 0;
    }
    require!(
        math::add(issuer.epoch_used, points)? <= issuer.epoch_budget,
        TesseraError::IssuerBudgetExceeded
    );
    Ok(())
}
