//! Keys: the master key and what HKDF-SHA256 (RFC 5869, without salt) derives from it. The info is
//! the label, a zero byte and the context; changing either loses every digest and wrapped key.

use super::SecretError;
use hkdf::Hkdf;
use hmac::{Hmac, Mac, digest::Key};
use sha2::Sha256;
use std::fmt;

const DIGEST_LABEL: &str = "tessera/v1/identifier-digest";
const WRAP_LABEL: &str = "tessera/v1/data-key-wrap";
const QUOTE_LABEL: &str = "tessera/v1/quote-authority";
const REPORT_LABEL: &str = "tessera/v1/report-signer";
const ANSWER_LABEL: &str = "tessera/v1/kept-answer";
const MAIL_LABEL: &str = "tessera/v1/mail-key";
const PSEUDONYM_LABEL: &str = "tessera/v1/chain-pseudonym";
const WEBHOOK_LABEL: &str = "tessera/v1/webhook-secret";
const ENRICHMENT_LABEL: &str = "tessera/v1/enrichment-key";

/// 32 bytes that are never printed.
#[derive(Clone, PartialEq, Eq)]
struct Hidden([u8; 32]);

impl Hidden {
    /// The HMAC-SHA256 of the domain, a zero byte, the kind, a zero byte and the text.
    fn hmac(&self, domain: &str, kind: &str, text: &str) -> [u8; 32] {
        hmac_sha256(&self.0, &[domain, "\0", kind, "\0", text])
    }
}

/// The HMAC-SHA256 of the parts, one behind the other.
pub(crate) fn hmac_sha256(key: &[u8; 32], parts: &[&str]) -> [u8; 32] {
    // HMAC extends a key that is shorter than a block with zeros (RFC 2104).
    let mut block = Key::<Hmac<Sha256>>::default();
    block[..key.len()].copy_from_slice(key);
    let mac = parts.iter().fold(Hmac::<Sha256>::new(&block), |mac, part| {
        mac.chain_update(part)
    });
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// The key that every other key is derived from.
#[derive(Debug, Clone)]
pub struct MasterKey(Hidden);

/// An organisation's key for the digests of identifiers.
#[derive(Debug, Clone)]
pub struct DigestKey(Hidden);

/// An organisation's key for the pseudonyms of the chain's accounts in its event log.
#[derive(Debug, Clone)]
pub struct PseudonymKey(Hidden);

/// The key that wraps data keys.
#[derive(Debug, Clone)]
pub struct WrapKey(Hidden);

/// A key that seals: a person's own, without which their traits are lost, or that of stored
/// answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataKey(Hidden);

impl MasterKey {
    /// Reads 64 hexadecimal digits of either case.
    ///
    /// # Errors
    /// When there are more, fewer or other characters, or when the key is one byte repeated.
    pub fn parse_hex(text: &str) -> Result<Self, SecretError> {
        let digits: Vec<u8> = text
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|it| u8::try_from(it).ok()))
            .collect::<Option<_>>()
            .ok_or(SecretError::Hex)?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high * 16 + low).collect();
        let key: [u8; 32] = bytes.try_into().map_err(|_| SecretError::Hex)?;
        if !rest.is_empty() {
            return Err(SecretError::Hex);
        }
        if key.iter().all(|byte| *byte == key[0]) {
            return Err(SecretError::Weak);
        }
        Ok(Self(Hidden(key)))
    }

    /// The key for digests of one organisation's identifiers.
    pub fn digest_key(&self, organisation: i32) -> DigestKey {
        DigestKey(self.derive(DIGEST_LABEL, &organisation.to_be_bytes()))
    }

    /// The key that wraps persons' data keys.
    pub fn wrap_key(&self) -> WrapKey {
        WrapKey(self.derive(WRAP_LABEL, &[]))
    }

    /// The Ed25519 seed of the quote authority of the on-chain Org at `org`.
    pub fn quote_seed(&self, org: &[u8; 32]) -> [u8; 32] {
        self.derive(QUOTE_LABEL, org).0
    }

    /// The Ed25519 seed of the key that signs reports of the on-chain Org at `org`.
    pub fn report_seed(&self, org: &[u8; 32]) -> [u8; 32] {
        self.derive(REPORT_LABEL, org).0
    }

    /// The key under which an organisation's answers are stored for repeated requests: some show a
    /// secret.
    pub fn answer_key(&self, organisation: i32) -> DataKey {
        DataKey(self.derive(ANSWER_LABEL, &organisation.to_be_bytes()))
    }

    /// The key under which the keys are stored that sign an organisation's mail.
    pub fn mail_key(&self, organisation: i32) -> DataKey {
        DataKey(self.derive(MAIL_LABEL, &organisation.to_be_bytes()))
    }

    /// The key for the pseudonyms of the chain's accounts and places in one organisation's log.
    pub fn pseudonym_key(&self, organisation: i32) -> PseudonymKey {
        PseudonymKey(self.derive(PSEUDONYM_LABEL, &organisation.to_be_bytes()))
    }

    /// The key under which the signing secrets of an organisation's webhooks are stored.
    pub fn webhook_key(&self, organisation: i32) -> DataKey {
        DataKey(self.derive(WEBHOOK_LABEL, &organisation.to_be_bytes()))
    }

    /// The key under which an organisation's key of a service that knows companies is stored.
    pub fn enrichment_key(&self, organisation: i32) -> DataKey {
        DataKey(self.derive(ENRICHMENT_LABEL, &organisation.to_be_bytes()))
    }

    fn derive(&self, label: &str, context: &[u8]) -> Hidden {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, &self.0.0)
            .expand_multi_info(&[label.as_bytes(), &[0], context], &mut key)
            .expect("HKDF-SHA256 gives up to 8,160 bytes");
        Hidden(key)
    }
}

