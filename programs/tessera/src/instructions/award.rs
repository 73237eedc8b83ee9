use crate::{clock, load, receipt, settlement::credit_points};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    TesseraError,
    accounts::{Issuer, Member, Org},
    args::PointsArgs,
    events::PointsAwarded,
    math, window,
};

#[derive(Accounts)]
pub struct Award {
    pub key: Signer,
    #[account(mut)]
    pub issuer: UncheckedAccount,
    pub org: UncheckedAccount,
    #[account(mut)]
    pub member: UncheckedAccount,
    /// This program, so that it can call itself.
    pub program: UncheckedAccount,
}

impl Award {
    #[inline(always)]
    pub fn handle(&mut self, args: &PointsArgs) -> Result<()> {
        require!(args.points > 0, TesseraError::ZeroPoints);
        let issuer_address = *self.issuer.address();
        let issuer: &mut Issuer = load::owned_mut(&mut self.issuer)?;
        require!(
            address_eq(&issuer.key, self.key.address()),
            TesseraError::WrongIssuer
        );
        let org: &Org = load::named(&self.org, &issuer.org, TesseraError::WrongOrg)?;
        let address = *self.member.address();
        let member: &mut Member = load::owned_mut(&mut self.member)?;
        require!(address_eq(&member.org, &issuer.org), TesseraError::WrongOrg);
        require!(
            window::accept(
                &mut issuer.highest_reference,
                &mut issuer.used_references,
                args.reference
            ),
            TesseraError::ReferenceUsed
        );
        let now = clock::moment()?.now;
        require_budget(issuer, args.points, now)?;
        let points = credit_points(member, org, args.points);
        issuer.epoch_used = math::add(issuer.epoch_used, points)?;

        let mut slip = receipt::Slip::new();
        let event = PointsAwarded {
            receipt: slip.next(&mut member.header, &address, now)?,
            issuer: issuer_address,
            points,
            balance: member.points,
            reference: args.reference,
            memo: args.memo,
        };
        receipt::carry(slip.seal(&mut member.header, event));
        Ok(())
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
