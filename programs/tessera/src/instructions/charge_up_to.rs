use super::{charge::Charge, resume::require_unchanged};
use crate::{
    declare::{Account, accounts, again},
    outcome::{Result, require},
    schedule,
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Plan, Subscription, SubscriptionState},
    args::ChargeUpToArgs,
    events::Settlement,
    math,
};

accounts! {
    /// By the org's meter key, once for each period: while it lasts, or as the first of the next one
    /// begins. The accounts are those of a charge, and the key.
    ChargeUpTo {
        mut subscription,
        plan,
        org,
        mut member,
        mut authority,
        mut payer_token,
        mut destination,
        /// Named so that it can be called; calls name the token program themselves.
        token_program,
        /// For Token-2022.
        optional mint,
        mut optional vault,
        mut optional ledger_1,
        mut optional ledger_2,
        mut optional ledger_3,
        signer meter,
        /// This program, so that it can call itself.
        program,
    }
}

impl ChargeUpTo {
    #[inline(never)]
    pub fn handle(&mut self, args: &ChargeUpToArgs) -> Result<()> {
        let meter = *self.meter.address();
        let optional = |it: &Option<Account>| it.as_ref().and_then(again);
        let all = (|| {
            Some(Charge {
                subscription: again(&self.subscription)?,
                plan: again(&self.plan)?,
                org: again(&self.org)?,
                member: again(&self.member)?,
                authority: again(&self.authority)?,
                payer_token: again(&self.payer_token)?,
                destination: again(&self.destination)?,
                token_program: again(&self.token_program)?,
                mint: optional(&self.mint),
                keeper_token: None,
                vault: optional(&self.vault),
                ledger_1: optional(&self.ledger_1),
                ledger_2: optional(&self.ledger_2),
                ledger_3: optional(&self.ledger_3),
            })
        })();
        let mut charge = all.ok_or(TesseraError::AccountMissing)?;
        let stated = Stated {
            meter,
            amount: args.amount,
            life: args.life,
            seq: args.seq,
        };
        charge.collect(Some(&stated))
    }
}

/// Usage that a key states.
pub(super) struct Stated {
    pub meter: Address,
    pub amount: u64,
    pub life: u64,
    pub seq: u64,
}

impl Stated {
    /// The period that it counts in, and what of the outstanding approval is used up by it: the cap,
    /// and that of a period before that ended without a statement.
    #[inline(never)]
    pub fn period(
        &self,
        subscription: &mut Subscription,
        plan: &Plan,
        now: i64,
    ) -> Result<((i64, i64), u64)> {
        require_unchanged(subscription, self.life, self.seq)?;
        let cap = subscription.terms.price;
        require!(self.amount <= cap, TesseraError::AboveCap);
        let stated = subscription.period_flags & Settlement::STATED != 0;
        if now >= subscription.next_due {
            schedule::require_due(subscription, plan, now)?;
            let unused = if stated { 0 } else { cap };
            let period = schedule::period(subscription, now)?;
            return Ok((period, math::add(cap, unused)?));
        }
        require!(
            SubscriptionState::is_live(subscription.state),
            TesseraError::NotLive
        );
        // A pause puts off the next period and not what this one came to.
        require!(!stated, TesseraError::NotDue);
        // The period was counted when it began.
        subscription.periods_paid = subscription.periods_paid.saturating_sub(1);
        let period = (subscription.period_start, subscription.paid_through);
        Ok((period, cap))
    }
}
