//! Vouchers: the leaves of a campaign's Merkle tree.
//!
//! Law: a leaf binds program, cluster, org, campaign, number, wallet and amount, so it means nothing
//! anywhere else. A leaf's hash is the SHA-256 of its bytes, which begin with its domain; a node's is
//! that of the byte 1 and its two children, the lower first. So no node can be taken for a leaf, and
//! a proof needs no directions.

use crate::Address;
use bytemuck::{Pod, Zeroable};

/// First bytes of a leaf.
pub const VOUCHER_DOMAIN: [u8; 16] = *b"TESSERA_VOUCHER1";
/// First byte of what a node is the hash of.
pub const NODE_PREFIX: u8 = 1;

/// What a leaf is the SHA-256 of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Voucher {
    /// [`VOUCHER_DOMAIN`].
    pub domain: [u8; 16],
    /// The org's cluster tag.
    pub cluster_tag: [u8; 8],
    /// The Tessera program.
    pub program: Address,
    /// The org.
    pub org: Address,
    /// The campaign.
    pub campaign: Address,
    /// The only wallet that may claim it.
    pub wallet: Address,
    /// In the mint's smallest unit.
    pub amount: u64,
    /// Its number within the campaign.
    pub index: u32,
    /// Zero.
    pub spare: [u8; 4],
}
