//! Pseudonyms of the chain's accounts and places in an organisation's event log. The chain is
//! public: with their own names, or a plain hash of them, anyone who has the log could look up the
//! wallet of each event, even after its person was erased.

use super::idempotency::version_8;
use crate::access::secret::PseudonymKey;
use uuid::Uuid;

const DOMAIN: &str = "tessera/v1/pseudonym";

/// The pseudonym of an account or place: the first 16 bytes of the HMAC-SHA256 of
/// `tessera/v1/pseudonym`, a zero byte, the kind, a zero byte and its own name, as a UUID of
/// version 8. It is stable within an organisation, and differs between organisations.
pub fn pseudonym(key: &PseudonymKey, kind: &str, name: &str) -> Uuid {
    version_8(&key.hmac(DOMAIN, kind, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::secret::MasterKey;

    #[test]
    fn kinds_names_and_organisations_do_not_meet() {
        let master = MasterKey::parse_hex(&format!("{}ff", "01".repeat(31))).unwrap();
        let [one, two] = [1, 2].map(|organisation| master.pseudonym_key(organisation));
        let names = [
            pseudonym(&one, "account", "a"),
            pseudonym(&one, "account", "b"),
            pseudonym(&one, "place", "a"),
            pseudonym(&two, "account", "a"),
        ];
        let distinct: std::collections::BTreeSet<Uuid> = names.into_iter().collect();
        assert_eq!(distinct.len(), names.len());
        assert_eq!(pseudonym(&one, "account", "a"), names[0]);
    }
}