impl DigestKey {
    pub(crate) fn hmac(&self, domain: &str, kind: &str, text: &str) -> [u8; 32] {
        self.0.hmac(domain, kind, text)
    }
}

impl PseudonymKey {
    pub(crate) fn hmac(&self, domain: &str, kind: &str, text: &str) -> [u8; 32] {
        self.0.hmac(domain, kind, text)
    }
}

impl WrapKey {
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0.0
    }
}

impl DataKey {
    /// A key of 32 bytes, which the caller drew at random.
    pub fn new(random: [u8; 32]) -> Self {
        Self(Hidden(random))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

    #[test]
    fn a_master_key_of_another_form_is_refused() {
        let short = &HEX[1..];
        let long = format!("{HEX}0");
        let newline = format!("{HEX}\n");
        let sign = HEX.replacen("00", "+0", 1);
        for text in ["", "é", short, &long, &newline, &sign] {
            assert_eq!(MasterKey::parse_hex(text).err(), Some(SecretError::Hex));
        }
        let weak = MasterKey::parse_hex(&"a".repeat(64));
        assert_eq!(weak.err(), Some(SecretError::Weak));
    }

    #[test]
    fn no_key_is_printed() {
        let master = MasterKey::parse_hex(HEX).unwrap();
        let keys = format!(
            "{master:?} {:?} {:?} {:?}",
            master.digest_key(1),
            master.wrap_key(),
            (DataKey::new([7; 32]), master.pseudonym_key(1))
        );
        assert_eq!(
            keys,
            "MasterKey(..) DigestKey(..) WrapKey(..) (DataKey(..), PseudonymKey(..))"
        );
    }

    #[test]
    fn every_purpose_and_organisation_has_a_key_of_its_own() {
        let master = MasterKey::parse_hex(HEX).unwrap();
        let keys = [
            master.digest_key(0).0.0,
            master.digest_key(1).0.0,
            master.digest_key(-1).0.0,
            *master.wrap_key().bytes(),
            *master.answer_key(0).bytes(),
            *master.answer_key(1).bytes(),
            master.pseudonym_key(0).0.0,
            master.pseudonym_key(1).0.0,
            *master.webhook_key(0).bytes(),
            *master.webhook_key(1).bytes(),
            *master.enrichment_key(0).bytes(),
            *master.enrichment_key(1).bytes(),
            master.quote_seed(&[0; 32]),
            master.quote_seed(&[1; 32]),
            master.report_seed(&[0; 32]),
            master.report_seed(&[1; 32]),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }

    /// Against OpenSSL's HMAC-SHA256 of the same key and message.
    #[test]
    fn a_digest_is_the_hmac_of_domain_kind_and_text() {
        let MasterKey(key) = MasterKey::parse_hex(HEX).unwrap();
        let digest = key.hmac("domain", "kind", "text");
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "f2e2b6d3341c809a88057795701ac5d68a4e0df16f3d770a0ab98193f73a85ef"
        );
    }
}
