//! Checks that a message answers the request: this site, this network, this nonce, now.

use super::{Field, Message, Network, SignInError};
use crate::time::Timestamp;

/// How far the clock that dated a message may be ahead of ours: 10 minutes, as in Phantom.
pub const MAX_AHEAD_SECS: i64 = 600;

/// What a message must answer.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Host and perhaps port, as a browser shows it.
    pub domain: &'a str,
    /// Scheme, host and perhaps port, without a slash at the end.
    pub origin: &'a str,
    /// The network.
    pub network: Network,
    /// The nonce that was issued and is not used yet.
    pub nonce: &'a str,
    /// The present.
    pub now: Timestamp,
    /// Most seconds since the message was issued.
    pub max_age_secs: i64,
}

/// Checks a message against the request. The caller must also check the signature, and use up the
/// nonce in the same step.
///
/// # Errors
/// The first difference: site, version, network, nonce, then time.
pub fn verify(message: &Message, expected: &Expected<'_>) -> Result<(), SignInError> {
    if message.domain != expected.domain {
        return Err(SignInError::WrongDomain);
    }
    if !is_on(required(&message.uri, Field::Uri)?, expected.origin) {
        return Err(SignInError::WrongUri);
    }
    if required(&message.version, Field::Version)? != "1" {
        return Err(SignInError::WrongVersion);
    }
    let chain_id = required(&message.chain_id, Field::ChainId)?;
    if Network::of_chain_id(chain_id) != Some(expected.network) {
        return Err(SignInError::WrongNetwork);
    }
    if required(&message.nonce, Field::Nonce)? != expected.nonce {
        return Err(SignInError::WrongNonce);
    }
    verify_time(message, expected)
}

fn verify_time(message: &Message, expected: &Expected<'_>) -> Result<(), SignInError> {
    let missing = SignInError::Missing;
    let issued_at = message.issued_at.ok_or(missing(Field::IssuedAt))?;
    let expires_at = message
        .expiration_time
        .ok_or(missing(Field::ExpirationTime))?;
    if issued_at > expected.now.plus_secs(MAX_AHEAD_SECS) {
        return Err(SignInError::IssuedAhead);
    }
    if issued_at.plus_secs(expected.max_age_secs) < expected.now {
        return Err(SignInError::IssuedTooLongAgo);
    }
    if message.not_before.is_some_and(|it| it > expected.now) {
        return Err(SignInError::NotYetValid);
    }
    if expires_at <= expected.now {
        return Err(SignInError::Expired);
    }
    Ok(())
}

fn required(value: &Option<String>, field: Field) -> Result<&str, SignInError> {
    value.as_deref().ok_or(SignInError::Missing(field))
}

/// Whether a URI is on an origin: what follows begins a path, a query or a fragment, so that neither
/// `https://site.example.evil.example` nor `https://site.example@evil.example` passes.
fn is_on(uri: &str, origin: &str) -> bool {
    uri.strip_prefix(origin)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}
