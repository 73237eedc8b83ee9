//! What the wallet agrees to: the plan's terms, or a quote's.

use crate::{
    declare::Account,
    instructions::create_plan::least_debit,
    outcome::{Result, require},
    quote,
};
use anchor_lang::prelude::*;
use core::mem::MaybeUninit;
use tessera_types::{
    ID, TesseraError,
    accounts::{Org, Plan, Subscription, Terms},
    args::SignedTerms,
    limits::MAX_APPROVED_PERIODS,
    math,
    quote::Quote,
};

/// Refuses what is not on the plan's terms at `price`, or the quote's.
#[inline(never)]
pub(in crate::instructions) fn require_terms(
    signed: &SignedTerms,
    plan: &Plan,
    price: u64,
    now: i64,
) -> Result<()> {
    require!(
        signed.quoted <= 1 && signed.replace_delegate <= 1 && signed.spare == [0; 7],
        TesseraError::SpareNotZero
    );
    require!(now <= signed.deadline, TesseraError::DeadlinePassed);
    require!(
        (1..=MAX_APPROVED_PERIODS).contains(&signed.approved_periods),
        TesseraError::NoPeriodsApproved
    );
    let metered = (plan.flags ^ signed.consents) & Plan::METERED == 0;
    let consentable = plan.flags & (Plan::METERED | Plan::PERMANENT_DELEGATE);
    require!(
        signed.period_secs == plan.period_secs
            && signed.period_months == plan.period_months
            && metered
            && signed.consents & !consentable == 0,
        TesseraError::TermsChanged
    );
    if signed.quoted == 0 {
        require!(
            signed.quote_deadline == 0 && signed.quote_nonce == 0 && signed.quote_most_periods == 0,
            TesseraError::QuoteUnexpected
        );
        require!(signed.price == price, TesseraError::TermsChanged);
        return Ok(());
    }
    require!(now <= signed.quote_deadline, TesseraError::QuoteExpired);
    require!(
        (plan.price_floor..=plan.price_ceiling).contains(&signed.price),
        TesseraError::QuoteOutOfRange
    );
    require!(
        signed.approved_periods <= signed.quote_most_periods,
        TesseraError::QuotePeriods
    );
    Ok(())
}

/// Refuses a quote that is not signed, or used already, and notes that it is used now.
#[inline(never)]
pub(in crate::instructions) fn use_quote(
    signed: &SignedTerms,
    buyer: &Buyer,
    subscription: &mut Subscription,
) -> Result<()> {
    if signed.quoted == 0 {
        return Ok(());
    }
    require!(
        signed.quote_nonce > subscription.quote_nonce,
        TesseraError::QuoteUsed
    );
    let mut quote = MaybeUninit::<Quote>::uninit();
    let to = quote.as_mut_ptr();
    // SAFETY: with what `sign_for` writes it is whole.
    let quote = unsafe {
        (&raw mut (*to).price).write(signed.price);
        (&raw mut (*to).deadline).write(signed.quote_deadline);
        (&raw mut (*to).nonce).write(signed.quote_nonce);
        (&raw mut (*to).points).write(0);
        (&raw mut (*to).most_periods).write(signed.quote_most_periods);
        buyer.sign_for(to);
        quote.assume_init_ref()
    };
    let signer = &buyer.org.settings.quote_authority;
    quote::require_signed(buyer.instructions, signed.quote_index, signer, quote)?;
    subscription.quote_nonce = signed.quote_nonce;
    subscription.quote_deadline = subscription.quote_deadline.max(signed.quote_deadline);
    Ok(())
}

/// Whom a quote is for, and what for.
pub(in crate::instructions) struct Buyer<'a> {
    pub domain: [u8; 16],
    pub org: &'a Org,
    /// Of which the org's address is part.
    pub plan: &'a Plan,
    pub plan_address: &'a Address,
    /// Of a change of plan, the subscription.
    pub wallet: &'a Address,
    pub instructions: &'a Option<Account>,
}

impl Buyer<'_> {
    /// Writes into a quote what it is for.
    ///
    /// # Safety
    /// It can be written, and nobody refers to it.
    #[inline(always)]
    pub unsafe fn sign_for(&self, quote: *mut Quote) {
        // SAFETY: the caller's promise.
        unsafe {
            (&raw mut (*quote).domain).write(self.domain);
            (&raw mut (*quote).cluster_tag).write(self.org.cluster_tag);
            (&raw mut (*quote).program).write(ID);
            (&raw mut (*quote).org).write(self.plan.org);
            (&raw mut (*quote).plan).write(*self.plan_address);
            (&raw mut (*quote).wallet).write(*self.wallet);
            (&raw mut (*quote).spare).write([0; 4]);
        }
    }
}

/// The terms that the arguments sign, with the org's rates of the day.
#[inline(always)]
pub(super) fn signed(signed: &SignedTerms, org: &Org, plan: &Plan) -> Terms {
    let settings = &org.settings;
    Terms {
        price: signed.price,
        period_secs: plan.period_secs,
        grace_secs: plan.grace_secs,
        hold_secs: settings.hold_secs,
        approved_periods: signed.approved_periods,
        commission_bps: settings.commission_bps,
        boost_bps: settings.tiers.map(|tier| tier.points_boost_bps),
        discount_bps: settings.tiers.map(|tier| tier.discount_bps),
        period_months: plan.period_months,
        anchor_day: 0,
    }
}

/// Refuses a price that could not pay commission and keeper when a period is charged, whatever the
/// discount: the org's rates may have risen since the plan was made.
#[inline(never)]
pub(in crate::instructions) fn require_shares(terms: &Terms, plan: &Plan) -> Result<()> {
    let least = least_debit(terms.price, &terms.discount_bps);
    let bps = terms.commission_bps.iter().sum();
    let shares = math::add(math::bps_of(least, bps), plan.keeper_fee_cap)?;
    require!(shares < least, TesseraError::PriceBelowShares);
    Ok(())
}
