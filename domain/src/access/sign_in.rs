//! Sign In With Solana: the text that a wallet signs, parsed strictly and checked against the
//! request. A text has one reading, and binds site, network, nonce and time.
//!
//! The signature itself is checked elsewhere: strictly, by the key [`Message::address`], over the
//! bytes as received (never over a text rendered from the parsed message).

mod message;
mod network;
mod parse;
mod verify;

pub use message::{Field, MAX_MESSAGE_BYTES, Message};
pub use network::Network;
pub use parse::parse;
pub use verify::{Expected, MAX_AHEAD_SECS, verify};

use crate::{base58::Base58Error, refusal::Refusal};
use thiserror::Error;

/// Why a message signs nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignInError {
    /// Longer than any honest message.
    #[error("message: must have at most 4096 bytes")]
    TooLong,
    /// A carriage return, NUL, tab or other control character, or one that is not ASCII.
    #[error("message: must be printable ASCII in lines that end with LF alone")]
    Character,
    /// The first line is malformed.
    #[error("message: must begin with a domain that wants you to sign in with your Solana account")]
    Header,
    /// The domain is malformed.
    #[error("domain: must be a host, perhaps with a port")]
    Domain,
    /// The second line is no address.
    #[error("address: {0}")]
    Address(#[from] Base58Error),
    /// A statement that would be read as a field, is empty, or spans lines.
    #[error("statement: must be one line that is no field, between empty lines")]
    Statement,
    /// A line that is no field.
    #[error("line {0}: must be a field")]
    Line(usize),
    /// A field that occurs twice.
    #[error("{0}: must be there once")]
    Duplicate(Field),
    /// A field after one that it must precede.
    #[error("{0}: must stand in the standard's order")]
    Order(Field),
    /// A field is malformed.
    #[error("{0}: must have the form that the standard gives it")]
    Form(Field),
    /// A required field is missing.
    #[error("{0}: must be there")]
    Missing(Field),
    /// Another site's message.
    #[error("domain: must be this site")]
    WrongDomain,
    /// Another site's address.
    #[error("URI: must be on this site")]
    WrongUri,
    /// Another version.
    #[error("Version: must be 1")]
    WrongVersion,
    /// Another network.
    #[error("Chain ID: must be the network that was asked for")]
    WrongNetwork,
    /// Another nonce, or an old one.
    #[error("Nonce: must be the one that was given out")]
    WrongNonce,
    /// Issued further ahead than clocks differ.
    #[error("Issued At: must not lie ahead by more than 600 seconds")]
    IssuedAhead,
    /// Issued too long ago.
    #[error("Issued At: must not lie too far back")]
    IssuedTooLongAgo,
    /// Not valid yet.
    #[error("Not Before: must have come")]
    NotYetValid,
    /// No longer valid.
    #[error("Expiration Time: must lie ahead")]
    Expired,
    /// A message that would be read as another one.
    #[error("message: must read as what it was made of")]
    Ambiguous,
}

impl From<SignInError> for Refusal {
    fn from(error: SignInError) -> Self {
        Self::new(
            "message",
            format!("must be a message that this site takes ({error})"),
        )
    }
}
