//! Signing with DKIM (RFC 6376), and the record that receivers verify with.
//!
//! Law: what readers, filters and mailbox providers go by is signed: sender, recipient, subject, date,
//! bodies, and both headers of one-click unsubscribing, without which no provider offers that.
//! `From` is signed once more than it stands there, and headers that do not stand there are signed
//! as absent, so that none can be added.

use crate::{address, error::Error};
use base64::{Engine, engine::general_purpose::STANDARD};
use mail_auth::{
    common::{
        crypto::{Algorithm, DkimKey, Ed25519Key, RsaKey, Sha256, SigningKey},
        headers::{HeaderWriter, Writable},
    },
    dkim::DkimSigner,
};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1::DecodeRsaPublicKey,
    pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding},
    rand_core::OsRng,
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use std::fmt;

/// Bits of a new key: what every receiver verifies and what fits most DNS hosts' forms.
const NEW_KEY_BITS: usize = 2048;

const SIGNED: [&str; 11] = [
    "From",
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];
/// Signed where it stands; relays add one of their own where it does not.
const SIGNED_IF_THERE: &str = "Feedback-ID";

const UNREADABLE: Error = Error::refused(
    "pem",
    "must hold an RSA key of 2048 bits or more, as PKCS#1 or PKCS#8, or an Ed25519 key as PKCS#8",
);

/// A key that signs for a domain, under the selector that its public half is published at.
pub struct Signer {
    domain: String,
    selector: String,
    key: DkimKey,
    /// The public half, as the record has it.
    public: Vec<u8>,
}

impl Signer {
    /// Reads a private key: RSA as PKCS#1 or PKCS#8, or Ed25519 as PKCS#8.
    ///
    /// # Errors
    /// `domain`, `selector` or `pem` breaks a rule.
    pub fn from_pem(domain: &str, selector: &str, pem: &str) -> Result<Self, Error> {
        let domain = address::ascii_domain("domain", domain)?;
        let selector = checked_selector(selector)?;
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| UNREADABLE)?;
        let (key, public) = read(der)?;
        Ok(Self {
            domain,
            selector,
            key,
            public,
        })
    }

    /// Makes a new RSA key, and returns it as PKCS#8 in PEM to be kept secret. That takes a second
    /// or two of computing.
    ///
    /// # Errors
    /// `domain` or `selector` breaks a rule, or there is no randomness.
    pub fn generate_rsa(domain: &str, selector: &str) -> Result<(String, Self), Error> {
        let key = RsaPrivateKey::new(&mut OsRng, NEW_KEY_BITS).map_err(|_| Error::Generating)?;
        let pem = key
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| Error::Generating)?;
        let signer = Self::from_pem(domain, selector, &pem)?;
        Ok((pem.to_string(), signer))
    }

    /// The domain that it signs for.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The TXT record to publish: its name and its value. DNS splits a value into strings of at
    /// most 255 bytes; most hosts do that by themselves.
    #[must_use]
    pub fn dns_record(&self) -> (String, String) {
        let kind = match &self.key {
            DkimKey::Rsa(_) => "rsa",
            DkimKey::Ed25519(_) => "ed25519",
        };
        (
            record_name(&self.domain, &self.selector),
            format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(&self.public)),
        )
    }

    /// The header to put in front of a message.
    pub(crate) fn sign(&self, message: &[u8], has_feedback_id: bool) -> Result<String, Error> {
        let signed = SIGNED
            .into_iter()
            .chain(has_feedback_id.then_some(SIGNED_IF_THERE));
        DkimSigner::from_key(Lent(&self.key))
            .domain(&self.domain)
            .selector(&self.selector)
            .headers(signed)
            .sign(message)
            .map(|signature| unfolded_end(&signature.to_header()))
            .map_err(|_| Error::Signing)
    }
}

/// The header with its last semicolon behind the signature, not on a line of its own: no signature covers the
/// white space around its value, but dkimpy 1.1.8 takes away only what stands in front of it, and refuses.
fn unfolded_end(header: &str) -> String {
    let end = header.trim_end();
    match end.strip_suffix(';') {
        Some(value) => format!("{};\r\n", value.trim_end()),
        None => format!("{end}\r\n"),
    }
}

/// A key that another message is signed with afterwards.
struct Lent<'a>(&'a DkimKey);

impl SigningKey for Lent<'_> {
    type Hasher = Sha256;

    fn sign(&self, input: impl Writable) -> mail_auth::Result<Vec<u8>> {
        self.0.sign(input)
    }

    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }
}

/// Where the record of a selector stands.
pub(crate) fn record_name(domain: &str, selector: &str) -> String {
    format!("{selector}._domainkey.{domain}")
}

pub(crate) fn checked_selector(selector: &str) -> Result<String, Error> {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if selector.len() <= 100 && selector.split('.').all(is_label) {
        Ok(selector.to_ascii_lowercase())
    } else {
        Err(Error::refused(
            "selector",
            "must be labels of letters, digits, - and _, separated by dots",
        ))
    }
}

/// A key and its public half.
fn read(der: PrivateKeyDer<'_>) -> Result<(DkimKey, Vec<u8>), Error> {
    if let PrivateKeyDer::Pkcs8(pkcs8) = &der
        && let Ok(key) = Ed25519Key::from_pkcs8_maybe_unchecked_der(pkcs8.secret_pkcs8_der())
    {
        let public = key.public_key();
        return Ok((key.into(), public));
    }
    let key = RsaKey::<Sha256>::from_key_der(der).map_err(|_| UNREADABLE)?;
    let public = RsaPublicKey::from_pkcs1_der(&key.public_key())
        .map_err(|_| UNREADABLE)?
        .to_public_key_der()
        .map_err(|_| UNREADABLE)?;
    Ok((key.into(), public.into_vec()))
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("domain", &self.domain)
            .field("selector", &self.selector)
            .finish_non_exhaustive()
    }
}
