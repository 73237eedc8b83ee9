//! 32-byte keys as base58 text, in the alphabet of Solana's addresses. A key has exactly one text,
//! and only that text is accepted: two spellings of an address cannot pass for two wallets.

use thiserror::Error;

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Shortest and longest text that 32 bytes can have.
const TEXT_LENGTHS: std::ops::RangeInclusive<usize> = 32..=44;

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Base58Error {
    /// A character outside the alphabet: 0, O, I, l, a space, anything that is no letter or digit.
    #[error("must have no other characters than those of base58")]
    Character,
    /// Fewer or more than 32 bytes.
    #[error("must be the base58 text of exactly 32 bytes")]
    Length,
}

/// The text of a key, 32 to 44 characters.
pub fn encode(key: &[u8; 32]) -> String {
    let mut digits: Vec<usize> = Vec::with_capacity(*TEXT_LENGTHS.end());
    for byte in key {
        let mut carry = usize::from(*byte);
        for digit in &mut digits {
            carry += *digit * 256;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let zeros = key.iter().take_while(|byte| **byte == 0).map(|_| '1');
    let digits = digits.iter().rev();
    zeros
        .chain(digits.map(|digit| char::from(ALPHABET[*digit])))
        .collect()
}

/// The key that a text stands for.
///
/// # Errors
/// When the text is not what [`encode`] writes for a key.
pub fn decode(text: &str) -> Result<[u8; 32], Base58Error> {
    if !text.bytes().all(|byte| ALPHABET.contains(&byte)) {
        return Err(Base58Error::Character);
    }
    if !TEXT_LENGTHS.contains(&text.len()) {
        return Err(Base58Error::Length);
    }
    let mut key = [0u8; 32];
    for character in text.bytes() {
        let digit = (0u16..)
            .zip(ALPHABET)
            .find(|(_, letter)| **letter == character)
            .map(|(digit, _)| digit);
        let mut carry = digit.ok_or(Base58Error::Character)?;
        for byte in key.iter_mut().rev() {
            let [high, low] = (u16::from(*byte) * 58 + carry).to_be_bytes();
            *byte = low;
            carry = u16::from(high);
        }
    }
    // After an overflow, or with too few or too many leading ones, these bytes have another text.
    if encode(&key) == text {
        Ok(key)
    } else {
        Err(Base58Error::Length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_another_length_or_alphabet_is_refused() {
        let system_program = "1".repeat(32);
        assert_eq!(decode(""), Err(Base58Error::Length));
        assert_eq!(decode("2"), Err(Base58Error::Length));
        assert_eq!(decode(&"1".repeat(31)), Err(Base58Error::Length));
        assert_eq!(decode(&"1".repeat(33)), Err(Base58Error::Length));
        assert_eq!(decode(&"z".repeat(44)), Err(Base58Error::Length));
        assert_eq!(decode(&"z".repeat(1_000_000)), Err(Base58Error::Length));
        for wrong in ["0", "O", "I", "l", " ", "\n", "é"] {
            let text = format!("{system_program}{wrong}");
            assert_eq!(decode(&text), Err(Base58Error::Character));
        }
        assert_eq!(decode(&system_program), Ok([0; 32]));
    }

    #[test]
    fn the_greatest_key_has_44_characters() {
        let text = encode(&[255; 32]);
        assert_eq!(text.len(), 44);
        assert_eq!(decode(&text), Ok([255; 32]));
    }
}
