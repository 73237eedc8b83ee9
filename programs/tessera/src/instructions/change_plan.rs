use super::{
    charge::{legs, payable_mint},
    subscribe::{Buyer, require_shares, require_terms, use_quote},
};
use crate::{
    access, approval, clock,
    declare::accounts,
    load,
    outcome::{Result, require, require_same, same},
    receipt::{Slip, note},
    schedule,
    settlement::{Books, Parts, book_period, boosted, settle},
    token::Payment,
};
use anchor_lang::prelude::*;
use bytemuck::Zeroable;
use tessera_types::{
    TesseraError,
    accounts::{Org, Plan, Subscription, SubscriptionState},
    args::ChangePlanArgs,
    events::{PlanChanged, Settlement},
    math,
    quote::CHANGE_DOMAIN,
};

accounts! {
    /// Commission, boosts, discounts and hold stay those that were signed first.
    ChangePlan {
        signer wallet,
        org,
        plan,
        new_plan,
        mut member,
        mut subscription,
        mut authority,
        mut payer_token,
        mut destination,
        /// Named so that it can be called; calls name the token program themselves.
        token_program,
        /// This program, so that it can call itself.
        program,
        /// For Token-2022.
        optional mint,
        /// The Instructions sysvar, for a quote.
        optional instructions,
        mut optional vault,
        mut optional ledger_1,
        mut optional ledger_2,
        mut optional ledger_3,
    }
}

