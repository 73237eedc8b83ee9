use super::Header;
use crate::{Address, REFERRAL_LEVELS};

crate::account! {
    /// An invoice that is paid. Seeds: `invoice`, plan, wallet, id. It cannot close before its
    /// deadline, after which the signature that it was paid by is void: so an id is paid once.
    pub struct Invoice {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// Plan whose mint, destination and vault it was paid by.
        pub plan: Address,
        /// Who paid.
        pub wallet: Address,
        /// Commission ledgers of the referral levels, nearest first; zero is none.
        pub ledgers: [Address; REFERRAL_LEVELS],
        /// Chosen by the org.
        pub id: u64,
        /// Until when it could be paid, Unix seconds.
        pub deadline: i64,
        /// When it was paid, Unix seconds.
        pub paid_at: i64,
        /// What it took, in the mint's smallest unit.
        pub debit: u64,
        /// What of it was paid back.
        pub refunded: u64,
        /// Points that it gave.
        pub points: u64,
        /// Commission of each referral level, basis points of the debit.
        pub commission_bps: [u16; REFERRAL_LEVELS],
        /// [`Settlement::flags`](crate::events::Settlement) of the payment.
        pub flags: u8,
        /// How many referral levels have a ledger.
        pub levels: u8,
        /// Zero, for later fields.
        pub spare: [u8; 32],
    }
    discriminator = [51, 194, 250, 114, 6, 104, 18, 164];
}
