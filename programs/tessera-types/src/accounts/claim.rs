use super::Header;
use crate::Address;

crate::account! {
    /// What a wallet got of a campaign whose claims are kept by wallet. Seeds: `claim`, campaign,
    /// wallet.
    pub struct Claim {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The campaign.
        pub campaign: Address,
        /// The wallet.
        pub wallet: Address,
        /// The most that a voucher of this wallet showed so far, in the mint's smallest unit.
        pub entitled: u64,
        /// What of it was paid.
        pub claimed: u64,
        /// Zero, for later fields.
        pub spare: [u8; 32],
    }
    discriminator = [155, 70, 22, 176, 123, 215, 246, 102];
}
