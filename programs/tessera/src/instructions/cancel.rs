use crate::{
    access, approval, clock,
    declare::{Account, accounts},
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Plan, Subscription, SubscriptionState},
    args::CancelArgs,
    events::Cancelled,
};

accounts! {
    /// Never paused: the way out is always open, whatever became of plan and token account.
    Cancel {
        signer wallet,
        mut subscription,
        mut authority,
        mut payer_token,
        /// Named so that it can be called.
        token_program,
        /// This program, so that it can call itself.
        program,
    }
}

accounts! {
    /// Wallet and org together: the service ends now.
    CancelNow {
        signer wallet,
        mut subscription,
        mut authority,
        mut payer_token,
        /// Named so that it can be called.
        token_program,
        /// This program, so that it can call itself.
        program,
        signer org_authority,
        org,
        plan,
    }
}

impl Cancel {
    #[inline(never)]
    pub fn handle(&mut self, args: &CancelArgs) -> Result<()> {
        end(
            Ending {
                wallet: self.wallet.account(),
                subscription: &mut self.subscription,
                authority: &mut self.authority,
                payer_token: self.payer_token.account(),
                cuts: false,
            },
            args,
        )
    }
}

impl CancelNow {
    #[inline(never)]
    pub fn handle(&mut self, args: &CancelArgs) -> Result<()> {
        let subscription: &Subscription = load::owned(&self.subscription)?;
        let plan: &Plan = load::named(&self.plan, &subscription.plan, TesseraError::WrongPlan)?;
        access::org(&self.org, &plan.org, self.org_authority.address())?;
        end(
            Ending {
                wallet: self.wallet.account(),
                subscription: &mut self.subscription,
                authority: &mut self.authority,
                payer_token: self.payer_token.account(),
                cuts: true,
            },
            args,
        )
    }
}

/// A subscription that its wallet ends.
struct Ending<'a> {
    wallet: &'a AccountView,
    subscription: &'a mut Account,
    authority: &'a mut Account,
    payer_token: &'a AccountView,
    /// Service that is paid ends now, and a cancelled subscription may end that soon, too.
    cuts: bool,
}

#[inline(never)]
fn end(ending: Ending, args: &CancelArgs) -> Result<()> {
    let place = *ending.subscription.account();
    let address = place.address();
    let subscription: &mut Subscription = load::owned_mut(ending.subscription)?;
    require_same(
        &subscription.wallet,
        ending.wallet.address(),
        TesseraError::WrongWallet,
    )?;
    let now = clock::now();
    let cancelled = subscription.state == SubscriptionState::Cancelled as u8;
    let cut_short = ending.cuts && cancelled && subscription.is_paid(now);
    require!(
        cut_short || SubscriptionState::is_live(subscription.state),
        TesseraError::NotLive
    );
    require!(
        subscription.header.life == args.life && subscription.agreement_seq == args.agreement_seq,
        TesseraError::WrongAgreement
    );
    require_same(
        &subscription.payer_token,
        ending.payer_token.address(),
        TesseraError::WrongPayerToken,
    )?;
    let delegate = *ending.authority.account();
    let mut outstanding = 0;
    if let Some(authority) = approval::of(ending.authority, subscription)? {
        approval::remove(authority, subscription)?;
        outstanding = authority.outstanding;
    }
    subscription.state = SubscriptionState::Cancelled as u8;
    subscription.drop_pending();
    // What is not stated of a metered plan is not paid, and nobody can state it from here on.
    if ending.cuts || subscription.is_unstated() {
        subscription.paid_through = subscription.paid_through.min(now);
    }

    let mut slip = Slip::<Cancelled>::new();
    note!(slip: Cancelled {
        agreement_seq: subscription.agreement_seq,
        paid_through: subscription.paid_through,
        outstanding: outstanding,
    });
    // SAFETY: the event is written.
    let tail = unsafe { slip.seal(&mut subscription.header, address, now, 0)? };
    approval::lower(
        ending.payer_token,
        &delegate,
        ending.wallet,
        outstanding,
        tail,
    )
}
