//! Identifiers are looked up by HMAC-SHA256 under the organisation's key: a copy of the database
//! reveals no identifiers, and two organisations cannot compare the people they know.

use super::Identifier;
use crate::access::secret::DigestKey;
use hmac::{Hmac, Mac};
use sha2::Sha256;

const DOMAIN: &[u8] = b"tessera/v1/identifier\0";

/// The digest by which an identifier is stored and looked up. The message is the domain
/// `tessera/v1/identifier`, a zero byte, the kind's name, a zero byte and the value, so that equal
/// texts of two kinds differ.
pub fn digest(key: &DigestKey, identifier: &Identifier) -> [u8; 32] {
    Hmac::<Sha256>::new_from_slice(key.bytes())
        .expect("HMAC takes a key of any length")
        .chain_update(DOMAIN)
        .chain_update(identifier.kind().as_str())
        .chain_update([0])
        .chain_update(identifier.value())
        .finalize()
        .into_bytes()
        .into()
}
