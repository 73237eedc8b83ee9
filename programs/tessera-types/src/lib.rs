//! The wire format of Tessera: what the program stores, emits and refuses.
//!
//! Every structure is `repr(C)` with named spare bytes and no implicit padding, so its bytes in an
//! account, in an event and in an instruction are its bytes in memory (little-endian). Layouts,
//! discriminators and codes change by addition only.

#![warn(missing_docs)]

pub mod accounts;
pub mod args;
pub mod calendar;
pub mod carrier;
pub mod describe;
pub mod errors;
pub mod events;
pub mod limits;
pub mod math;
mod points;
pub mod quote;
pub mod seeded;
pub mod seeds;
pub mod voucher;
pub mod window;

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
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident { $($(#[doc = $doc:literal])* pub $field:ident: $type:ty,)* }
        discriminator = $disc:expr;
    ) => {
        #[cfg_attr(feature = "program", anchor_lang::prelude::account)]
        #[cfg_attr(not(feature = "program"), derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable), repr(C))]
        #[derive(Debug, PartialEq, Eq)]
        $(#[doc = $about])*
        pub struct $name { $($(#[doc = $doc])* pub $field: $type,)* }

        impl $crate::accounts::AccountType for $name {
            const NAME: &'static str = stringify!($name);
            const DISCRIMINATOR: [u8; 8] = $disc;
            fn header(&self) -> &$crate::accounts::Header { &self.header }
            fn header_mut(&mut self) -> &mut $crate::accounts::Header { &mut self.header }
        }

        $crate::described!($name, [$($about)*], $($field: $type, [$($doc)*];)*);
    };
}
pub(crate) use account;

/// Declares a part of accounts, events and arguments.
macro_rules! part {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident { $($(#[doc = $doc:literal])* pub $field:ident: $type:ty,)* }
    ) => {
        $(#[doc = $about])*
        #[cfg_attr(
            feature = "program",
            derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize, anchor_lang::IdlType)
        )]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
        #[repr(C)]
        pub struct $name { $($(#[doc = $doc])* pub $field: $type,)* }

        $crate::described!($name, [$($about)*], $($field: $type, [$($doc)*];)*);
    };
}
pub(crate) use part;

/// Declares a part of events only, or an event: nothing that Anchor reads or writes.
macro_rules! plain {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident { $($(#[doc = $doc:literal])* pub $field:ident: $type:ty,)* }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
        #[repr(C)]
        pub struct $name { $($(#[doc = $doc])* pub $field: $type,)* }

        $crate::described!($name, [$($about)*], $($field: $type, [$($doc)*];)*);
    };
}
pub(crate) use plain;

/// Declares an event: a receipt, then its fields. The documents have types as they stand here, so
/// `Receipt` has no path.
macro_rules! event {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident { $($(#[doc = $doc:literal])* pub $field:ident: $type:ty,)* }
        discriminator = $disc:expr;
    ) => {
        $crate::plain! {
            $(#[doc = $about])*
            pub struct $name {
                /// Whose receipt this is.
                pub receipt: Receipt,
                $($(#[doc = $doc])* pub $field: $type,)*
            }
        }

        impl $crate::events::EventType for $name {
            const NAME: &'static str = stringify!($name);
            const DISCRIMINATOR: [u8; 8] = $disc;
            fn receipt(&self) -> &Receipt { &self.receipt }
        }
    };
}
pub(crate) use event;

/// Declares the bits that a field of a structure has.
macro_rules! bits {
    ($name:ident { $($(#[doc = $doc:literal])* pub const $bit:ident: u8 = $value:literal;)* }) => {
        impl $name { $($(#[doc = $doc])* pub const $bit: u8 = $value;)* }

        $crate::valued!($name, $($bit = $value, [$($doc)*];)*);
    };
}
pub(crate) use bits;

/// Keeps for the documents which values the source names, of an enumeration or of a field.
macro_rules! valued {
    ($name:ident, $($value_name:ident = $value:literal, [$($doc:literal)*];)*) => {
        impl $crate::describe::Valued for $name {
            const VALUES: &'static [$crate::describe::Value] = &[$($crate::describe::Value {
                name: stringify!($value_name),
                value: $value,
                about: concat!($($doc, "\n"),*),
            }),*];
        }
    };
}
pub(crate) use valued;

/// Keeps for the documents what the source says of a structure and its fields.
macro_rules! described {
    ($name:ident, [$($about:literal)*], $($field:ident: $type:ty, [$($doc:literal)*];)*) => {
        impl $crate::describe::Described for $name {
            const ABOUT: &'static str = concat!($($about, "\n"),*);
            const FIELDS: &'static [$crate::describe::Field] = &[$($crate::describe::Field {
                name: stringify!($field),
                type_name: stringify!($type),
                offset: core::mem::offset_of!($name, $field),
                len: size_of::<$type>(),
                about: concat!($($doc, "\n"),*),
            }),*];
        }
    };
}
pub(crate) use described;
