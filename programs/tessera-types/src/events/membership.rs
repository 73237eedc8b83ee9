//! Codes, members and their points.

use super::Receipt;
use crate::{Address, REFERRAL_LEVELS};

crate::event! {
    /// A member claimed a referral code: first receipt of a Code.
    pub struct CodeCreated {
        /// The org.
        pub org: Address,
        /// Who earns by it.
        pub owner: Address,
        /// The code, zero-padded.
        pub code: [u8; 16],
    }
    discriminator = [101, 120, 204, 155, 148, 58, 178, 15];
}

crate::event! {
    /// A code was offered to somebody: receipt of a Code.
    pub struct CodeOffered {
        /// Who may accept; zero is nobody.
        pub pending_owner: Address,
    }
    discriminator = [195, 133, 174, 228, 169, 80, 193, 236];
}

crate::event! {
    /// A code has a new owner: receipt of a Code.
    pub struct CodeTransferred {
        /// A member of the org.
        pub owner: Address,
    }
    discriminator = [17, 46, 16, 255, 210, 37, 124, 171];
}

crate::event! {
    /// A wallet joined an org: first receipt of a Member.
    pub struct MemberRegistered {
        /// The org.
        pub org: Address,
        /// The wallet.
        pub wallet: Address,
        /// Its referrers, nearest first; zero is none.
        pub referrers: [Address; REFERRAL_LEVELS],
        /// The code used, zero-padded.
        pub code: [u8; 16],
    }
    discriminator = [57, 155, 128, 94, 1, 149, 25, 250];
}

crate::event! {
    /// A key may award points from now on, or its budget changed: receipt of an Issuer.
    pub struct IssuerSet {
        /// The org.
        pub org: Address,
        /// The key.
        pub key: Address,
        /// Points for one epoch; 0 disables the issuer.
        pub epoch_budget: u64,
        /// Length of an epoch, seconds.
        pub epoch_secs: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
    discriminator = [96, 55, 18, 1, 205, 91, 185, 43];
}

crate::event! {
    /// An issuer gave points: receipt of a Member.
    pub struct PointsAwarded {
        /// The issuer account.
        pub issuer: Address,
        /// Points that the member received: what was asked for, as far as the balance holds it.
        pub points: u64,
        /// Points of theirs that had expired and were dropped before.
        pub points_expired: u64,
        /// Points that the member holds after it.
        pub balance: u64,
        /// The award's number among the issuer's; counts once.
        pub reference: u64,
        /// The issuer's own words.
        pub memo: [u8; 16],
    }
    discriminator = [201, 95, 152, 50, 215, 83, 188, 38];
}

crate::event! {
    /// The member spent points: receipt of a Member.
    pub struct PointsRedeemed {
        /// Points spent.
        pub points: u64,
        /// Points of theirs that had expired and were dropped before.
        pub points_expired: u64,
        /// Points that the member holds after it.
        pub balance: u64,
        /// The redemption's number among the member's; counts once.
        pub reference: u64,
        /// The order they were spent on.
        pub memo: [u8; 16],
    }
    discriminator = [57, 161, 97, 67, 102, 120, 85, 147];
}
