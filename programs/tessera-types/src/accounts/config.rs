use super::Header;
use crate::Address;

crate::account! {
    /// The program's own settings, one for all. Seeds: `config`.
    pub struct Config {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// May change this account and pause orgs.
        pub admin: Address,
        /// Proposed next admin; zero when none.
        pub pending_admin: Address,
        /// Most that all referral levels of an org may take together, basis points.
        pub max_commission_bps: u16,
        /// [`Config::PAUSE_CREATION`], the rest zero.
        pub pause_flags: u8,
        /// Zero, for later fields.
        pub spare: [u8; 61],
    }
    discriminator = [155, 12, 170, 224, 30, 250, 204, 130];
}

crate::bits! {
    Config {
        /// Set in `pause_flags`: no org, plan, campaign or stake pool is created.
        pub const PAUSE_CREATION: u8 = 1;
    }
}
