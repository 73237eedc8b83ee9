//! The section on vouchers.

use crate::markdown::{field, fields};
use tessera_client::types::{
    Address,
    accounts::PAGE_VOUCHERS,
    describe::Field,
    limits::MAX_PROOF_LEN,
    voucher::{NODE_PREFIX, VOUCHER_DOMAIN, Voucher},
};

/// The fields of a voucher, which `programs/tessera-types/src/voucher.rs` declares.
pub(crate) const FIELDS: [Field; 9] = [
    field!(Voucher.domain: [u8; 16], "ASCII, so that the hash means nothing anywhere else."),
    field!(Voucher.cluster_tag: [u8; 8], "The org's `cluster_tag`."),
    field!(Voucher.program: Address, "The program."),
    field!(Voucher.org: Address, "The org."),
    field!(Voucher.campaign: Address, "The campaign."),
    field!(Voucher.wallet: Address, "The only wallet that may claim it."),
    field!(Voucher.amount: u64, "In the mint's smallest unit."),
    field!(Voucher.index: u32, "Its number within the campaign, which no other voucher has."),
    field!(Voucher.spare: [u8; 4], "Zero."),
];

pub(crate) fn section() -> String {
    let domain = str::from_utf8(&VOUCHER_DOMAIN).expect("ASCII");
    format!(
        "
## Vouchers

The chain holds of a campaign's vouchers the `root` of a Merkle tree. A leaf is the SHA-256 of the {} bytes of a voucher, whose `domain` is `{domain}`; a node is the SHA-256 of the byte {NODE_PREFIX} and its two children, 32 bytes each, the lower first. A node that has no sibling stands for itself one level higher. A proof is the siblings from the leaf up, at most {MAX_PROOF_LEN}, without directions.
{}
A campaign that is cumulative or vests keeps what it paid by wallet, in a Claim: of the highest `entitled` that a voucher of the wallet showed, what has vested and was not paid is paid. Nothing has vested before `vesting_starts_at + cliff_secs`; then floor(entitled × seconds since `vesting_starts_at` ÷ `vesting_secs`), and all of it when both times are over. Any other campaign keeps by number what it paid, in a NullifierPage of {PAGE_VOUCHERS} vouchers, and pays each voucher once and in full.
",
        size_of::<Voucher>(),
        fields(&FIELDS, 0),
    )
}
