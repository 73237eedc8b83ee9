use super::Header;
use crate::Address;

crate::account! {
    /// What can be subscribed to. Seeds: `plan`, org, id. Terms never change; ids are never reused.
    pub struct Plan {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The org that sells it.
        pub org: Address,
        /// Token it is paid in.
        pub mint: Address,
        /// Program that owns the mint.
        pub token_program: Address,
        /// Token account that receives the merchant's part; the treasury owned it at creation.
        pub destination: Address,
        /// Token account that holds commission of this org and mint.
        pub vault: Address,
        /// Chosen by the org.
        pub id: u64,
        /// Price of a period without a quote, in the mint's smallest unit.
        pub price: u64,
        /// Least price that a quote may set.
        pub price_floor: u64,
        /// Highest price that a quote may set.
        pub price_ceiling: u64,
        /// Points for each charge, before the tier's boost.
        pub points_per_charge: u64,
        /// What a cranker is paid at the end of the grace time, in the mint's smallest unit; less
        /// before, in proportion, and nothing at the moment when a period becomes due, unless there is
        /// no grace time.
        pub keeper_fee_cap: u64,
        /// No period starts at or after this time, Unix seconds.
        pub ends_at: i64,
        /// Length of a period, seconds; 0 when it is counted in months.
        pub period_secs: u32,
        /// Free time before the first charge, once for each member of the org, seconds.
        pub trial_secs: u32,
        /// How late a charge still keeps the billing day, seconds; at most half a period, so no two
        /// charges come closer than the other half.
        pub grace_secs: u32,
        /// Length of a period in calendar months (UTC), 1 to 12; 0 when it is counted in seconds.
        pub period_months: u8,
        /// [`Plan::PERMANENT_DELEGATE`], [`Plan::METERED`], [`Plan::PRORATED`], the rest zero.
        pub flags: u8,
        /// Bump of the vault's address.
        pub vault_bump: u8,
        /// Decimals of the mint.
        pub decimals: u8,
        /// Who paid for the vault, when it was created with this plan; else zero.
        pub vault_rent_payer: Address,
        /// When the plan was created, Unix seconds.
        pub created_at: i64,
        /// No new subscription from this time on, Unix seconds; `i64::MAX` until the org sets it.
        pub sunset_at: i64,
        /// Zero, for later fields.
        pub spare: [u8; 64],
    }
    discriminator = [161, 231, 251, 119, 2, 12, 162, 2];
}

crate::bits! {
    Plan {
        /// Set in `flags`: the org accepts that the mint's permanent delegate can seize what its
        /// vault holds. Subscribers consent too, one by one.
        pub const PERMANENT_DELEGATE: u8 = 1;
        /// Set in `flags`: the org's meter key states what a period costs, up to the price, which is
        /// the cap that the subscriber signs. Nothing is paid at the signature. Subscribers consent
        /// to it, too.
        pub const METERED: u8 = 2;
        /// Set in `flags`: who leaves for another plan within a period is credited what is left of
        /// it.
        pub const PRORATED: u8 = 4;
    }
}
