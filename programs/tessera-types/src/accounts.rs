//! Accounts of the program, one file each. On chain each begins with its 8-byte discriminator
//! (first bytes of SHA-256 of `account:<Name>`), then the structure.

mod authority;
mod campaign;
mod claim;
mod code;
mod config;
mod header;
mod invoice;
mod issuer;
mod ledger;
mod member;
mod nullifier_page;
mod org;
mod plan;
mod position;
mod stake_pool;
mod subscription;

pub use authority::Authority;
pub use campaign::Campaign;
pub use claim::Claim;
pub use code::Code;
pub use config::Config;
pub use header::Header;
pub use invoice::Invoice;
pub use issuer::{ISSUER_WINDOW, Issuer};
pub use ledger::Ledger;
pub use member::{EXPIRY_BUCKETS, MEMBER_WINDOW, Member};
pub use nullifier_page::{NullifierPage, PAGE_VOUCHERS, PAGE_WORDS};
pub use org::{Org, OrgSettings, Tier};
pub use plan::Plan;
pub use position::Position;
pub use stake_pool::StakePool;
pub use subscription::{Subscription, SubscriptionState, Terms};

use bytemuck::Pod;

/// Length of the discriminator in front of every account and event.
pub const DISCRIMINATOR_LEN: usize = 8;

/// An account structure, its name and the bytes that announce it.
pub trait AccountType: Pod + crate::describe::Described {
    /// The name in the IDL.
    const NAME: &'static str;
    /// First 8 bytes of SHA-256 of `account:<NAME>`.
    const DISCRIMINATOR: [u8; DISCRIMINATOR_LEN];
    /// Length of the account's data on chain, in bytes.
    const LEN: usize = DISCRIMINATOR_LEN + size_of::<Self>();

    /// Version, life, rent payer and receipts.
    fn header(&self) -> &Header;
    /// The same, to be changed.
    fn header_mut(&mut self) -> &mut Header;
}
