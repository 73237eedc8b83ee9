//! What is no voucher.

use super::given::{Given, fill, gifts};
use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_signer::Signer;
use tessera_client::{
    types::TesseraError,
    voucher::{self, Gift, Giver},
};
use world::{key, replace};

#[test]
fn every_account_and_byte_is_bound() {
    let mut given = Given::new(|_| {});
    let claim = given.claim(0);
    let wallet = given.wallet(0);
    // On SPL Token the receipt rides the transfer, and no mint is asked for; nothing is created.
    given
        .world
        .assert_withstands_except(&[0, 8, 9, 10], &claim, &[&wallet]);
    let mut given = Given::new(|args| args.vesting_secs = 10);
    given.world.advance(5);
    let claim = given.claim(0);
    given
        .world
        .assert_withstands_except(&[9, 10], &claim, &[&wallet]);
}

#[test]
fn every_byte_of_voucher_and_proof_counts() {
    let given = Given::new(|_| {});
    let claim = given.claim(3);
    let wallet = given.wallet(3);
    for at in 1..claim.data.len() {
        let mut flipped = claim.clone();
        flipped.data[at] ^= 1;
        let result = given.world.simulate(&[flipped], &[&wallet]);
        assert!(result.is_err(), "byte {at}");
    }
    given
        .world
        .simulate(&[claim], &[&wallet])
        .expect("as it is");
}

#[test]
fn another_wallet_number_or_amount_is_no_voucher() {
    let mut given = Given::new(|_| {});
    let (gift, proof, token) = (given.gifts[0], given.proof(0), given.tokens[0]);
    let claim = |given: &Given, gift: &Gift| given.world.claim_voucher(1, gift, &proof, token);
    for amount in [0, 999, 1_001, u64::MAX] {
        let attack = claim(&given, &Gift { amount, ..gift });
        given.refused(attack, 0, TesseraError::WrongProof);
    }
    for index in [1, 7, 64] {
        let attack = claim(&given, &Gift { index, ..gift });
        given.refused(attack, 0, TesseraError::WrongProof);
    }
    let thief = key(40);
    let attack = replace(&given.claim(0), &gift.wallet, &thief.pubkey());
    given
        .world
        .send(&[attack], &[&thief])
        .expect_err("another wallet")
        .assert_is(TesseraError::WrongProof);
    let unsigned = world::unsigned(&given.claim(0), &gift.wallet);
    given
        .world
        .send(&[unsigned], &[])
        .expect_err("unsigned")
        .assert_error(&InstructionError::MissingRequiredSignature);
}

#[test]
fn short_long_and_foreign_proofs_lead_nowhere() {
    let mut given = Given::new(|_| {});
    let (gift, token, good) = (given.gifts[0], given.tokens[0], given.proof(0));
    let mut proofs = vec![vec![], given.proof(1), given.proof(6)];
    proofs.push(good[..good.len() - 1].to_vec());
    proofs.push(good[1..].to_vec());
    for extra in [[0; 32], given.tree.root(), good[0]] {
        proofs.push([good.as_slice(), &[extra]].concat());
    }
    let mut turned = good.clone();
    turned.reverse();
    proofs.push(turned);
    proofs.push(vec![[1; 32]; 30]);
    for proof in proofs {
        let claim = given.world.claim_voucher(1, &gift, &proof, token);
        given.refused(claim, 0, TesseraError::WrongProof);
    }
}

#[test]
fn a_proof_longer_than_any_tree_is_refused_before_it_is_hashed() {
    // A transaction holds fewer nodes than that: the bound is looked at where it can be reached.
    let giver = Giver {
        cluster_tag: [0; 8],
        org: Address::default(),
        campaign: Address::default(),
    };
    let gift = gifts()[0];
    let voucher = giver.voucher(&gift);
    let proof = vec![[3; 32]; 33];
    let root = proof
        .iter()
        .fold(voucher::leaf(&voucher), |at, it| voucher::node(&at, it));
    assert!(!voucher::verify(&voucher, &proof, &root));
    let root = proof[1..]
        .iter()
        .fold(voucher::leaf(&voucher), |at, it| voucher::node(&at, it));
    assert!(voucher::verify(&voucher, &proof[1..], &root));
}

