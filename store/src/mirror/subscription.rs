//! Wallets' agreements to plans.

use crate::{Key, U64};
use sqlx::Type;

account_record! {
    /// A wallet's agreement to a plan, on the terms that it signed.
    pub struct SubscriptionRow in "subscription" as "subscription_row" {
        /// The plan that it is under.
        pub plan: Key,
        /// The wallet that pays.
        pub wallet: Key,
        /// Token account that pays.
        pub payer_token: Key,
        /// Commission ledger of the nearest referrer.
        pub ledger_1: Option<Key>,
        /// Commission ledger of the second level.
        pub ledger_2: Option<Key>,
        /// Commission ledger of the third level.
        pub ledger_3: Option<Key>,
        /// The plan that it was opened under, which is part of its address.
        pub first_plan: Key,
        /// Plan that follows at the end of the period.
        pub pending_plan: Option<Key>,
        /// Signed price of a period, in the mint's smallest unit.
        pub price: U64,
        /// Signed length of a period, seconds; 0 when it is counted in months.
        pub period_secs: i64,
        /// How late a charge still keeps the billing day, seconds.
        pub grace_secs: i64,
        /// How long the commission of its charges is held, seconds.
        pub hold_secs: i64,
        /// Periods after the first that may be collected on these terms.
        pub approved_periods: i64,
        /// Commission of each level, basis points.
        pub commission_bps: Vec<i32>,
        /// Extra points of each tier, basis points.
        pub boosts_bps: Vec<i32>,
        /// Discount of each tier, basis points.
        pub discounts_bps: Vec<i32>,
        /// Length of a period in calendar months.
        pub period_months: i16,
        /// Day of the month that periods begin on, from 1.
        pub anchor_day: i16,
        /// Receipt that these terms were signed in.
        pub agreement_seq: U64,
        /// Generation of the authority at the signature.
        pub authority_generation: U64,
        /// Highest nonce of a quote that was used here.
        pub quote_nonce: U64,
        /// Latest deadline of a quote that was used here, Unix seconds.
        pub quote_deadline: i64,
        /// When the wallet last signed terms, Unix seconds.
        pub subscribed_at: i64,
        /// Start of the period that was charged last, Unix seconds.
        pub period_start: i64,
        /// Until when service is paid for, Unix seconds.
        pub paid_through: i64,
        /// From when the next period can be charged, Unix seconds.
        pub next_due: i64,
        /// No charge before this time, Unix seconds.
        pub paused_until: i64,
        /// What the last charge took, in the mint's smallest unit.
        pub period_debit: U64,
        /// The part of `period_debit` that was refunded.
        pub period_refunded: U64,
        /// Value of an earlier plan's unused time in the last charge, on top of the debit.
        pub period_credit: U64,
        /// Points that the last charge awarded.
        pub period_points: U64,
        /// Price of a period under the pending plan.
        pub pending_price: U64,
        /// Periods after the first that may be collected under the pending plan.
        pub pending_periods: i64,
        /// Periods paid since the wallet last signed terms.
        pub periods_paid: i64,
        /// As of the last receipt: 1 trial, 2 active, 3 past due, 4 cancelled, 5 lapsed.
        pub state: i16,
        /// Of the last charge: bit 0, the vault was frozen; 1 to 3, a level's ledger was closed; 4, the
        /// pending plan took over; 5, usage was stated.
        pub period_flags: i16,
        /// What the subscriber consents to; bit 0: a permanent delegate; bit 1: metered usage.
        pub consents: i16,
    }
}

/// The status of a subscription by its terms and the network's clock. Only `paid_through` says
/// whether service is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Status {
    /// In its free time.
    Trial,
    /// The next period is not due yet.
    Active,
    /// The next period can be charged, and keeps the billing day.
    Due,
    /// A payment was missed, or the grace time is over; the next period can still be charged.
    PastDue,
    /// A whole period was missed, or the grace time has run out on a payment that is known to have
    /// been missed; the wallet has to subscribe again.
    Lapsed,
    /// Every approved period is collected.
    UsedUp,
    /// The plan ends before another period.
    Ended,
    /// The approval was revoked, as a later subscription on the token account found.
    Revoked,
    /// The wallet cancelled it.
    Cancelled,
}
