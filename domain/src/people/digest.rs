//! Identifiers are looked up by HMAC-SHA256 under the organisation's key: a copy of the database
//! reveals no identifiers, and two organisations cannot compare the people they know.

use super::Identifier;
use crate::access::secret::DigestKey;

const DOMAIN: &str = "tessera/v1/identifier";
const MAIL_DOMAIN: &str = "tessera/v1/mail-domain";

/// The digest by which an identifier is stored and looked up. The message is the domain
/// `tessera/v1/identifier`, a zero byte, the kind's name, a zero byte and the value, so that equal
/// texts of two kinds differ.
pub fn digest(key: &DigestKey, identifier: &Identifier) -> [u8; 32] {
    key.hmac(DOMAIN, identifier.kind().as_str(), identifier.value())
}

/// The digest by which the domain of an e-mail address is counted, in the same form under a domain of its own:
/// some domains are one person's, and name them as the address does.
pub fn mail_domain_digest(key: &DigestKey, domain: &str) -> [u8; 32] {
    key.hmac(MAIL_DOMAIN, "email", domain)
}
