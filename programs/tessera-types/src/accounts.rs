//! Accounts of the program, one file each. On chain each begins with its 8-byte discriminator
//! (first bytes of SHA-256 of `account:<Name>`), then the structure.

mod authority;
mod code;
mod issuer;
mod ledger;
mod member;
mod org;
mod plan;
mod subscription;

pub use authority::Authority;
pub use code::Code;
pub use issuer::Issuer;
pub use ledger::Ledger;
pub use member::Member;
pub use org::{Org, Tier};
pub use plan::Plan;
pub use subscription::{Subscription, SubscriptionState};

use bytemuck::Pod;

/// Length of the discriminator in front of every account and event.
pub const DISCRIMINATOR_LEN: usize = 8;

/// An account structure, its name and the bytes that announce it.
pub trait AccountType: Pod {
    /// The name in the IDL.
    const NAME: &'static str;
    /// First 8 bytes of SHA-256 of `account:<NAME>`.
    const DISCRIMINATOR: [u8; DISCRIMINATOR_LEN];
    /// Length of the account's data on chain, in bytes.
    const LEN: usize = DISCRIMINATOR_LEN + size_of::<Self>();
}
