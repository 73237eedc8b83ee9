//! Bearer tokens: a prefix that names the kind of token (and lets secret scanners find it), then 32
//! random bytes in base58. Only the SHA-256 of the text is stored: with 256 random bits a slow hash
//! adds nothing.

use super::SecretError;
use crate::base58;
use sha2::{Digest, Sha256};
use std::fmt;

/// The purpose of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An API key that may send events; public, as it is part of web pages.
    Write,
    /// An API key that may read.
    Read,
    /// An API key that may change settings.
    Admin,
    /// A signed-in person's session.
    Session,
}

impl TokenKind {
    const ALL: [Self; 4] = [Self::Write, Self::Read, Self::Admin, Self::Session];

    /// The prefix of its tokens.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Write => "tsk_write_",
            Self::Read => "tsk_read_",
            Self::Admin => "tsk_admin_",
            Self::Session => "tsk_session_",
        }
    }
}

/// A token in the clear, shown once to its holder.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    kind: TokenKind,
    secret: [u8; 32],
}

impl Token {
    /// A token of 32 bytes, which the caller drew at random.
    pub fn new(kind: TokenKind, random: [u8; 32]) -> Self {
        Self {
            kind,
            secret: random,
        }
    }

    /// Reads what [`Token::text`] writes.
    ///
    /// # Errors
    /// When the prefix is unknown, or what follows is not the base58 text of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let (kind, body) = TokenKind::ALL
            .into_iter()
            .find_map(|kind| Some((kind, text.strip_prefix(kind.prefix())?)))
            .ok_or(SecretError::TokenKind)?;
        let secret = base58::decode(body).map_err(|_| SecretError::TokenBody)?;
        Ok(Self { kind, secret })
    }

    /// The purpose of the token.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Its text, which is the secret itself.
    pub fn text(&self) -> String {
        format!("{}{}", self.kind.prefix(), base58::encode(&self.secret))
    }

    /// SHA-256 of the text, which is stored and looked up.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}..)", self.kind.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_another_form_is_refused() {
        let text = Token::new(TokenKind::Read, [7; 32]).text();
        for (wrong, error) in [
            (String::new(), SecretError::TokenKind),
            (text.replace("read", "owner"), SecretError::TokenKind),
            (text.to_uppercase(), SecretError::TokenKind),
            (format!(" {text}"), SecretError::TokenKind),
            (format!("{text} "), SecretError::TokenBody),
            (text[..text.len() - 1].to_owned(), SecretError::TokenBody),
            ("tsk_read_".to_owned(), SecretError::TokenBody),
        ] {
            assert_eq!(Token::parse(&wrong).err(), Some(error), "{wrong:?}");
        }
    }

    #[test]
    fn a_token_is_read_as_it_was_written_and_never_printed() {
        for kind in TokenKind::ALL {
            let token = Token::new(kind, [7; 32]);
            let text = token.text();
            assert_eq!(Token::parse(&text), Ok(token.clone()));
            let printed = format!("{token:?}");
            assert_eq!(printed, format!("Token({}..)", kind.prefix()));
        }
    }

    #[test]
    fn the_kind_is_part_of_the_hash() {
        let hash = |kind| Token::new(kind, [7; 32]).hash();
        assert_ne!(hash(TokenKind::Read), hash(TokenKind::Admin));
    }
}
