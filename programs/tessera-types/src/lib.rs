//! The wire format of Tessera: what the program stores, emits and refuses.
//!
//! Every structure is `repr(C)` with named spare bytes and no implicit padding, so its bytes in an
//! account, in an event and in an instruction are its bytes in memory (little-endian). Layouts,
//! discriminators and codes change by addition only.

pub mod accounts;
pub mod args;
pub mod errors;
pub mod events;
pub mod limits;
pub mod quote;
pub mod seeds;

pub use errors::TesseraError;
pub use solana_address::Address;

solana_address::declare_id!("DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8");

/// The absent address: all zeros, which is the system program and so no wallet's key.
pub const NO_ADDRESS: Address = Address::new_from_array([0; 32]);

/// Layout version that the program writes into every account it creates.
pub const LAYOUT_VERSION: u8 = 1;

/// Referral levels that a charge can pay, nearest referrer first.
pub const REFERRAL_LEVELS: usize = 3;

/// Loyalty tiers of an org.
pub const TIERS: usize = 4;

/// Declares a structure whose memory is its wire form: an Anchor account for the program
/// (feature `program`), a plain `Pod` for hosts, both with the same bytes.
macro_rules! account {
    ($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* } discriminator = $disc:expr;) => {
        #[cfg_attr(feature = "program", anchor_lang::prelude::account)]
        #[cfg_attr(not(feature = "program"), derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable), repr(C))]
        #[derive(Debug, PartialEq, Eq)]
        $(#[$meta])*
        pub struct $name { $($body)* }

        impl $crate::accounts::AccountType for $name {
            const NAME: &'static str = stringify!($name);
            const DISCRIMINATOR: [u8; 8] = $disc;
        }
    };
}
pub(crate) use account;
