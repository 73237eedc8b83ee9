use crate::Address;

crate::account! {
    /// A key that may award an org's points, within a budget per epoch. Seeds: `issuer`, org, key.
    pub struct Issuer {
        /// The org whose points are issued.
        pub org: Address,
        /// The key that signs awards.
        pub key: Address,
        /// Points that may be awarded in one epoch; 0 disables the issuer.
        pub epoch_budget: u64,
        /// Points awarded in the current epoch.
        pub epoch_used: u64,
        /// Start of the current epoch, Unix seconds.
        pub epoch_started_at: i64,
        /// Length of an epoch, seconds.
        pub epoch_secs: u32,
        /// Layout version.
        pub version: u8,
        /// Bump of this address.
        pub bump: u8,
        /// Zero, for later fields.
        pub spare: [u8; 18],
    }
    discriminator = [216, 19, 83, 230, 108, 53, 80, 14];
}
