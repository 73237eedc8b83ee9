use super::*;
use rs_merkle::{Hasher, MerkleTree};

const GIVER: Giver = Giver {
    cluster_tag: *b"somechai",
    org: Address::new_from_array([3; 32]),
    campaign: Address::new_from_array([4; 32]),
};

fn gifts(count: u32) -> Vec<Gift> {
    let gift = |index: u32| Gift {
        wallet: Address::new_from_array([u8::try_from(index % 200).expect("small"); 32]),
        amount: 1_000 + u64::from(index),
        index,
    };
    (0..count).map(gift).collect()
}

/// The tree's rules for another implementation of Merkle trees.
#[derive(Clone)]
struct Law;

impl Hasher for Law {
    type Hash = Node;

    fn hash(data: &[u8]) -> Node {
        Sha256::digest(data).into()
    }

    fn concat_and_hash(left: &Node, right: Option<&Node>) -> Node {
        let Some(right) = right else { return *left };
        let mut pair = [*left, *right];
        pair.sort_unstable();
        Self::hash(&[&[1], pair.as_flattened()].concat())
    }
}

#[test]
fn a_voucher_that_was_changed_does_not_verify() {
    let gifts = gifts(5);
    let tree = GIVER.tree(&gifts).expect("gifts");
    let (root, proof) = (tree.root(), tree.proof(2).expect("a proof"));
    let right = GIVER.voucher(&gifts[2]);
    assert!(verify(&right, &proof, &root));
    let other = Address::new_from_array([9; 32]);
    let mut changed = [right; 8];
    changed[0].amount += 1;
    changed[1].index += 1;
    changed[2].wallet = other;
    changed[3].campaign = other;
    changed[4].org = other;
    changed[5].program = other;
    changed[6].cluster_tag = *b"another!";
    changed[7].domain[15] ^= 1;
    for voucher in changed {
        assert!(!verify(&voucher, &proof, &root), "{voucher:?}");
    }
}

#[test]
fn a_voucher_does_not_verify_by_another_proof_or_root() {
    let gifts = gifts(5);
    let tree = GIVER.tree(&gifts).expect("gifts");
    let (root, proof) = (tree.root(), tree.proof(2).expect("a proof"));
    let voucher = GIVER.voucher(&gifts[2]);
    assert!(!verify(&voucher, &tree.proof(3).expect("a proof"), &root));
    assert!(!verify(&voucher, &proof[1..], &root));
    let reversed: Vec<Node> = proof.iter().rev().copied().collect();
    assert!(!verify(&voucher, &reversed, &root));
    let other = GIVER.tree(&gifts[..4]).expect("gifts").root();
    assert!(!verify(&voucher, &proof, &other));
}

#[test]
fn a_proof_that_is_too_long_does_not_verify() {
    let voucher = GIVER.voucher(&gifts(1)[0]);
    let root_over = |proof: &[Node]| proof.iter().fold(leaf(&voucher), |at, it| node(&at, it));
    for (len, verifies) in [(MAX_PROOF_LEN, true), (MAX_PROOF_LEN + 1, false)] {
        let proof = vec![[7; 32]; len];
        assert_eq!(verify(&voucher, &proof, &root_over(&proof)), verifies);
    }
}

#[test]
fn nothing_leads_where_there_is_no_gift() {
    assert_eq!(GIVER.tree(&[]), None);
    let tree = GIVER.tree(&gifts(5)).expect("gifts");
    assert_eq!(tree.proof(5), None);
}

#[test]
fn root_and_proofs_are_those_of_another_implementation() {
    for count in (1..=33).chain([64, 100, 1_000]) {
        let gifts = gifts(count);
        let tree = GIVER.tree(&gifts).expect("gifts");
        let vouchers: Vec<Voucher> = gifts.iter().map(|gift| GIVER.voucher(gift)).collect();
        let leaves: Vec<Node> = vouchers.iter().map(|it| Law::hash(bytes_of(it))).collect();
        let other = MerkleTree::<Law>::from_leaves(&leaves);
        assert_eq!(Some(tree.root()), other.root());
        for (place, voucher) in vouchers.iter().enumerate() {
            let proof = tree.proof(place).expect("a proof");
            assert_eq!(proof, other.proof(&[place]).proof_hashes());
            assert!(verify(voucher, &proof, &tree.root()), "{place} of {count}");
        }
    }
}

#[test]
fn a_leaf_is_the_hash_of_these_bytes() {
    let gift = Gift {
        wallet: Address::new_from_array([5; 32]),
        amount: 0x0102,
        index: 7,
    };
    let bytes = [
        &b"TESSERA_VOUCHER1somechai"[..],
        &ID.to_bytes(),
        &[3; 32],
        &[4; 32],
        &[5; 32],
        &[2, 1, 0, 0, 0, 0, 0, 0],
        &[7, 0, 0, 0],
        &[0; 4],
    ];
    assert_eq!(leaf(&GIVER.voucher(&gift)), Law::hash(&bytes.concat()));
}
