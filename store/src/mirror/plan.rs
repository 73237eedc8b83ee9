//! What can be subscribed to.

use crate::{Key, U64};
use tessera_domain::billing_period::BillingPeriod;

account_record! {
    /// A plan. Amounts are in the mint's smallest unit.
    pub struct PlanRow in "plan" as "plan_row" {
        /// The org that sells it.
        pub org: Key,
        /// Token it is paid in.
        pub mint: Key,
        /// Program that owns the mint.
        pub token_program: Key,
        /// Token account that receives the merchant's part.
        pub destination: Key,
        /// Token account that holds commission.
        pub vault: Key,
        /// Who paid for the vault, when it was created with this plan.
        pub vault_rent_payer: Option<Key>,
        /// Chosen by the org.
        pub id: U64,
        /// Price of a period without a quote.
        pub price: U64,
        /// Lowest price that a quote may set.
        pub price_floor: U64,
        /// Highest price that a quote may set.
        pub price_ceiling: U64,
        /// Points for each charge, before the tier's boost.
        pub points_per_charge: U64,
        /// What a keeper is paid from a charge at the end of the grace time; less before.
        pub keeper_fee_cap: U64,
        /// When it was created, Unix seconds.
        pub created_at: i64,
        /// No period starts at or after this time, Unix seconds.
        pub ends_at: i64,
        /// No new subscription from this time on, Unix seconds.
        pub sunset_at: i64,
        /// Length of a period, seconds; 0 when it is counted in months.
        pub period_secs: i64,
        /// Free time before the first charge, once for each member, seconds.
        pub trial_secs: i64,
        /// How late a charge still keeps the billing day, seconds.
        pub grace_secs: i64,
        /// Length of a period in calendar months.
        pub period_months: i16,
        /// Bit 0: the mint may have a permanent delegate; bit 1: usage is metered; bit 2: a
        /// subscriber who leaves within a period is credited the rest.
        pub flags: i16,
        /// Decimals of the mint.
        pub decimals: i16,
    }
}

impl PlanRow {
    /// What one payment is for; none where a row says nothing that the program writes.
    pub fn period(&self) -> Option<BillingPeriod> {
        stored_period(self.period_secs, self.period_months)
    }
}

/// A period of so many calendar months or, without any, seconds.
pub(crate) fn stored_period(secs: i64, months: i16) -> Option<BillingPeriod> {
    let (secs, months) = (u32::try_from(secs).ok()?, u8::try_from(months).ok()?);
    BillingPeriod::of_plan(secs, months)
}
