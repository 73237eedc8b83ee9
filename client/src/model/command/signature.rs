//! Terms that a wallet signs: the plan's or a quote's.

use crate::model::{
    Moment, Verdict,
    rules::{approval, word},
};
use tessera_types::{
    TesseraError,
    accounts::{Authority, Plan, Subscription},
    limits::MAX_APPROVED_PERIODS,
};

/// What a wallet agrees to.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// Price of a period, in the mint's smallest unit.
    pub price: u64,
    /// Periods after the first that may be collected.
    pub approved_periods: u32,
    /// The quote that sets the price; without one, the plan does.
    pub quote: Option<Quoted>,
    /// The flags of the plan that the wallet consents to.
    pub consents: u8,
}

/// A quote that a wallet uses.
#[derive(Debug, Clone, Copy)]
pub struct Quoted {
    /// Its number.
    pub nonce: u64,
    /// Void after this time, Unix seconds.
    pub deadline: i64,
    /// Most later periods that it may be approved for.
    pub most_periods: u32,
}

impl Signature {
    /// Price and periods.
    pub(super) fn terms(&self) -> (u64, u32) {
        (self.price, self.approved_periods)
    }

    /// Nonce and deadline of the quote; zeros without one.
    pub(super) fn quoted(&self) -> (u64, i64) {
        self.quote.map_or((0, 0), |it| (it.nonce, it.deadline))
    }

    /// Checks the signature against the quote, or the plan's offer at `price`, for a wallet whose
    /// subscription was `before`.
    pub(super) fn require(
        &self,
        (plan, price): (&Plan, u64),
        before: &Subscription,
        moment: Moment,
        verdict: &mut Verdict,
    ) {
        let approved = (1..=MAX_APPROVED_PERIODS).contains(&self.approved_periods);
        verdict.require(approved, TesseraError::NoPeriodsApproved);
        let metered = (plan.flags ^ self.consents) & Plan::METERED == 0;
        let asked = plan.flags & (Plan::METERED | Plan::PERMANENT_DELEGATE);
        let consented = metered && self.consents & !asked == 0;
        verdict.require(consented, TesseraError::TermsChanged);
        let Some(quote) = self.quote else {
            return verdict.require(self.price == price, TesseraError::TermsChanged);
        };
        let in_time = moment.now <= quote.deadline;
        verdict.require(in_time, TesseraError::QuoteExpired);
        let prices = plan.price_floor..=plan.price_ceiling;
        verdict.require(prices.contains(&self.price), TesseraError::QuoteOutOfRange);
        let covered = self.approved_periods <= quote.most_periods;
        verdict.require(covered, TesseraError::QuotePeriods);
        let fresh = quote.nonce > before.quote_nonce;
        verdict.require(fresh, TesseraError::QuoteUsed);
    }
}

/// What the authority may move once the subscription counts as signed.
pub(super) fn approve(
    authority: &mut Authority,
    signed: &mut Subscription,
    verdict: &mut Verdict,
) -> u64 {
    let outstanding = approval::add(authority, signed);
    verdict.fits(outstanding);
    word(outstanding)
}
