//! What the wallet agrees to: the plan's terms, or a quote's.

use super::Subscribe;
use crate::quote;
use anchor_lang::prelude::*;
use core::mem::MaybeUninit;
use tessera_types::{
    ID, TesseraError,
    accounts::{Org, Plan, Subscription, Terms},
    args::SubscribeArgs,
    limits::MAX_APPROVED_PERIODS,
    math,
    quote::{Quote, SUBSCRIBE_DOMAIN},
};

impl Subscribe {
    /// Refuses terms that are not the plan's, as far as the subscription does not matter.
    #[inline(always)]
    pub(super) fn require_terms(&self, args: &SubscribeArgs, plan: &Plan, now: i64) -> Result<()> {
        require!(
            args.quoted <= 1 && args.replace_delegate <= 1 && args.consents & !plan.flags == 0,
            TesseraError::SpareNotZero
        );
        require!(now <= args.deadline, TesseraError::DeadlinePassed);
        require!(
            (1..=MAX_APPROVED_PERIODS).contains(&args.approved_periods),
            TesseraError::NoPeriodsApproved
        );
        require!(
            args.expected_period_secs == plan.period_secs,
            TesseraError::TermsChanged
        );
        if args.quoted == 0 {
            require!(
                args.quote_deadline == 0 && args.quote_nonce == 0 && args.quote_most_periods == 0,
                TesseraError::QuoteUnexpected
            );
            require!(
                args.expected_price == plan.price,
                TesseraError::TermsChanged
            );
            return Ok(());
        }
        require!(now <= args.quote_deadline, TesseraError::QuoteExpired);
        require!(
            (plan.price_floor..=plan.price_ceiling).contains(&args.expected_price),
            TesseraError::QuoteOutOfRange
        );
        require!(
            args.approved_periods <= args.quote_most_periods,
            TesseraError::QuotePeriods
        );
        Ok(())
    }

    /// Refuses a quote that is not signed, or used already.
    #[inline(always)]
    pub(super) fn require_quote(
        &self,
        args: &SubscribeArgs,
        org: &Org,
        subscription: &Subscription,
    ) -> Result<()> {
        if args.quoted == 0 {
            return Ok(());
        }
        require!(
            args.quote_nonce > subscription.quote_nonce,
            TesseraError::QuoteUsed
        );
        let instructions = self
            .instructions
            .as_ref()
            .ok_or(TesseraError::QuoteMissing)?;
        let mut expected = MaybeUninit::<Quote>::uninit();
        let quote = expected.as_mut_ptr();
        // SAFETY: every field is written, one by one: a value of its own would be copied once more.
        let expected = unsafe {
            (&raw mut (*quote).domain).write(SUBSCRIBE_DOMAIN);
            (&raw mut (*quote).cluster_tag).write(org.cluster_tag);
            (&raw mut (*quote).program).write(ID);
            (&raw mut (*quote).org).write(*self.org.address());
            (&raw mut (*quote).plan).write(*self.plan.address());
            (&raw mut (*quote).wallet).write(*self.wallet.address());
            (&raw mut (*quote).price).write(args.expected_price);
            (&raw mut (*quote).deadline).write(args.quote_deadline);
            (&raw mut (*quote).nonce).write(args.quote_nonce);
            (&raw mut (*quote).most_periods).write(args.quote_most_periods);
            (&raw mut (*quote).spare).write([0; 4]);
            expected.assume_init_ref()
        };
        quote::require_signed(
            instructions,
            args.quote_index,
            &org.quote_authority,
            expected,
        )
    }
}

/// The terms that the arguments sign, with the org's rates of the day.
#[inline(always)]
pub(super) fn signed(args: &SubscribeArgs, org: &Org, plan: &Plan) -> Terms {
    Terms {
        price: args.expected_price,
        period_secs: plan.period_secs,
        grace_secs: plan.grace_secs,
        hold_secs: org.hold_secs,
        approved_periods: args.approved_periods,
        commission_bps: org.commission_bps,
        boost_bps: org.tiers.map(|tier| tier.points_boost_bps),
        discount_bps: org.tiers.map(|tier| tier.discount_bps),
        period_months: plan.period_months,
        anchor_day: 0,
    }
}

/// Refuses a price that could not pay commission and keeper when a period is charged: the org's
/// rates may have risen since the plan was made.
#[inline(always)]
pub(super) fn require_shares(subscription: &Subscription, plan: &Plan) -> Result<()> {
    let terms = &subscription.terms;
    let bps = terms.commission_bps.iter().sum();
    let shares = math::add(math::bps_of(terms.price, bps), plan.keeper_fee_cap)?;
    require!(shares <= terms.price, TesseraError::PriceBelowShares);
    Ok(())
}
