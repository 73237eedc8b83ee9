//! The sign-in message and its text.

use super::{SignInError, parse};
use crate::{base58, time::Timestamp};
use std::fmt::{self, Write};

/// Most bytes of a message.
pub const MAX_MESSAGE_BYTES: usize = 4_096;

/// What follows the domain in the first line.
pub(super) const HEADER: &str = " wants you to sign in with your Solana account:";

/// A field with a label, in the standard's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// `URI`.
    Uri,
    /// `Version`.
    Version,
    /// `Chain ID`.
    ChainId,
    /// `Nonce`.
    Nonce,
    /// `Issued At`.
    IssuedAt,
    /// `Expiration Time`.
    ExpirationTime,
    /// `Not Before`.
    NotBefore,
    /// `Request ID`.
    RequestId,
    /// `Resources`.
    Resources,
}

impl Field {
    pub(super) const ALL: [Self; 9] = [
        Self::Uri,
        Self::Version,
        Self::ChainId,
        Self::Nonce,
        Self::IssuedAt,
        Self::ExpirationTime,
        Self::NotBefore,
        Self::RequestId,
        Self::Resources,
    ];

    /// Its label in the text, without the colon.
    pub fn label(self) -> &'static str {
        match self {
            Self::Uri => "URI",
            Self::Version => "Version",
            Self::ChainId => "Chain ID",
            Self::Nonce => "Nonce",
            Self::IssuedAt => "Issued At",
            Self::ExpirationTime => "Expiration Time",
            Self::NotBefore => "Not Before",
            Self::RequestId => "Request ID",
            Self::Resources => "Resources",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A sign-in message. A wallet leaves out fields that were not requested.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Host and perhaps port of the site that asks.
    pub domain: String,
    /// The wallet's public key.
    pub address: [u8; 32],
    /// What the person reads, in one line.
    pub statement: Option<String>,
    /// The page that asks.
    pub uri: Option<String>,
    /// The format's version: 1.
    pub version: Option<String>,
    /// The network, in one of several spellings: see [`super::Network`].
    pub chain_id: Option<String>,
    /// Makes the message valid only once: 8 or more letters and digits.
    pub nonce: Option<String>,
    /// When the message was issued.
    pub issued_at: Option<Timestamp>,
    /// The message is invalid from this moment on.
    pub expiration_time: Option<Timestamp>,
    /// The message is invalid before this moment.
    pub not_before: Option<Timestamp>,
    /// The site's own name for the request.
    pub request_id: Option<String>,
    /// Further resources that the person agrees to.
    pub resources: Vec<String>,
}

impl Message {
    /// The text to sign, for a wallet that signs only texts. It parses back to the same message.
    ///
    /// # Errors
    /// When a field is malformed, or would make the text read as another message.
    pub fn render(&self) -> Result<String, SignInError> {
        let text = self.text().map_err(|_| SignInError::Ambiguous)?;
        if parse(&text)? == *self {
            Ok(text)
        } else {
            Err(SignInError::Ambiguous)
        }
    }

    fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        let address = base58::encode(&self.address);
        write!(text, "{}{HEADER}\n{address}", self.domain)?;
        if let Some(statement) = &self.statement {
            write!(text, "\n\n{statement}")?;
        }
        let mut gap = "\n";
        for field in Field::ALL {
            if let Some(value) = self.value(field) {
                write!(text, "{gap}\n{field}:{value}")?;
                gap = "";
            }
        }
        Ok(text)
    }

    fn value(&self, field: Field) -> Option<String> {
        let text = |value: &Option<String>| value.as_ref().map(|it| format!(" {it}"));
        let moment = |value: Option<Timestamp>| value.map(|it| format!(" {it}"));
        match field {
            Field::Uri => text(&self.uri),
            Field::Version => text(&self.version),
            Field::ChainId => text(&self.chain_id),
            Field::Nonce => text(&self.nonce),
            Field::IssuedAt => moment(self.issued_at),
            Field::ExpirationTime => moment(self.expiration_time),
            Field::NotBefore => moment(self.not_before),
            Field::RequestId => text(&self.request_id),
            Field::Resources => {
                let lines = self.resources.iter().map(|it| format!("\n- {it}"));
                (!self.resources.is_empty()).then(|| lines.collect())
            }
        }
    }
}
