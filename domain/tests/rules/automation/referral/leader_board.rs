//! Ranks: who opted out takes no place, equals share one.

use super::support::{Shop, campaign, hour, let_go, refund};
use std::collections::BTreeSet;
use tessera_domain::automation::referral::{Decisions, Referral, Standing, leader_board};

fn standings(referrals: &[Referral]) -> Vec<Standing> {
    referrals.iter().map(Standing::from).collect()
}

fn ranks(shop: &Shop, opted_out: &[&str]) -> Vec<(usize, usize, String, usize)> {
    let referrals = shop.at(&campaign(&[]), &Decisions::new(), 100);
    let opted_out = opted_out.iter().map(|it| (*it).to_owned()).collect();
    leader_board(&standings(&referrals), &opted_out)
        .into_iter()
        .map(|it| (it.rank, it.tied_with, it.referrer, it.qualified))
        .collect()
}

fn shop() -> Shop {
    let mut shop = Shop::new();
    for referrer in ["ada", "ben", "cid", "dot"] {
        shop.add(referrer, None, -10);
    }
    for (wallet, referrer, at) in [
        ("w1", "ada", 1),
        ("w2", "ada", 9),
        ("w3", "ben", 2),
        ("w4", "ben", 8),
        ("w5", "cid", 3),
        ("w6", "dot", 3),
        ("w7", "ref", 4),
    ] {
        shop.refer(wallet, referrer, at);
    }
    shop
}

#[test]
fn who_opted_out_leaves_no_gap() {
    let places = ranks(&shop(), &["ben"]);
    let shown: Vec<_> = places.iter().map(|it| (it.0, it.2.as_str())).collect();
    assert_eq!(shown, [(1, "ada"), (2, "cid"), (2, "dot"), (4, "ref")]);
    assert!(ranks(&shop(), &["ada", "ben", "cid", "dot", "ref"]).is_empty());
}

#[test]
fn among_as_many_who_had_them_first_leads_and_equals_share_a_rank() {
    let expected = [
        (1, 0, "ben".to_owned(), 2),
        (2, 0, "ada".to_owned(), 2),
        (3, 1, "cid".to_owned(), 1),
        (3, 1, "dot".to_owned(), 1),
        (5, 0, "ref".to_owned(), 1),
    ];
    assert_eq!(ranks(&shop(), &[]), expected);
}

#[test]
fn what_was_refunded_after_its_release_counts_no_longer() {
    let mut shop = Shop::new();
    shop.refer("ann", "ref", 0);
    let mut decisions = Decisions::new();
    let_go(&mut decisions, &shop.only(&campaign(&[]), 5), 5);
    let places = |shop: &Shop| {
        let referrals = shop.at(&campaign(&[]), &decisions, 9);
        leader_board(&standings(&referrals), &BTreeSet::new())
            .into_iter()
            .next()
    };
    assert_eq!(places(&shop).map(|it| it.reached_at), Some(hour(1)));
    let charge = shop.0.charges.values_mut().next().expect("a payment");
    charge.refunds.push(refund(8, 25));
    assert_eq!(places(&shop), None);
}
