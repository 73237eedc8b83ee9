//! Quotes, quotes for a change, invoices and vouchers, taken where they were not meant for: to another
//! org, program or cluster, and after their time.

use super::signed::{KINDS, customer, held, send, signed};
use crate::rewards::given::{DAY, Given, fill};
use solana_address::Address;
use tessera_client::{
    Event,
    types::{TesseraError, accounts::Member},
    voucher::{Giver, leaf},
};
use world::{CLUSTER_TAG, FUNDS, PRICE, World, key};

const OTHER_TAG: [u8; 8] = *b"litesvm2";

/// The same keys, org and plan on a cluster of another name: every address is the same, too.
fn other_cluster() -> World {
    let mut world = World::without_org();
    let mut args = world.create_org_args();
    args.cluster_tag = OTHER_TAG;
    let make = [
        world.create_org(args),
        world.create_plan(world.create_plan_args()),
    ];
    world.send(&make, &[&key(2)]).expect("org and plan");
    world
}

#[test]
fn what_one_org_signed_counts_in_no_other_of_the_same_authority() {
    for kind in KINDS {
        let mut world = World::new();
        let (here, uses_here) = signed(&mut world, kind);
        let elsewhere = world.second_org();
        let (there, uses_there) = world.within(elsewhere, |world| signed(world, kind));
        let before = held(&world, &uses_here) + held(&world, &uses_there);
        for (quote, uses) in [(&here, &uses_there), (&there, &uses_here)] {
            send(&mut world, quote, uses)
                .expect_err("the other org's")
                .assert_is(TesseraError::QuoteMismatch);
        }
        assert_eq!(held(&world, &uses_here) + held(&world, &uses_there), before);
        for (quote, uses) in [(&here, &uses_here), (&there, &uses_there)] {
            send(&mut world, quote, uses).expect("its own");
        }
    }
}

#[test]
fn what_was_signed_for_another_program_counts_for_nothing() {
    for kind in KINDS {
        let mut world = World::new();
        let (quote, uses) = signed(&mut world, kind);
        let mut other = quote;
        other.program = Address::new_from_array([9; 32]);
        send(&mut world, &other, &uses)
            .expect_err("another program's")
            .assert_is(TesseraError::QuoteMismatch);
        send(&mut world, &quote, &uses).expect("this one's");
    }
}

#[test]
fn what_was_signed_on_another_cluster_counts_on_that_one_only() {
    for kind in KINDS {
        let (mut home, mut away) = (World::new(), other_cluster());
        assert_eq!((home.org, home.plan), (away.org, away.plan));
        let (quote, uses) = signed(&mut home, kind);
        let (mut foreign, foreign_uses) = signed(&mut away, kind);
        // But for the name the messages are the same, and so is what uses them.
        assert_eq!((quote, &uses), (foreign, &foreign_uses));
        foreign.cluster_tag = OTHER_TAG;
        send(&mut home, &foreign, &uses)
            .expect_err("of the other cluster")
            .assert_is(TesseraError::QuoteMismatch);
        send(&mut away, &quote, &uses)
            .expect_err("of the other cluster")
            .assert_is(TesseraError::QuoteMismatch);
        send(&mut home, &quote, &uses).expect("at home");
        send(&mut away, &foreign, &uses).expect("there");
    }
}

#[test]
fn no_message_counts_a_second_after_its_deadline() {
    for kind in KINDS {
        let mut world = World::new();
        let (quote, uses) = signed(&mut world, kind);
        let before = held(&world, &uses);
        // The subscriber's own deadline is the same second.
        world.advance(61);
        let refused = send(&mut world, &quote, &uses).expect_err("too late");
        let deadlines = [TesseraError::QuoteExpired, TesseraError::DeadlinePassed];
        let code = refused.instruction_error();
        assert!(
            deadlines
                .map(|it| it as u32)
                .into_iter()
                .any(|it| { *code == solana_instruction::error::InstructionError::Custom(it) }),
            "{code:?}"
        );
        assert_eq!(held(&world, &uses), before);
        world.advance(-1);
        send(&mut world, &quote, &uses).expect("in the last second");
    }
}

/// A signature of the wallet's own that was kept back.
#[test]
fn no_signature_of_a_wallet_counts_a_second_after_its_deadline() {
    let mut world = World::new();
    let wallet = customer();
    let token = world.join(&wallet, None);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let late = |world: &mut World, kept: solana_instruction::Instruction| {
        world.advance(61);
        world
            .send(std::slice::from_ref(&kept), &[&wallet])
            .expect_err("too late")
            .assert_is(TesseraError::DeadlinePassed);
        world.advance(-1);
        world.send(&[kept], &[&wallet]).expect("in the last second");
    };
    late(&mut world, subscribe);
    let cancel = world.cancel(&wallet);
    world.send(&[cancel], &[&wallet]).expect("cancel");
    let resume = world.resume(&wallet);
    late(&mut world, resume);
    let place = world.second_plan();
    let terms = world.change_terms(place);
    let change = world.change_plan(&wallet, place, terms, false);
    late(&mut world, change);
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
}

