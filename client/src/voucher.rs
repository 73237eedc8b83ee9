//! Vouchers of a campaign: the tree whose root an org announces, and the proofs by which wallets
//! claim. [`tessera_types::voucher`] says what is hashed.

use bytemuck::bytes_of;
use sha2::{Digest, Sha256};
pub use tessera_types::voucher::{NODE_PREFIX, VOUCHER_DOMAIN, Voucher};
use tessera_types::{Address, ID, limits::MAX_PROOF_LEN};

/// A hash in the tree.
pub type Node = [u8; 32];

/// The org and the campaign that give the vouchers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Giver {
    /// The org's `cluster_tag`.
    pub cluster_tag: [u8; 8],
    /// The org.
    pub org: Address,
    /// The campaign.
    pub campaign: Address,
}

/// What a wallet is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gift {
    /// The only wallet that may claim it.
    pub wallet: Address,
    /// In the mint's smallest unit.
    pub amount: u64,
    /// The voucher's number, which no other of a campaign has.
    pub index: u32,
}

impl Giver {
    /// The voucher of a gift.
    pub fn voucher(&self, gift: &Gift) -> Voucher {
        Voucher {
            domain: VOUCHER_DOMAIN,
            cluster_tag: self.cluster_tag,
            program: ID,
            org: self.org,
            campaign: self.campaign,
            wallet: gift.wallet,
            amount: gift.amount,
            index: gift.index,
            spare: [0; 4],
        }
    }

    /// The tree over these gifts, in their order; none when there are none.
    pub fn tree(&self, gifts: &[Gift]) -> Option<Tree> {
        Tree::new(gifts.iter().map(|gift| leaf(&self.voucher(gift))).collect())
    }
}

/// The hash of a voucher.
pub fn leaf(voucher: &Voucher) -> Node {
    Sha256::digest(bytes_of(voucher)).into()
}

/// The hash of two nodes, in either order.
pub fn node(left: &Node, right: &Node) -> Node {
    Sha256::new()
        .chain_update([NODE_PREFIX])
        .chain_update(left.min(right))
        .chain_update(left.max(right))
        .finalize()
        .into()
}

/// Whether the proof leads from the voucher to the root, as the program sees it.
pub fn verify(voucher: &Voucher, proof: &[Node], root: &Node) -> bool {
    proof.len() <= MAX_PROOF_LEN
        && proof.iter().fold(leaf(voucher), |at, it| node(&at, it)) == *root
}

/// A Merkle tree over vouchers. A node without a sibling stands for itself one level higher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// From the leaves to the root, which is alone in the last one.
    levels: Vec<Vec<Node>>,
}

impl Tree {
    /// The tree over these leaves; none when there are none.
    pub fn new(leaves: Vec<Node>) -> Option<Self> {
        let mut levels = vec![leaves];
        loop {
            let last = levels.last()?;
            if last.len() <= 1 {
                return (!last.is_empty()).then_some(Self { levels });
            }
            let next = last.chunks(2).map(|pair| match pair {
                [left, right] => node(left, right),
                alone => alone[0],
            });
            let next = next.collect();
            levels.push(next);
        }
    }

    /// The root, which a campaign announces.
    pub fn root(&self) -> Node {
        self.levels[self.levels.len() - 1][0]
    }

    /// The proof of the leaf in this place, from its sibling up; none when there is no such leaf.
    pub fn proof(&self, place: usize) -> Option<Vec<Node>> {
        self.levels[0].get(place)?;
        let siblings = self.levels.iter().enumerate();
        Some(
            siblings
                .filter_map(|(level, nodes)| nodes.get((place >> level) ^ 1).copied())
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests;
