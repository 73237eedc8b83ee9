//! Invoices, refunds and commission.

use super::{Receipt, Settlement};
use crate::{Address, REFERRAL_LEVELS};

crate::event! {
    /// An invoice was paid: first receipt of an Invoice.
    pub struct InvoicePaid {
        /// Plan whose mint, destination and vault it was paid by.
        pub plan: Address,
        /// Who paid.
        pub wallet: Address,
        /// Token account that paid.
        pub payer_token: Address,
        /// Chosen by the org.
        pub id: u64,
        /// Until when it could be paid, Unix seconds.
        pub deadline: i64,
        /// How long its commission is held, seconds.
        pub hold_secs: u32,
        /// Commission of each referral level, basis points.
        pub commission_bps: [u16; REFERRAL_LEVELS],
        /// Zero.
        pub spare: [u8; 6],
        /// The payment.
        pub settlement: Settlement,
    }
    discriminator = [200, 211, 168, 170, 46, 82, 83, 186];
}

crate::event! {
    /// A payment was given back, in part or in full: receipt of a Subscription or an Invoice. The levels'
    /// shares follow.
    pub struct Refunded {
        /// Sent to the customer, in the mint's smallest unit.
        pub amount: u64,
        /// What of it came from commission that was taken back; the rest is the merchant's.
        pub from_vault: u64,
        /// Points that the customer's member account gave back, debts that they made included.
        pub points: u64,
        /// Points of it that had expired and were dropped before.
        pub points_expired: u64,
        /// Token account that paid the rest.
        pub source: Address,
        /// Token account that received it.
        pub destination: Address,
        /// How many shares follow.
        pub levels: u8,
        /// [`Settlement::VAULT_FROZEN`]: all that levels give back is owed.
        pub flags: u8,
        /// Zero.
        pub spare: [u8; 6],
    }
    discriminator = [35, 103, 149, 246, 196, 123, 221, 99];
}

crate::event! {
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

crate::event! {
    /// Commission that was held can be claimed: receipt of a Ledger.
    pub struct CommissionReleased {
        /// Released now, in the mint's smallest unit.
        pub amount: u64,
    }
    discriminator = [197, 122, 95, 102, 54, 139, 33, 69];
}

crate::event! {
    /// Commission left the vault: receipt of a Ledger.
    pub struct CommissionClaimed {
        /// Paid out, in the mint's smallest unit.
        pub amount: u64,
        /// Token account that received it.
        pub destination: Address,
    }
    discriminator = [39, 106, 107, 183, 92, 78, 148, 99];
}
