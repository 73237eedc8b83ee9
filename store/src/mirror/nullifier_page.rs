//! Which vouchers have been claimed.

use crate::Key;

account_record! {
    /// Which vouchers of a part of a campaign have been claimed.
    pub struct NullifierPageRow in "nullifier_page" as "nullifier_page_row" {
        /// Address of the campaign.
        pub campaign: Key,
        /// The page's number within the campaign.
        pub number: i64,
        /// Bit n mod 8, the lowest first, of byte n div 8 is voucher n of the page.
        pub claimed: Vec<u8>,
    }
}
