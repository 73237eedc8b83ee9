use super::create_plan::least_debit;
use crate::{
    approval::{self, Standing},
    clock,
    declare::accounts,
    load,
    outcome::{Result, is_absent, require, require_same, same},
    receipt::{Slip, note},
    token,
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Authority, Plan, Subscription, SubscriptionState},
    events::PaymentMissed,
};

accounts! {
    /// Anybody's call, and it proves what it says: a payment counts as missed when it is due and
    /// cannot be collected at the moment.
    MarkPastDue {
        mut subscription,
        /// The pending plan where there is one; it may be closed.
        plan,
        mut authority,
        payer_token,
        /// This program, so that it can call itself.
        program,
    }
}

impl MarkPastDue {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let place = *self.subscription.account();
        let address = place.address();
        let subscription: &mut Subscription = load::owned_mut(&mut self.subscription)?;
        require!(
            SubscriptionState::is_live(subscription.state),
            TesseraError::NotLive
        );
        let expected = match is_absent(&subscription.pending_plan) {
            true => &subscription.plan,
            false => &subscription.pending_plan,
        };
        require_same(self.plan.address(), expected, TesseraError::WrongPlan)?;
        require_same(
            self.payer_token.address(),
            &subscription.payer_token,
            TesseraError::WrongPayerToken,
        )?;
        let now = clock::now();
        let plan: Option<&Plan> = match load::exists(&self.plan) {
            true => Some(load::owned(&self.plan)?),
            false => None,
        };
        let delegate = *self.authority.account();
        let mut authority = approval::of(&mut self.authority, subscription)?;
        let due = now >= subscription.next_due;
        let ends_at = plan.map_or(i64::MIN, |plan| plan.ends_at);
        let state = if due && !subscription.is_collectable(ends_at, now) {
            SubscriptionState::Lapsed
        } else {
            let missed = due
                && subscription.state != SubscriptionState::PastDue as u8
                && plan.is_some_and(|plan| {
                    !can_pay(
                        self.payer_token.account(),
                        delegate.address(),
                        authority.as_deref(),
                        plan,
                        subscription,
                    )
                });
            require!(missed, TesseraError::NotMissed);
            SubscriptionState::PastDue
        };
        let mut outstanding = 0;
        if let Some(authority) = &mut authority {
            if state as u8 == SubscriptionState::Lapsed as u8 {
                approval::remove(authority, subscription)?;
            }
            outstanding = authority.outstanding;
        }
        if state as u8 == SubscriptionState::Lapsed as u8 {
            subscription.drop_pending();
        }
        subscription.state = state as u8;
        let mut slip = Slip::<PaymentMissed>::new();
        note!(slip: PaymentMissed {
            agreement_seq: subscription.agreement_seq,
            outstanding: outstanding,
            state: state as u8,
            spare: [0; 7],
        });
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut subscription.header, address, now) }
    }
}

/// Whether the token account could pay the period that is due; the wallet has the benefit of the
/// largest discount. What a metered period comes to is not known, so there it need not hold
/// anything.
#[inline(never)]
fn can_pay(
    view: &AccountView,
    delegate: &Address,
    authority: Option<&Authority>,
    plan: &Plan,
    subscription: &Subscription,
) -> bool {
    let needed = match (
        subscription.is_metered(),
        is_absent(&subscription.pending_plan),
    ) {
        (true, _) => 0,
        (_, true) => least_debit(subscription.terms.price, &subscription.terms.discount_bps),
        (_, false) => least_debit(subscription.pending_price, &subscription.terms.discount_bps),
    };
    let (Ok(token), Some(authority)) = (token::thawed(view, &plan.token_program), authority) else {
        return false;
    };
    let approved = match approval::standing(token, delegate) {
        Standing::Ours(amount) => amount,
        _ => return false,
    };
    authority.generation == subscription.authority_generation
        && same(token.owner(), &subscription.wallet)
        && same(token.mint(), &plan.mint)
        && approved >= needed
        && token.amount() >= needed
}
