//! Tokens of the links in messages: a person who has one has got the message. They are random, and only their
//! digests are stored, so that a copy of the database opens nothing.

use sha2::{Digest, Sha256};
use std::fmt;

/// Bytes of a token: too many to guess.
const BYTES: usize = 16;

/// A token. Debug output does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageToken(String);

impl MessageToken {
    /// What a text must be to be one.
    pub const RULE: &str = "must be 32 hexadecimal digits";

    /// A token of bytes that the caller drew at random.
    pub fn new(random: [u8; BYTES]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(random)))
    }

    /// Reads a token, in either case: mail servers do not keep that of addresses.
    pub fn parse(text: &str) -> Option<Self> {
        let is_token = text.len() == 2 * BYTES && text.bytes().all(|it| it.is_ascii_hexdigit());
        is_token.then(|| Self(text.to_ascii_lowercase()))
    }

    /// Its text, as it stands in a link.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl fmt::Debug for MessageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageToken(..)")
    }
}
