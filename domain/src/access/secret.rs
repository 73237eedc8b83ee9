//! Secrets, and what is derived from them. Every key comes from one 32-byte master key by HKDF with
//! a label of its own, so that no key can replace another; randomness is passed in. Nothing here
//! prints a key.

mod key;
mod seal;
mod token;

pub(crate) use key::hmac_sha256;
pub use key::{DataKey, DigestKey, MasterKey, PseudonymKey, WrapKey};
pub use seal::{NONCE_BYTES, open, seal, unwrap, wrap};
pub use token::{Token, TokenKind};

use thiserror::Error;

/// Why a secret cannot be used. No error contains any part of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SecretError {
    /// The master key's text is malformed.
    #[error("master key: must be 64 hexadecimal digits")]
    Hex,
    /// The master key is one byte repeated: a placeholder, not a key.
    #[error("master key: must be random, not one byte repeated")]
    Weak,
    /// The plaintext is longer than the cipher takes (256 GiB).
    #[error("plaintext: must be shorter than 256 GiB")]
    TooLong,
    /// Sealed bytes that are shorter than a nonce and a tag.
    #[error("sealed bytes: must hold a nonce of 24 bytes and a tag of 16")]
    Truncated,
    /// The bytes were changed, or the key or the associated data is another.
    #[error("sealed bytes: do not open with this key and associated data")]
    Unopened,
    /// A wrapped key that does not hold 32 bytes.
    #[error("wrapped key: must hold 32 bytes")]
    WrappedLength,
    /// A token without a known prefix.
    #[error("token: must begin with tsk_write_, tsk_read_, tsk_admin_ or tsk_session_")]
    TokenKind,
    /// A token whose end is not 32 bytes of base58.
    #[error("token: must end with the base58 text of 32 bytes; it may be cut off")]
    TokenBody,
}
