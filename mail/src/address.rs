//! Addresses as servers take them.
//!
//! Law: an address is ASCII. Domains are converted, local parts outside of ASCII are refused: not
//! every server takes them (SMTPUTF8), and one on the way that does not would lose the mail.

use crate::{error::Error, field::is_atext};
use lettre::Address;

/// Bytes of a local part and of an address, by RFC 5321.
const MOST_OF_LOCAL: usize = 64;
const MOST_OF_ADDRESS: usize = 254;

pub(crate) fn parse(field: &'static str, text: &str) -> Result<Address, Error> {
    let (local, domain) = text
        .rsplit_once('@')
        .ok_or(Error::refused(field, "must be an address, name@domain"))?;
    if !local.is_ascii() {
        return Err(Error::refused(
            field,
            "must have only ASCII characters before the @",
        ));
    }
    // Quoted local parts could hold anything; nobody's mailbox needs them.
    let is_dot_atom = local.len() <= MOST_OF_LOCAL
        && local
            .split('.')
            .all(|atom| !atom.is_empty() && atom.bytes().all(is_atext));
    if !is_dot_atom {
        return Err(Error::refused(
            field,
            "must have 1 to 64 letters, digits and signs before the @",
        ));
    }
    let domain = ascii_domain(field, domain)?;
    if local.len() + 1 + domain.len() > MOST_OF_ADDRESS {
        return Err(Error::refused(field, "must be at most 254 bytes long"));
    }
    Address::new(local, domain).map_err(|_| Error::refused(field, "must be an address"))
}

/// A domain as DNS knows it.
pub(crate) fn ascii_domain(field: &'static str, domain: &str) -> Result<String, Error> {
    let refused = Error::refused(field, "must have a domain");
    let domain = idna::domain_to_ascii_strict(domain).map_err(|_| refused.clone())?;
    // The name of a host without a dot is a network's own; a trailing dot stands in no header.
    if domain.ends_with('.') || domain.parse::<std::net::IpAddr>().is_ok() {
        return Err(refused);
    }
    Ok(domain)
}
