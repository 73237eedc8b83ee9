//! Sealing with XChaCha20-Poly1305: nonce, ciphertext, tag. The associated data names the owner of
//! the plaintext (a person's id); bytes moved to another person do not open.

use super::{DataKey, SecretError, WrapKey};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};

/// Bytes of a nonce: enough for random nonces not to collide.
pub const NONCE_BYTES: usize = 24;

/// Seals `plaintext`; the result is 40 bytes longer. The caller draws a new random `nonce` each
/// time.
///
/// # Errors
/// When the plaintext is longer than the cipher takes.
pub fn seal(
    key: &DataKey,
    nonce: [u8; NONCE_BYTES],
    associated_data: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, SecretError> {
    encrypt(key.bytes(), nonce, associated_data, plaintext)
}

/// The plaintext that [`seal`] sealed.
///
/// # Errors
/// When a byte, the key or the associated data is another.
pub fn open(key: &DataKey, associated_data: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
    decrypt(key.bytes(), associated_data, sealed)
}

/// Wraps a data key into 72 bytes. The caller draws a new random `nonce` each time.
///
/// # Errors
/// Never with a data key's 32 bytes; the cipher's bound is [`seal`]'s.
pub fn wrap(
    key: &WrapKey,
    nonce: [u8; NONCE_BYTES],
    associated_data: &[u8],
    data_key: &DataKey,
) -> Result<Vec<u8>, SecretError> {
    encrypt(key.bytes(), nonce, associated_data, data_key.bytes())
}

/// The data key that [`wrap`] wrapped.
///
/// # Errors
/// When a byte, the key or the associated data is another.
pub fn unwrap(
    key: &WrapKey,
    associated_data: &[u8],
    wrapped: &[u8],
) -> Result<DataKey, SecretError> {
    decrypt(key.bytes(), associated_data, wrapped)?
        .try_into()
        .map(DataKey::new)
        .map_err(|_| SecretError::WrappedLength)
}

fn encrypt(
    key: &[u8; 32],
    nonce: [u8; NONCE_BYTES],
    aad: &[u8],
    msg: &[u8],
) -> Result<Vec<u8>, SecretError> {
    let ciphertext = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), Payload { msg, aad })
        .map_err(|_| SecretError::TooLong)?;
    Ok([nonce.as_slice(), &ciphertext].concat())
}

fn decrypt(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
    let (nonce, msg) = sealed
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(SecretError::Truncated)?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg, aad })
        .map_err(|_| SecretError::Unopened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::secret::MasterKey;

    const NONCE: [u8; NONCE_BYTES] = [9; NONCE_BYTES];

    #[test]
    fn changed_bytes_another_key_or_another_person_do_not_open() -> Result<(), SecretError> {
        let key = DataKey::new([1; 32]);
        let sealed = seal(&key, NONCE, b"person 1", b"ada@example.com")?;
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert_eq!(
                open(&key, b"person 1", &changed),
                Err(SecretError::Unopened)
            );
        }
        let other = DataKey::new([2; 32]);
        for refused in [
            open(&other, b"person 1", &sealed),
            open(&key, b"person 2", &sealed),
            open(&key, b"person 1", &sealed[..NONCE_BYTES]),
        ] {
            assert_eq!(refused, Err(SecretError::Unopened));
        }
        assert_eq!(
            open(&key, b"person 1", &sealed[..NONCE_BYTES - 1]),
            Err(SecretError::Truncated)
        );
        assert_eq!(open(&key, b"person 1", &sealed)?, b"ada@example.com");
        Ok(())
    }

    #[test]
    fn a_wrapped_key_opens_only_for_its_person() -> Result<(), SecretError> {
        let master = MasterKey::parse_hex(&"0f".repeat(16).repeat(2).replacen("0f", "10", 1))?;
        let key = DataKey::new([1; 32]);
        let wrapped = wrap(&master.wrap_key(), NONCE, b"person 1", &key)?;
        assert_eq!(wrapped.len(), 72);
        assert_eq!(
            unwrap(&master.wrap_key(), b"person 2", &wrapped),
            Err(SecretError::Unopened)
        );
        assert_eq!(unwrap(&master.wrap_key(), b"person 1", &wrapped)?, key);
        Ok(())
    }
}
