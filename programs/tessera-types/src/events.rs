//! Receipts: the one event that an instruction emits for the account it is about.
//!
//! An event is its 8-byte discriminator (first bytes of SHA-256 of `event:<Name>`), then the
//! structure; charges then carry one [`LedgerShare`] for each paid level and nothing for the rest.
//! The account's head becomes `sha256(head || event bytes)` and its seq grows by one, so whoever
//! holds the events can prove against the account that none is missing, added, moved or edited.

use crate::{Address, REFERRAL_LEVELS};
use bytemuck::{Pod, Zeroable};

/// An event structure, its name and the bytes that announce it.
pub trait EventType: Pod {
    /// The name in the IDL.
    const NAME: &'static str;
    /// First 8 bytes of SHA-256 of `event:<NAME>`.
    const DISCRIMINATOR: [u8; 8];
    /// Receipt fields, common to all events.
    fn receipt(&self) -> &Receipt;
}

macro_rules! event {
    ($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* } discriminator = $disc:expr;) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
        #[repr(C)]
        pub struct $name {
            /// Whose receipt this is.
            pub receipt: Receipt,
            $($body)*
        }

        impl EventType for $name {
            const NAME: &'static str = stringify!($name);
            const DISCRIMINATOR: [u8; 8] = $disc;
            fn receipt(&self) -> &Receipt { &self.receipt }
        }
    };
}

/// Which account an event is about, and which of its receipts it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Receipt {
    /// The account whose chain this receipt continues.
    pub account: Address,
    /// Its number, from 1.
    pub seq: u64,
    /// The network's clock, Unix seconds.
    pub at: i64,
}

/// Where the money of one charge went, in the mint's smallest unit.
/// `debit = merchant + keeper_fee + sum of ledger shares`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Settlement {
    /// Taken from the payer: the locked price.
    pub debit: u64,
    /// Received by the plan's destination.
    pub merchant: u64,
    /// Received by whoever cranked the charge.
    pub keeper_fee: u64,
    /// Points that the payer's member account received.
    pub points: u64,
    /// Until when service is now paid, Unix seconds.
    pub paid_through: i64,
}

/// Commission of one referral level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct LedgerShare {
    /// The ledger.
    pub ledger: Address,
    /// What it accrued, in the mint's smallest unit.
    pub amount: u64,
}

/// The most shares that follow a charge.
pub type LedgerShares = [LedgerShare; REFERRAL_LEVELS];

event! {
    /// A wallet joined an org: first receipt of a Member.
    pub struct MemberRegistered {
        /// The org.
        pub org: Address,
        /// The wallet.
        pub wallet: Address,
        /// Its nearest referrer; zero is none.
        pub referrer: Address,
        /// The code used, zero-padded.
        pub code: [u8; 16],
    }
    discriminator = [57, 155, 128, 94, 1, 149, 25, 250];
}

event! {
    /// A wallet signed terms and paid the first period: receipt of a Subscription.
    pub struct Subscribed {
        /// The plan.
        pub plan: Address,
        /// Who pays.
        pub wallet: Address,
        /// The first period.
        pub settlement: Settlement,
        /// Length of a period, seconds.
        pub period_secs: u32,
        /// Periods whose collection the wallet approved beforehand.
        pub approved_periods: u32,
        /// Commission of each level, basis points.
        pub commission_bps: [u16; REFERRAL_LEVELS],
        /// 1 when the price came from a signed quote.
        pub quoted: u8,
        /// Zero.
        pub spare: [u8; 1],
    }
    discriminator = [135, 59, 105, 76, 190, 236, 138, 228];
}

event! {
    /// A period was paid: receipt of a Subscription.
    pub struct Charged {
        /// The period's money and points.
        pub settlement: Settlement,
    }
    discriminator = [167, 170, 67, 179, 47, 88, 221, 132];
}

event! {
    /// The wallet ended the subscription: receipt of a Subscription.
    pub struct Cancelled {
        /// Until when service stays paid, Unix seconds.
        pub paid_through: i64,
    }
    discriminator = [136, 23, 42, 65, 143, 233, 234, 46];
}

event! {
    /// An issuer gave points: receipt of a Member.
    pub struct PointsAwarded {
        /// The issuer account.
        pub issuer: Address,
        /// Points given.
        pub points: u64,
        /// Points that the member holds after it.
        pub balance: u64,
        /// The issuer's own reference.
        pub reference: [u8; 16],
    }
    discriminator = [201, 95, 152, 50, 215, 83, 188, 38];
}

event! {
    /// The member spent points: receipt of a Member.
    pub struct PointsRedeemed {
        /// Points spent.
        pub points: u64,
        /// Points that the member holds after it.
        pub balance: u64,
        /// The order they were spent on.
        pub reference: [u8; 16],
    }
    discriminator = [57, 161, 97, 67, 102, 120, 85, 147];
}

event! {
    /// A member can now accrue commission in a mint: first receipt of a Ledger.
    pub struct LedgerOpened {
        /// The org.
        pub org: Address,
        /// The member's wallet.
        pub wallet: Address,
        /// The mint.
        pub mint: Address,
    }
    discriminator = [115, 6, 103, 111, 89, 54, 170, 69];
}

event! {
    /// Commission left the vault: receipt of a Ledger.
    pub struct CommissionClaimed {
        /// Paid out, in the mint's smallest unit.
        pub amount: u64,
        /// Token account that received it.
        pub destination: Address,
    }
    discriminator = [39, 106, 107, 183, 92, 78, 148, 99];
}
