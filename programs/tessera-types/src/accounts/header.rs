use crate::Address;

crate::part! {
    /// What every account begins with, behind its discriminator.
    pub struct Header {
        /// Layout version, from 1. A later layout only appends fields, so that what knows this one
        /// reads every later one too.
        pub version: u8,
        /// Bump of this address.
        pub bump: u8,
        /// Zero, for later fields.
        pub spare: [u8; 6],
        /// Slot in which the account was created. An address that is closed and opened again begins a
        /// later life, so no two of its receipts share life and seq.
        pub life: u64,
        /// Who paid for this account and gets the rent back.
        pub rent_payer: Address,
        /// Number of receipts in this life.
        pub receipt_seq: u64,
        /// SHA-256 chain over them, from 32 zero bytes: `head = sha256(head || receipt)`.
        pub receipt_head: [u8; 32],
    }
}

impl Header {
    /// The header of an account that is created now.
    pub fn new(bump: u8, life: u64, rent_payer: Address) -> Self {
        Self {
            version: crate::LAYOUT_VERSION,
            bump,
            spare: [0; 6],
            life,
            rent_payer,
            receipt_seq: 0,
            receipt_head: [0; 32],
        }
    }
}
