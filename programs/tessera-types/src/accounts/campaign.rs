use super::Header;
use crate::Address;
use crate::math::share_of;

crate::account! {
    /// Tokens that an org gives to wallets on a list, of which the chain holds a Merkle root. Seeds:
    /// `campaign`, org, id. [Vouchers](crate::voucher) say what a
    /// leaf is.
    pub struct Campaign {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The org that gives.
        pub org: Address,
        /// Token that is given.
        pub mint: Address,
        /// Program that owns the mint.
        pub token_program: Address,
        /// Token account that holds what is given; this program alone moves it.
        pub vault: Address,
        /// Chosen by the org.
        pub id: u64,
        /// Most that may be claimed in all, in the mint's smallest unit.
        pub cap: u64,
        /// From when vouchers can be claimed, Unix seconds.
        pub opens_at: i64,
        /// From when they cannot any more, Unix seconds.
        pub closes_at: i64,
        /// From when a claim vests, Unix seconds.
        pub vesting_starts_at: i64,
        /// Root over the vouchers.
        pub root: [u8; 32],
        /// For how long after that nothing of it can be paid, seconds.
        pub cliff_secs: u32,
        /// How long it takes to vest in full, seconds; 0: claims are paid in full.
        pub vesting_secs: u32,
        /// [`Campaign::CUMULATIVE`], the rest zero.
        pub flags: u8,
        /// Bump of the vault's address.
        pub vault_bump: u8,
        /// Decimals of the mint.
        pub decimals: u8,
        /// Zero.
        pub reserved: [u8; 5],
        /// What was claimed in all.
        pub claimed: u64,
        /// Zero, for later fields.
        pub spare: [u8; 56],
    }
    discriminator = [50, 40, 49, 11, 157, 220, 229, 192];
}

crate::bits! {
    Campaign {
        /// Set in `flags`: an amount in a leaf is all that its wallet ever gets, earlier claims
        /// included, so the root may change.
        pub const CUMULATIVE: u8 = 1;
    }
}

impl Campaign {
    /// Whether claims are kept by wallet in a [`Claim`](super::Claim) and not by number in a
    /// [`NullifierPage`](super::NullifierPage).
    pub fn is_kept_by_wallet(&self) -> bool {
        self.flags & Self::CUMULATIVE != 0 || self.vesting_secs > 0
    }

    /// What of `amount` has vested at `now` (Unix seconds).
    pub fn vested(&self, amount: u64, now: i64) -> u64 {
        let elapsed = now.saturating_sub(self.vesting_starts_at);
        if elapsed >= i64::from(self.vesting_secs) && elapsed >= i64::from(self.cliff_secs) {
            return amount;
        }
        if elapsed < i64::from(self.cliff_secs) {
            return 0;
        }
        share_of(amount, elapsed as u32, self.vesting_secs)
    }
}
