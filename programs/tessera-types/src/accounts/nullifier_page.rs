use super::Header;
use crate::{
    Address,
    seeded::{Bug, seeded},
};

crate::account! {
    /// Which vouchers of a campaign were claimed. Seeds: `page`, campaign, number (u32,
    /// little-endian). Voucher number n is bit n mod 64, the lowest first, of word (n div 64) mod 128
    /// on page n div 8,192.
    pub struct NullifierPage {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The campaign.
        pub campaign: Address,
        /// Its number.
        pub number: u32,
        /// Zero, for later fields.
        pub spare: [u8; 12],
        /// Bits of the vouchers that were claimed.
        pub claimed: [u64; PAGE_WORDS],
    }
    discriminator = [80, 159, 207, 123, 187, 42, 226, 108];
}

/// Words of a page.
pub const PAGE_WORDS: usize = 128;
/// Vouchers on a page.
pub const PAGE_VOUCHERS: u32 = PAGE_WORDS as u32 * 64;

impl NullifierPage {
    /// Marks a voucher of this page as claimed and says whether it was free.
    pub fn take(&mut self, index: u32) -> bool {
        let place = index % PAGE_VOUCHERS;
        let word = &mut self.claimed[(place / 64) as usize];
        let bit = 1 << (place % 64);
        let free = *word & bit == 0;
        if !seeded(Bug::DoubleClaim) {
            *word |= bit;
        }
        free
    }
}
