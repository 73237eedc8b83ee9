use crate::{clock, receipt};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    TesseraError,
    accounts::{Authority, Plan, Subscription, SubscriptionState},
    events::Cancelled,
};

/// Never paused: the way out is always open.
#[derive(Accounts)]
pub struct Cancel {
    pub wallet: Signer,
    pub plan: Account<Plan>,
    #[account(mut)]
    pub subscription: Account<Subscription>,
    #[account(mut)]
    pub authority: Account<Authority>,
}

impl Cancel {
    #[inline(always)]
    pub fn handle(&mut self) -> Result<()> {
        let wallet = self.wallet.address();
        require!(
            address_eq(&self.subscription.wallet, wallet),
            TesseraError::WrongWallet
        );
        require!(
            address_eq(&self.subscription.plan, self.plan.address()),
            TesseraError::WrongPlan
        );
        require!(
            address_eq(&self.authority.wallet, wallet)
                && address_eq(&self.authority.mint, &self.plan.mint),
            TesseraError::WrongTokenAuthority
        );
        require!(
            SubscriptionState::is_live(self.subscription.state),
            TesseraError::NotLive
        );
        self.authority.live_subscriptions = self.authority.live_subscriptions.saturating_sub(1);
        let now = clock::unix_timestamp()?;
        let address = *self.subscription.address();
        let subscription = &mut *self.subscription;
        subscription.state = SubscriptionState::Cancelled as u8;
        let event = Cancelled {
            receipt: receipt::next(&address, &mut subscription.receipt_seq, now)?,
            paid_through: subscription.paid_through,
        };
        receipt::emit(&mut subscription.receipt_head, event);
        Ok(())
    }
}
