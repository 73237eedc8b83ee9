use super::Header;
use crate::Address;

crate::account! {
    /// A referral code. Seeds: `code`, org, the 16 bytes.
    pub struct Code {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The org whose members it brings.
        pub org: Address,
        /// Member wallet that earns by it.
        pub owner: Address,
        /// 3 to 16 of `A-Z`, `0-9`, `_`, `-`; zero-padded.
        pub code: [u8; 16],
        /// Proposed next owner; zero when none.
        pub pending_owner: Address,
        /// When it was created, Unix seconds.
        pub created_at: i64,
        /// Zero, for later fields.
        pub spare: [u8; 32],
    }
    discriminator = [205, 134, 78, 99, 65, 245, 91, 121];
}

impl Code {
    /// Whether `code` is 3 to 16 allowed bytes followed by zeros only.
    pub fn is_valid(code: &[u8; 16]) -> bool {
        let (mut len, mut padded) = (0, false);
        for byte in code {
            match byte {
                0 => padded = true,
                b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' if !padded => len += 1,
                _ => return false,
            }
        }
        len >= 3
    }
}
