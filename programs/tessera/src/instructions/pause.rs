use super::resume::require_unchanged;
use crate::{
    access, clock,
    declare::accounts,
    outcome::{Result, require},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError, accounts::SubscriptionState, args::PauseArgs, events::Paused,
    limits::MAX_PAUSE_SECS, math,
};

accounts! { Pause {
    signer wallet,
    mut subscription,
    /// This program, so that it can call itself.
    program,
} }

impl Pause {
    /// The next period begins when the pause ends, and not before the paid time does. What is not
    /// paid for is not made up for.
    #[inline(never)]
    pub fn handle(&mut self, args: &PauseArgs) -> Result<()> {
        let place = *self.subscription.account();
        let address = place.address();
        let wallet = self.wallet.address();
        let subscription = access::subscription(&mut self.subscription, wallet)?;
        require_unchanged(subscription, args.life, args.seq)?;
        require!(
            SubscriptionState::is_live(subscription.state),
            TesseraError::NotLive
        );
        let now = clock::now();
        let until = args.until.max(now);
        // Who owes a payment cannot put it off.
        let owing = subscription.state == SubscriptionState::PastDue as u8
            || (subscription.paused_until <= now && subscription.next_due <= now);
        require!(
            !owing && until <= math::later(now, MAX_PAUSE_SECS)?,
            TesseraError::PauseTooLong
        );
        subscription.paused_until = until;
        subscription.next_due = subscription.paid_through.max(until);
        let mut slip = Slip::<Paused>::new();
        note!(slip: Paused {
            paused_until: until,
            next_due: subscription.next_due,
        });
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut subscription.header, address, now) }
    }
}