impl ChangePlan {
    #[inline(never)]
    pub fn handle(&mut self, args: &ChangePlanArgs) -> Result<()> {
        let place = *self.subscription.account();
        let address = place.address();
        let wallet = self.wallet.address();
        let subscription = access::subscription(&mut self.subscription, wallet)?;
        let plan: &Plan = load::named(&self.plan, &subscription.plan, TesseraError::WrongPlan)?;
        let new_plan: &Plan = load::owned(&self.new_plan)?;
        let org: &Org = load::named(&self.org, &plan.org, TesseraError::WrongOrg)?;
        require_same(&new_plan.org, &plan.org, TesseraError::WrongOrg)?;
        require_same(&new_plan.mint, &plan.mint, TesseraError::WrongMint)?;
        require!(!org.is_paused(Org::PAUSE_SUBSCRIBE), TesseraError::Paused);
        require!(
            SubscriptionState::is_live(subscription.state),
            TesseraError::NotLive
        );
        require!(
            (plan.flags | new_plan.flags) & Plan::METERED == 0,
            TesseraError::Metered
        );
        require!(
            subscription.header.life == args.life
                && subscription.agreement_seq == args.agreement_seq,
            TesseraError::WrongAgreement
        );
        let moment = clock::moment();
        let now = moment.now;
        require!(
            args.at_period_end <= 1 && args.spare == [0; 7],
            TesseraError::SpareNotZero
        );
        let returns = args.at_period_end == 1 && same(self.new_plan.address(), self.plan.address());
        require!(
            returns || now < new_plan.sunset_at,
            TesseraError::PlanSunset
        );
        let signed = &args.terms;
        let mut price = new_plan.price;
        if returns {
            // What was signed before goes on, and nothing else is agreed to.
            price = subscription.terms.price;
            require!(signed.quoted == 0, TesseraError::QuoteUnexpected);
            require!(
                signed.approved_periods == subscription.periods_left(),
                TesseraError::TermsChanged
            );
        }
        require_terms(signed, new_plan, price, now)?;
        let buyer = Buyer {
            domain: CHANGE_DOMAIN,
            org,
            plan: new_plan,
            plan_address: self.new_plan.address(),
            // Each of a wallet's subscriptions has a quote of its own.
            wallet: address,
            instructions: &self.instructions,
        };
        use_quote(signed, &buyer, subscription)?;
        require_same(
            &subscription.payer_token,
            self.payer_token.address(),
            TesseraError::WrongPayerToken,
        )?;
        require_same(
            &new_plan.destination,
            self.destination.address(),
            TesseraError::WrongDestination,
        )?;
        let delegate = *self.authority.account();
        let payer = approval::Payer {
            token_account: self.payer_token.account(),
            wallet,
            authority: delegate.address(),
            replace_delegate: signed.replace_delegate,
        };
        let authority = approval::met(&mut self.authority, &payer, plan, moment.slot)?;
        approval::remove(authority, subscription)?;
        let member = access::member(&mut self.member, &plan.org, wallet)?;
        let consents = new_plan.flags & signed.consents;
        let payable = payable_mint(&self.mint, self.destination.account(), new_plan, consents)?;

        let mut terms = subscription.terms;
        let stays_monthly = terms.period_months > 0 && new_plan.period_months > 0;
        terms.price = signed.price;
        terms.approved_periods = signed.approved_periods;
        terms.period_secs = new_plan.period_secs;
        terms.period_months = new_plan.period_months;
        terms.grace_secs = new_plan.grace_secs;
        require_shares(&terms, new_plan)?;
        subscription.consents = signed.consents;
        subscription.subscribed_at = now;
        subscription.drop_pending();

        let mut slip = Slip::<PlanChanged>::new();
        // SAFETY: a part of the event, which is written whole.
        let settlement = unsafe { &raw mut (*slip.event()).settlement };
        // SAFETY: as above.
        unsafe { settlement.write(Settlement::zeroed()) };
        let mut parts = Parts {
            merchant: 0,
            commission: 0,
            keeper_fee: 0,
            levels: 0,
        };
        let mut credit = 0;
        if args.at_period_end == 1 {
            require!(
                subscription.next_due < new_plan.ends_at,
                TesseraError::PlanEnded
            );
            if returns {
                terms = subscription.terms;
            } else {
                subscription.pending_plan = *self.new_plan.address();
                subscription.pending_price = signed.price;
                subscription.pending_periods = signed.approved_periods;
            }
        } else if subscription.state == SubscriptionState::Trial as u8 {
            require!(
                subscription.next_due < new_plan.ends_at,
                TesseraError::PlanEnded
            );
            if !stays_monthly {
                schedule::anchor(&mut terms, subscription.paid_through)?;
            }
            subscription.terms = terms;
            subscription.plan = *self.new_plan.address();
        } else {
            require!(now < new_plan.ends_at, TesseraError::PlanEnded);
            let unused = match plan.flags & Plan::PRORATED {
                0 => 0,
                _ => unused_worth(subscription, now),
            };
            schedule::anchor(&mut terms, now)?;
            subscription.terms = terms;
            subscription.plan = *self.new_plan.address();
            subscription.periods_paid = 0;
            subscription.paused_until = 0;
            subscription.state = SubscriptionState::Active as u8;
            let price = terms.price_in(member.tier);
            credit = unused.min(price);
            let debit = price - credit;
            require!(debit <= args.most_debit, TesseraError::DebitTooHigh);
            let period = (now, terms.end_of(now)?);
            let points = boosted(new_plan.points_per_charge, terms.boost_in(member.tier));
            let mut books = Books {
                plan: new_plan,
                org,
                member,
                vault: &self.vault,
                accounts: [&self.ledger_1, &self.ledger_2, &self.ledger_3],
                ledgers: &subscription.ledgers,
                commission_bps: &subscription.terms.commission_bps,
                levels: subscription.levels,
                hold_secs: subscription.terms.hold_secs,
                debit,
                keeper_fee: 0,
                // What is paid for with a credit has given its points already.
                points: math::part_of(points, debit, price),
                flags: 0,
                period,
                now,
            };
            // SAFETY: as above; nobody else refers to the shares.
            parts = unsafe { settle(&mut books, settlement, slip.shares.as_mut_ptr())? };
            // SAFETY: `settle` wrote it.
            book_period(subscription, unsafe { &*settlement }, period);
            subscription.period_credit = credit;
        }
        approval::add(authority, subscription)?;
        subscription.agreement_seq = math::add(subscription.header.receipt_seq, 1)?;
        note!(slip: PlanChanged {
            plan: self.new_plan.address(),
            terms: &terms,
            authority_generation: authority.generation,
            outstanding: authority.outstanding,
            quote_nonce: signed.quote_nonce,
            quote_deadline: signed.quote_deadline,
            credit: credit,
            consents: signed.consents,
            at_period_end: args.at_period_end,
            spare: [0; 6],
        } but settlement);
        // SAFETY: the event is written, and `settle` wrote as many shares as it says.
        let tail = unsafe { slip.seal(&mut subscription.header, address, now, parts.levels)? };
        Payment {
            program: &plan.token_program,
            mint: payable.map(|payable| payable.mint),
            from: self.payer_token.account(),
            signer: self.wallet.account(),
            legs: legs(&parts, self.destination.account(), &self.vault, &None),
            approval: Some((&delegate, authority.outstanding)),
            receipt: tail,
        }
        .send(&[])
    }
}

/// What the rest of the period is worth: `floor(paid * rest / length)`, where what was paid back does
/// not count and what an earlier change credited does. Never above what was paid.
#[inline(never)]
fn unused_worth(subscription: &Subscription, now: i64) -> u64 {
    let (start, end) = (subscription.period_start, subscription.paid_through);
    if now >= end || start >= end {
        return 0;
    }
    let paid = subscription
        .period_debit
        .saturating_sub(subscription.period_refunded)
        .saturating_add(subscription.period_credit);
    let length = end.wrapping_sub(start) as u64;
    let rest = end.wrapping_sub(now) as u64;
    math::part_of(paid, rest.min(length), length)
}