#[test]
fn a_voucher_is_void_in_another_org_with_the_same_list() {
    let mut given = Given::new(|_| {});
    let (gift, wallet, token) = (given.gifts[0], given.wallet(0), given.tokens[0]);
    let (root, proof) = (given.tree.root(), given.proof(0));
    let elsewhere = given.world.second_org();
    given.world.within(elsewhere, |world| {
        let create = world.create_campaign(world.campaign_args(root));
        let open = world.open_page(1, 0);
        world.send(&[create, open], &[&key(2)]).expect("there");
        fill(world, 1, 28_000);
        let replayed = world.claim_voucher(1, &gift, &proof, token);
        world
            .send(&[replayed], &[&wallet])
            .expect_err("the other org's")
            .assert_is(TesseraError::WrongProof);
        assert_eq!(world.campaign(1).claimed, 0);
    });
    assert_eq!(given.claimed(0).amount, gift.amount);
}

#[test]
fn a_voucher_of_another_cluster_or_program_is_void() {
    let mut given = Given::new(|_| {});
    let (gift, token) = (given.gifts[0], given.tokens[0]);
    let giver = |world: &World, id| Giver {
        cluster_tag: OTHER_TAG,
        ..world.giver(id)
    };
    // On the other cluster it is paid; here the same root at the same address leads nowhere.
    let mut away = other_cluster();
    let root = giver(&away, 1).tree(&[gift]).expect("a gift").root();
    let create = away.create_campaign(away.campaign_args(root));
    let open = away.open_page(1, 0);
    away.send(&[create, open], &[&key(2)]).expect("there");
    fill(&mut away, 1, gift.amount);
    let to = away.create_token_account(&gift.wallet, 0);
    let claim = away.claim_voucher(1, &gift, &[], to);
    away.send(&[claim], &[&given.wallet(0)]).expect("there");
    assert_eq!(away.balance(&to), gift.amount);
    let mut of_another_program = given.world.giver(3).voucher(&gift);
    of_another_program.program = Address::new_from_array([9; 32]);
    let roots = [
        giver(&given.world, 2).tree(&[gift]).expect("a gift").root(),
        leaf(&of_another_program),
    ];
    for (id, root) in (2..).zip(roots) {
        let create = given.world.create_campaign(given.world.campaign_args(root));
        let open = given.world.open_page(id, 0);
        let made = given.world.send(&[create, open], &[&key(2)]);
        made.expect("another campaign");
        fill(&mut given.world, id, gift.amount);
        let claim = given.world.claim_voucher(id, &gift, &[], token);
        given.refused(claim, 0, TesseraError::WrongProof);
        assert_eq!(given.world.campaign(id).claimed, 0);
    }
    assert_eq!(given.world.giver(1).cluster_tag, CLUSTER_TAG);
}

#[test]
fn a_voucher_is_void_in_the_second_in_which_its_campaign_closes() {
    let mut given = Given::new(|_| {});
    given.world.advance(DAY);
    let late = given.claim(0);
    given.refused(late, 0, TesseraError::CampaignNotOpen);
    given.world.advance(-1);
    given.claimed(0);
}

/// An issuer's award names org and life by the account that it is booked in.
#[test]
fn an_award_counts_in_the_org_of_its_issuer_only() {
    let mut world = World::new();
    let (issuer, wallet) = (key(50), customer());
    world.join(&wallet, None);
    let elsewhere = world.second_org();
    let set = |world: &mut World| {
        let set = world.set_issuer(&issuer, 100);
        world.send(&[set], &[&key(2)]).expect("set_issuer");
    };
    set(&mut world);
    let there = world.within(elsewhere, |world| {
        world.join(&wallet, None);
        set(world);
        world.member_address(&wallet)
    });
    let award = world.award(&issuer, &wallet, 10);
    let attack = world::replace(&award, &world.member_address(&wallet), &there);
    world
        .send(&[attack], &[&issuer])
        .expect_err("a member of the other org")
        .assert_is(TesseraError::WrongOrg);
    let sent = world.send(&[award], &[&issuer]).expect("award");
    assert!(matches!(sent.event(), Event::PointsAwarded(_)));
    assert_eq!(world.account::<Member>(&there).points, 0);
}
