//! The secret that an endpoint's messages are signed with, and signatures by version `v1` of the
//! specification: the HMAC-SHA256 of `id.timestamp.body`.

use crate::access::secret::hmac_sha256;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;

/// Bytes of a secret; the specification wants 24 to 64.
pub const SECRET_BYTES: usize = 32;

/// The prefix by which a secret is recognised, by people and by scanners.
const PREFIX: &str = "whsec_";

/// A secret. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret([u8; SECRET_BYTES]);

impl WebhookSecret {
    /// A secret of bytes that the caller drew at random.
    pub fn new(random: [u8; SECRET_BYTES]) -> Self {
        Self(random)
    }

    /// Its text, which its receiver is shown once.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0))
    }

    /// Its bytes, to be sealed.
    pub fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// The signature of a message, for the header `webhook-signature`.
    pub fn sign(&self, id: &str, at_secs: i64, body: &str) -> String {
        let mac = hmac_sha256(&self.0, &[id, ".", &at_secs.to_string(), ".", body]);
        format!("v1,{}", STANDARD.encode(mac))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(
            format!("{:?}", WebhookSecret::new([1; 32])),
            "WebhookSecret(..)"
        );
    }

    #[test]
    fn each_part_of_a_message_is_signed() {
        let secret = WebhookSecret::new([1; 32]);
        let signature = secret.sign("msg_1", 1, "{}");
        for other in [
            secret.sign("msg_2", 1, "{}"),
            secret.sign("msg_1", 2, "{}"),
            secret.sign("msg_1", 1, "{ }"),
            WebhookSecret::new([2; 32]).sign("msg_1", 1, "{}"),
        ] {
            assert_ne!(signature, other);
        }
        assert_eq!(signature, secret.sign("msg_1", 1, "{}"));
    }
}
