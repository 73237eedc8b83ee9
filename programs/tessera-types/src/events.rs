//! Receipts: the one event that an instruction makes for the account it is about.
//!
//! An event is its 8-byte discriminator (first bytes of SHA-256 of `event:<Name>`), then the
//! structure; payments then carry one [`LedgerShare`] for each paid level and nothing for the rest.
//! The account's head becomes `sha256(head || event bytes)` and its seq grows by one, so anybody who
//! holds the events can prove against the account that none is missing, added, moved or edited.
//!
//! An event is never logged. It rides calls that the program itself makes: [`crate::carrier`] says
//! which bytes of them it is.

mod administration;
mod giving;
mod membership;
mod payment;
mod subscription;

pub use administration::*;
pub use giving::*;
pub use membership::*;
pub use payment::*;
pub use subscription::*;

use crate::{Address, REFERRAL_LEVELS};
use bytemuck::Pod;

/// An event structure, its name and the bytes that announce it.
pub trait EventType: Pod + crate::describe::Described {
    /// The name in the IDL.
    const NAME: &'static str;
    /// First 8 bytes of SHA-256 of `event:<NAME>`.
    const DISCRIMINATOR: [u8; 8];
    /// Receipt fields, common to all events.
    fn receipt(&self) -> &Receipt;
}

crate::plain! {
    /// Which account an event is about, and which of its receipts it is.
    pub struct Receipt {
        /// The account whose chain this receipt continues.
        pub account: Address,
        /// The account's life: the slot in which it was created.
        pub life: u64,
        /// Its number within that life, from 1.
        pub seq: u64,
        /// The network's clock, Unix seconds.
        pub at: i64,
    }
}

crate::plain! {
    /// Where the money of one payment went, in the mint's smallest unit.
    /// `debit = merchant + keeper_fee + sum of ledger shares - debt_repaid`.
    pub struct Settlement {
        /// Taken from the payer: the locked price less their tier's discount and, at a change of
        /// plan, the credit; the amount stated of a metered plan or an invoice.
        pub debit: u64,
        /// Received by the plan's destination.
        pub merchant: u64,
        /// Received by the keeper who sent the charge.
        pub keeper_fee: u64,
        /// What of the shares paid the ledgers' debts, and so went to the merchant.
        pub debt_repaid: u64,
        /// Points that the payer's member account received.
        pub points: u64,
        /// Points of it that had expired and were dropped before.
        pub points_expired: u64,
        /// Start of the period that is paid, Unix seconds; of an invoice, when it was paid.
        pub period_start: i64,
        /// Until when service is now paid, Unix seconds; of an invoice, when it was paid.
        pub paid_through: i64,
        /// How many shares follow.
        pub levels: u8,
        /// [`Settlement::VAULT_FROZEN`] and what follows it, the rest zero.
        pub flags: u8,
        /// The payer's tier before the payment, which boost and discount are those of.
        pub tier: u8,
        /// Zero.
        pub spare: [u8; 5],
    }
}

crate::bits! {
    Settlement {
        /// Set in `flags`: the vault was frozen, so no level accrued and the merchant got their part.
        pub const VAULT_FROZEN: u8 = 1;
        /// Set in `flags`: the first level's ledger was closed, so its share is 0 and the merchant got
        /// it; the bits of the second and third level follow.
        pub const LEDGER_CLOSED_1: u8 = 2;
        /// The same of the second level.
        pub const LEDGER_CLOSED_2: u8 = 4;
        /// The same of the third level.
        pub const LEDGER_CLOSED_3: u8 = 8;
        /// Set in `flags`: the pending plan took over with this period.
        pub const PLAN_FOLLOWED: u8 = 16;
        /// Set in `flags`: usage was stated for the period of a metered plan.
        pub const STATED: u8 = 32;
    }
}

crate::plain! {
    /// Commission of one referral level.
    pub struct LedgerShare {
        /// The ledger.
        pub ledger: Address,
        /// What it accrued, debts that it paid included; of a refund, what was taken back, debts that it
        /// made included. In the mint's smallest unit.
        pub amount: u64,
    }
}

/// The most shares that follow a payment.
pub type LedgerShares = [LedgerShare; REFERRAL_LEVELS];
