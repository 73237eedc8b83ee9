use super::Header;
use crate::Address;

crate::account! {
    /// A key that may award an org's points, within a budget per epoch. Seeds: `issuer`, org, key.
    pub struct Issuer {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The org whose points are issued.
        pub org: Address,
        /// The key that signs awards.
        pub key: Address,
        /// Points that may be awarded in one epoch; 0 disables the issuer.
        pub epoch_budget: u64,
        /// Length of an epoch, seconds.
        pub epoch_secs: u32,
        /// Zero.
        pub reserved: [u8; 4],
        /// Points awarded in the current epoch.
        pub epoch_used: u64,
        /// Start of the current epoch, Unix seconds.
        pub epoch_started_at: i64,
        /// Highest reference of an award so far.
        pub highest_reference: u64,
        /// Which references up to the highest are used; see [the window](crate::window).
        pub used_references: [u64; ISSUER_WINDOW],
        /// Zero, for later fields.
        pub spare: [u8; 32],
    }
    discriminator = [216, 19, 83, 230, 108, 53, 80, 14];
}

/// Words of an issuer's window: references up to 960 below the highest can still be used.
pub const ISSUER_WINDOW: usize = 16;
