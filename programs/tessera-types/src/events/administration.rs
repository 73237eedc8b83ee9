//! What those who run the program, an org or a plan did, and the last receipt of any account.

use super::Receipt;
use crate::{Address, accounts::OrgSettings, args::CreatePlanArgs};

crate::event! {
    /// The program's settings were made or changed: receipt of the Config.
    pub struct ConfigSet {
        /// Its admin.
        pub admin: Address,
        /// Most that all referral levels of an org may take together, basis points.
        pub max_commission_bps: u16,
        /// [`Config`](crate::accounts::Config)'s flags.
        pub pause_flags: u8,
        /// Zero.
        pub spare: [u8; 5],
    }
    discriminator = [15, 104, 59, 16, 236, 241, 8, 6];
}

crate::event! {
    /// A business was created: first receipt of an Org.
    pub struct OrgCreated {
        /// Its creator and first authority.
        pub authority: Address,
        /// Chosen by the creator.
        pub id: u64,
        /// First bytes of the cluster's genesis hash, as stated.
        pub cluster_tag: [u8; 8],
        /// What its authority may change later.
        pub settings: OrgSettings,
    }
    discriminator = [147, 145, 192, 255, 185, 216, 83, 7];
}

crate::event! {
    /// The authority changed the org's settings: receipt of an Org.
    pub struct OrgUpdated {
        /// All of them.
        pub settings: OrgSettings,
    }
    discriminator = [36, 0, 181, 34, 207, 127, 134, 225];
}

crate::event! {
    /// The program's admin paused an org or lifted that: receipt of an Org.
    pub struct OrgPaused {
        /// What is paused.
        pub flags: u8,
        /// Zero.
        pub spare: [u8; 7],
    }
    discriminator = [211, 50, 113, 83, 96, 16, 214, 22];
}

crate::event! {
    /// A next authority was proposed: receipt of an Org or the Config.
    pub struct AuthorityProposed {
        /// Who may accept; zero is nobody.
        pub pending: Address,
    }
    discriminator = [244, 117, 94, 112, 53, 151, 35, 89];
}

crate::event! {
    /// The proposed authority accepted: receipt of an Org or the Config.
    pub struct AuthorityAccepted {
        /// The authority, or admin, from now on.
        pub authority: Address,
    }
    discriminator = [166, 192, 219, 188, 41, 209, 195, 26];
}

crate::event! {
    /// A plan was created: first receipt of a Plan. Amounts in the mint's smallest unit.
    pub struct PlanCreated {
        /// The org that sells it.
        pub org: Address,
        /// Token it is paid in.
        pub mint: Address,
        /// Program that owns the mint.
        pub token_program: Address,
        /// Token account that receives the merchant's part.
        pub destination: Address,
        /// Token account that holds commission.
        pub vault: Address,
        /// What is sold, as the org announced it.
        pub terms: CreatePlanArgs,
    }
    discriminator = [215, 11, 135, 121, 208, 119, 149, 149];
}

crate::event! {
    /// A plan takes no new subscriptions from a time on: receipt of a Plan.
    pub struct PlanSunset {
        /// That time, Unix seconds.
        pub at: i64,
    }
    discriminator = [82, 178, 155, 185, 151, 76, 23, 181];
}

crate::event! {
    /// The account was closed: the last receipt of its life, whatever its kind.
    pub struct Closed {
        /// What its rent payer got back.
        pub lamports: u64,
        /// Its receipt head before this receipt, so that the chain can be proved without the account.
        pub head: [u8; 32],
    }
    discriminator = [50, 31, 87, 155, 135, 220, 195, 239];
}