#[test]
fn a_node_is_no_leaf() {
    // A tree whose lowest level an attacker could pass as a leaf would have two children of it as a
    // voucher: whatever a claim says, what is hashed begins with the domain and is longer than a node.
    let mut given = Given::new(|_| {});
    let proof = given.proof(0);
    let (gift, token) = (given.gifts[0], given.tokens[0]);
    let leaf = voucher::leaf(&given.world.giver(1).voucher(&gift));
    let parent = voucher::node(&leaf, &proof[0]);
    for attack in [vec![leaf], vec![parent], proof[1..].to_vec()] {
        let claim = given.world.claim_voucher(1, &gift, &attack, token);
        given.refused(claim, 0, TesseraError::WrongProof);
    }
    // A root that is a leaf's own hash is one of a single voucher, with no proof at all.
    let alone = given.world.giver(2).tree(&[gift]).expect("a gift");
    let create = given
        .world
        .create_campaign(given.world.campaign_args(alone.root()));
    let open = given.world.open_page(2, 0);
    given
        .world
        .send(&[create, open], &[&key(2)])
        .expect("another campaign");
    fill(&mut given.world, 2, 1_000);
    let claim = given.world.claim_voucher(2, &gift, &[], token);
    let wallet = given.wallet(0);
    given.world.send(&[claim], &[&wallet]).expect("alone");
}

#[test]
fn a_voucher_means_nothing_in_another_campaign_org_cluster_or_program() {
    let mut given = Given::new(|_| {});
    let (gift, wallet, token) = (given.gifts[0], given.wallet(0), given.tokens[0]);
    // The same list, the same numbers, another campaign of the org.
    let root = given.tree.root();
    let create = given.world.create_campaign(given.world.campaign_args(root));
    let open = given.world.open_page(2, 0);
    given
        .world
        .send(&[create, open], &[&key(2)])
        .expect("another campaign");
    fill(&mut given.world, 2, 28_000);
    let proof = given.proof(0);
    let replayed = given.world.claim_voucher(2, &gift, &proof, token);
    given.refused(replayed, 0, TesseraError::WrongProof);
    // Another org with the same campaign id.
    let elsewhere = given.world.second_org();
    let refused = given.world.within(elsewhere, |world| {
        let create = world.create_campaign(world.campaign_args(root));
        let open = world.open_page(1, 0);
        world.send(&[create, open], &[&key(2)]).expect("there");
        fill(world, 1, 28_000);
        let replayed = world.claim_voucher(1, &gift, &proof, token);
        world
            .send(&[replayed], &[&wallet])
            .expect_err("another org")
    });
    refused.assert_is(TesseraError::WrongProof);
    // What was hashed for another cluster or program, or under no domain.
    let good = given.world.giver(1).voucher(&gift);
    let changes: [fn(&mut voucher::Voucher); 5] = [
        |it| it.cluster_tag[7] ^= 1,
        |it| it.program = Address::new_from_array([9; 32]),
        |it| it.org = Address::new_from_array([9; 32]),
        |it| it.domain = *b"TESSERA_INVOICE1",
        |it| it.spare[0] = 1,
    ];
    for (id, change) in (3..).zip(changes) {
        let giver = given.world.giver(id);
        let mut voucher = giver.voucher(&gift);
        change(&mut voucher);
        assert_ne!(voucher.campaign, good.campaign);
        let root = voucher::leaf(&voucher);
        let create = given.world.create_campaign(given.world.campaign_args(root));
        let open = given.world.open_page(id, 0);
        given
            .world
            .send(&[create, open], &[&key(2)])
            .expect("another campaign");
        fill(&mut given.world, id, 1_000);
        let claim = given.world.claim_voucher(id, &gift, &[], token);
        given.refused(claim, 0, TesseraError::WrongProof);
    }
}
