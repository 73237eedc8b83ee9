//! Accounts of the program, one file each. On chain each begins with its 8-byte discriminator
//! (first bytes of SHA-256 of `account:<Name>`), then the structure.

mod authority;
mod code;
mod header;
mod issuer;
mod ledger;
mod member;
mod org;
mod plan;
mod subscription;

pub use authority::Authority;
pub use code::Code;
pub use header::Header;
pub use issuer::{ISSUER_WINDOW, Issuer};
pub use ledger::Ledger;
pub use member::{EXPIRY_BUCKETS, MEMBER_WINDOW, Member};
pub use org::{Org, Tier};
pub use plan::Plan;
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
