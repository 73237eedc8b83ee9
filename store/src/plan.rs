//! What can be subscribed to.

use crate::{Key, U64};

account_record! {
    /// A plan. Amounts are in the mint's smallest unit.
    pub struct PlanRow in "plan" {
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
        /// Chosen by the org.
        pub id: U64,
        /// Price of a period without a quote.
        pub price: U64,
        /// Least price that a quote may set.
        pub price_floor: U64,
        /// Highest price that a quote may set.
        pub price_ceiling: U64,
        /// Points for each charge, before the tier's boost.
        pub points_per_charge: U64,
        /// Most that a cranker is paid from a charge.
        pub keeper_fee_cap: U64,
        /// Unix seconds.
        pub created_at: i64,
        /// No period starts at or after this time, Unix seconds.
        pub ends_at: i64,
        /// Length of a period, seconds.
        pub period_secs: i64,
        /// Free time before the first charge, seconds.
        pub trial_secs: i64,
        /// Time in which a missed payment can still be made, seconds.
        pub grace_secs: i64,
        /// Decimals of the mint.
        pub decimals: i16,
    }
    columns "org, mint, token_program, destination, vault, id, price, price_floor, price_ceiling, points_per_charge, keeper_fee_cap, created_at, ends_at, period_secs, trial_secs, grace_secs, decimals"
}
