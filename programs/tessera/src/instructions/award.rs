use crate::{clock, known, math, receipt, settlement::credit_points};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    TesseraError,
    accounts::{Issuer, Member, Org},
    args::PointsArgs,
    events::PointsAwarded,
};

#[derive(Accounts)]
pub struct Award {
    pub key: Signer,
    #[account(mut)]
    pub issuer: Account<Issuer>,
    pub org: UncheckedAccount,
    #[account(mut)]
    pub member: Account<Member>,
}

impl Award {
    #[inline(always)]
    pub fn handle(&mut self, args: &PointsArgs) -> Result<()> {
        require!(args.points > 0, TesseraError::ZeroPoints);
        require!(
            address_eq(&self.issuer.key, self.key.address()),
            TesseraError::WrongIssuer
        );
        let org: &Org = known::load(&self.org, &self.issuer.org, TesseraError::WrongOrg)?;
        require!(
            address_eq(&self.member.org, &self.issuer.org),
            TesseraError::WrongOrg
        );
        let now = clock::unix_timestamp()?;
        spend_budget(&mut self.issuer, args.points, now)?;

        let issuer = *self.issuer.address();
        let address = *self.member.address();
        let member = &mut *self.member;
        credit_points(member, org, args.points)?;
        let event = PointsAwarded {
            receipt: receipt::next(&address, &mut member.receipt_seq, now)?,
            issuer,
            points: args.points,
            balance: member.points,
            reference: args.reference,
        };
        receipt::emit(&mut member.receipt_head, event);
        Ok(())
    }
}

/// An epoch starts with the first award after the last one ended.
#[inline(always)]
fn spend_budget(issuer: &mut Issuer, points: u64, now: i64) -> Result<()> {
    if now >= math::later(issuer.epoch_started_at, issuer.epoch_secs)? {
        issuer.epoch_started_at = now;
        issuer.epoch_used = 0;
    }
    let used = math::add(issuer.epoch_used, points)?;
    require!(
        used <= issuer.epoch_budget,
        TesseraError::IssuerBudgetExceeded
    );
    issuer.epoch_used = used;
    Ok(())
}
