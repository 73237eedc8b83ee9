//! The quote authority: the key that signs an Org's quotes. It follows from the master key and the
//! Org's address, so there is none to store; the chain has to name it in the Org's account.

use crate::Engine;
use ed25519_dalek::SigningKey;
use tessera_store::Key;

impl Engine {
    /// The address of the key that signs quotes of `org`.
    pub fn quote_authority(&self, org: Key) -> Key {
        self.quote_signer(org).verifying_key().to_bytes().into()
    }

    pub(super) fn quote_signer(&self, org: Key) -> SigningKey {
        SigningKey::from_bytes(&self.master_key.quote_seed(&org.0))
    }
}
