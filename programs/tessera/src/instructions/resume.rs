use crate::{
    access, approval, clock,
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
    token::Payment,
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Org, Plan, Subscription, SubscriptionState},
    args::ResumeArgs,
    events::Resumed,
};

accounts! { Resume {
    signer wallet,
    org,
    plan,
    mut subscription,
    mut authority,
    mut payer_token,
    /// Named so that it can be called.
    token_program,
    /// This program, so that it can call itself.
    program,
} }

impl Resume {
    #[inline(never)]
    pub fn handle(&mut self, args: &ResumeArgs) -> Result<()> {
        let place = *self.subscription.account();
        let address = place.address();
        let wallet = self.wallet.address();
        let subscription = access::subscription(&mut self.subscription, wallet)?;
        let plan: &Plan = load::named(&self.plan, &subscription.plan, TesseraError::WrongPlan)?;
        let org: &Org = load::named(&self.org, &plan.org, TesseraError::WrongOrg)?;
        require!(!org.is_paused(Org::PAUSE_SUBSCRIBE), TesseraError::Paused);
        require_unchanged(subscription, args.life, args.seq)?;
        let moment = clock::moment();
        let now = moment.now;
        require!(now <= args.deadline, TesseraError::DeadlinePassed);
        require!(
            args.replace_delegate <= 1 && args.spare == [0; 7],
            TesseraError::SpareNotZero
        );
        require!(
            subscription.state == SubscriptionState::Cancelled as u8 && subscription.is_paid(now),
            TesseraError::NotCancelled
        );
        require!(
            subscription.next_due < plan.ends_at,
            TesseraError::PlanEnded
        );
        require!(subscription.periods_left() > 0, TesseraError::PeriodsUsedUp);
        require_same(
            &subscription.payer_token,
            self.payer_token.address(),
            TesseraError::WrongPayerToken,
        )?;
        let delegate = *self.authority.account();
        let payer = approval::Payer {
            token_account: self.payer_token.account(),
            wallet,
            authority: delegate.address(),
            replace_delegate: args.replace_delegate,
        };
        let authority = approval::met(&mut self.authority, &payer, plan, moment.slot)?;
        approval::add(authority, subscription)?;
        let in_trial = subscription.periods_paid == 0;
        subscription.state = match in_trial {
            true => SubscriptionState::Trial as u8,
            false => SubscriptionState::Active as u8,
        };
        let mut slip = Slip::<Resumed>::new();
        note!(slip: Resumed {
            agreement_seq: subscription.agreement_seq,
            authority_generation: authority.generation,
            outstanding: authority.outstanding,
        });
        // SAFETY: the event is written.
        let tail = unsafe { slip.seal(&mut subscription.header, address, now, 0)? };
        Payment {
            program: &plan.token_program,
            mint: None,
            from: self.payer_token.account(),
            signer: self.wallet.account(),
            legs: [None, None, None],
            approval: Some((&delegate, authority.outstanding)),
            receipt: tail,
        }
        .send(&[])
    }
}

/// Refuses when something happened to the subscription since the wallet signed.
#[inline(never)]
pub(super) fn require_unchanged(subscription: &Subscription, life: u64, seq: u64) -> Result<()> {
    require!(subscription.header.life == life, TesseraError::WrongLife);
    require!(
        subscription.header.receipt_seq == seq,
        TesseraError::StaleSeq
    );
    Ok(())
}
