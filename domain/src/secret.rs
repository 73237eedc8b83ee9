//! placeholder until the identity branch lands
use sha2::{Digest, Sha256};
/// hash
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
/// master
#[derive(Clone)]
pub struct MasterKey([u8; 32]);
impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}
impl MasterKey {
    /// n
    pub fn new(b: [u8; 32]) -> Self {
        Self(b)
    }
    /// q
    pub fn quote_seed(&self, _o: &[u8; 32]) -> [u8; 32] {
        self.0
    }
}
