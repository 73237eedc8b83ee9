//! Subscriptions that pay for themselves: no honest business is suspected, and no ring goes unseen.

use super::support::{MINT, Shop, charge, refund};
use proptest::{collection::vec, prelude::*};
use serde_json::json;
use std::collections::BTreeMap;
use tessera_domain::automation::referral::{
    Charge, Facts, Grant, Payout, PayoutKind, Rewards,
    check::{CheckName, Checks, Evidence, Received, Scene, Suspicions},
};

type Paid<'a> = BTreeMap<&'a str, Rewards<Grant>>;

fn look(facts: &Facts, rewards: &Paid, levels: u8) -> Suspicions {
    let parameters = json!({ "levels": levels, "units_per_point": "2" });
    let checks: Checks = serde_json::from_value(json!({ "wash": parameters })).expect("checks");
    let scene = Scene {
        facts,
        mint: MINT,
        rewards: rewards.clone(),
    };
    checks.suspicions(CheckName::Wash, &scene)
}

fn payout(to: &str, kind: PayoutKind, units: u64) -> Payout {
    Payout {
        to: to.to_owned(),
        kind,
        units,
    }
}

fn grant(points: u64, units: u64) -> Grant {
    Grant { points, units }
}

/// `top` referred `mid`, who referred `low`, who paid 100.
fn chain(payouts: Vec<Payout>) -> Shop {
    let mut shop = Shop::new();
    shop.add("top", None, 0);
    shop.add("mid", Some("top"), 1);
    shop.add("low", Some("mid"), 2);
    shop.pay("low", 3, 100).payouts = payouts;
    shop
}

#[test]
fn what_comes_to_the_price_is_clear_and_one_unit_more_is_not() {
    let shop = chain(vec![
        payout("low", PayoutKind::Rebate, 60),
        payout("mid", PayoutKind::Commission, 20),
        payout("stranger", PayoutKind::Commission, 1_000),
    ]);
    let rewards = |units| Rewards {
        referrer: grant(5, units),
        referred: grant(1, 0),
    };
    let clear = look(&shop.0, &[("low", rewards(8))].into(), 3);
    assert!(clear.is_empty(), "{clear:?}");
    let found = look(&shop.0, &[("low", rewards(9))].into(), 3);
    let part = |member: &str, level, commissions, rebates, rewards| Received {
        member: member.to_owned(),
        level,
        commissions,
        rebates,
        rewards,
    };
    let evidence = Evidence::Wash {
        paid: 100,
        received: 101,
        parts: vec![part("low", 0, 0, 60, 2), part("mid", 1, 20, 0, 19)],
    };
    assert_eq!(found["low"].evidence, [evidence]);
    assert_eq!((found.len(), found["low"].score), (1, 1));
}

#[test]
fn a_refund_takes_from_what_was_paid_and_from_what_was_paid_out() {
    let mut shop = chain(vec![
        payout("low", PayoutKind::Rebate, 50),
        payout("mid", PayoutKind::Commission, 10),
    ]);
    let mut back = refund(4, 50);
    back.taken_back = vec![payout("low", PayoutKind::Rebate, 20)];
    let charge = shop.0.charges.values_mut().next().expect("a payment");
    charge.refunds.push(back);
    assert!(look(&shop.0, &Paid::new(), 1).is_empty());
    let charge = shop.0.charges.values_mut().next().expect("a payment");
    charge.refunds.push(refund(5, 50));
    let found = look(&shop.0, &Paid::new(), 1);
    // Nothing was paid, and 40 was received.
    assert_eq!(found["low"].score, 100);
}

#[test]
fn levels_above_are_seen_as_far_as_the_campaign_says() {
    let shop = chain(vec![
        payout("low", PayoutKind::Rebate, 50),
        payout("mid", PayoutKind::Commission, 30),
        payout("top", PayoutKind::Commission, 30),
    ]);
    assert!(look(&shop.0, &Paid::new(), 1).is_empty());
    assert_eq!(look(&shop.0, &Paid::new(), 2).len(), 1);
}

#[test]
fn what_the_referrer_pays_for_themselves_hides_nothing() {
    let mut shop = chain(vec![payout("mid", PayoutKind::Commission, 101)]);
    shop.pay("mid", 3, 1_000_000);
    assert!(look(&shop.0, &Paid::new(), 1).contains_key("low"));
}

#[test]
fn wallets_that_refer_each_other_are_looked_at_once_each() {
    let mut shop = Shop::new();
    shop.add("a", Some("b"), 0);
    shop.add("b", Some("a"), 0);
    shop.pay("a", 1, 100).payouts = vec![
        payout("a", PayoutKind::Rebate, 50),
        payout("b", PayoutKind::Commission, 50),
    ];
    assert!(look(&shop.0, &Paid::new(), 20).is_empty());
}

/// A member: where above it hangs, and what it paid and got back.
#[derive(Debug, Clone)]
struct Customer {
    above: prop::sample::Index,
    payments: Vec<(u64, u64)>,
    /// Parts of the price, in ten-thousandths: rebate, three commissions, and the rewards of both sides.
    parts: [u64; 6],
}

fn customers(count: usize) -> impl Strategy<Value = Vec<Customer>> {
    let payments = vec((1..1_000_000_u64, 0..1_200_000_u64), 0..4);
    // Together at most the price.
    let parts = vec(0..=1_666_u64, 6).prop_map(|it| it.try_into().expect("six parts"));
    let one = (any::<prop::sample::Index>(), payments, parts);
    vec(
        one.prop_map(|(above, payments, parts)| Customer {
            above,
            payments,
            parts,
        }),
        1..count,
    )
}

/// The wallets above, nearest first.
fn above(facts: &Facts, wallet: &str) -> Vec<String> {
    let referrer = |it: &String| facts.members.get(it)?.referrer.clone();
    std::iter::successors(Some(wallet.to_owned()), referrer)
        .skip(1)
        .collect()
}

/// A payment of which each part is paid out, and as much of it taken back as was refunded, rounded up.
fn honest(wallet: &str, price: u64, refunded: u64, parts: &[u64; 6], above: &[String]) -> Charge {
    let refunded = refunded.saturating_sub(200_000).min(price);
    let share = |part: u64| price * part / 10_000;
    let mut payouts = vec![payout(wallet, PayoutKind::Rebate, share(parts[0]))];
    for (above, part) in above.iter().zip(&parts[1..4]) {
        payouts.push(payout(above, PayoutKind::Commission, share(*part)));
    }
    let mut back = refund(9, refunded);
    for it in &payouts {
        let kept = it.units * (price - refunded) / price;
        back.taken_back
            .push(payout(&it.to, it.kind, it.units - kept));
    }
    Charge {
        payouts,
        refunds: vec![back],
        ..charge(wallet, 2, price)
    }
}

/// A business: a forest of customers, and the rewards that it pays them.
fn business(customers: &[Customer]) -> (Facts, BTreeMap<String, Rewards<Grant>>) {
    let mut shop = Shop::new();
    let mut rewards = BTreeMap::new();
    for (number, it) in customers.iter().enumerate() {
        let wallet = format!("h{number}");
        // One in so many was referred by nobody.
        let above_it = it.above.index(number + 1);
        let referrer = (above_it < number).then(|| format!("h{above_it}"));
        shop.add(&wallet, referrer.as_deref(), 0);
        let above = above(&shop.0, &wallet);
        let mut net = 0;
        for (at, (price, refunded)) in it.payments.iter().enumerate() {
            let charge = honest(&wallet, *price, *refunded, &it.parts, &above);
            net += price - charge.refunds[0].units;
            shop.0.charges.insert(format!("{wallet}/{at}"), charge);
        }
        // A point is worth two units.
        let side = |part: u64| grant(net * part / 20_000, 0);
        let paid = Rewards {
            referrer: side(it.parts[4]),
            referred: grant(0, net * it.parts[5] / 10_000),
        };
        rewards.insert(wallet, paid);
    }
    (shop.0, rewards)
}

fn borrowed(rewards: &BTreeMap<String, Rewards<Grant>>) -> Paid<'_> {
    rewards
        .iter()
        .map(|(wallet, it)| (wallet.as_str(), *it))
        .collect()
}

/// A payment within a ring: its price, and which of those above it in the ring gets how much.
type Circular = (u64, Vec<(prop::sample::Index, u64)>);

fn circular() -> impl Strategy<Value = Circular> {
    (
        0..1_000_u64,
        vec((any::<prop::sample::Index>(), 0..900_u64), 0..4),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_honest_business_is_suspected(customers in customers(25), levels in 1..=20_u8) {
        let (facts, rewards) = business(&customers);
        let found = look(&facts, &borrowed(&rewards), levels);
        prop_assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_ring_that_gains_is_found_and_nobody_else(
        customers in customers(15),
        entry in any::<prop::sample::Index>(),
        ring in vec((any::<prop::sample::Index>(), vec(circular(), 0..3)), 2..12),
        lacking in any::<prop::sample::Index>(),
    ) {
        let (mut facts, mut rewards) = business(&customers);
        // An honest customer may have referred the first of the ring.
        let honest = entry.index(customers.len() + 1);
        let mut shop = Shop(Facts::default());
        std::mem::swap(&mut shop.0, &mut facts);
        let (mut paid, mut received) = (0, 0);
        for (number, (above_it, payments)) in ring.iter().enumerate() {
            let wallet = format!("r{number}");
            let referrer = match number {
                0 => (honest < customers.len()).then(|| format!("h{honest}")),
                _ => Some(format!("r{}", above_it.index(number))),
            };
            shop.add(&wallet, referrer.as_deref(), 0);
            if number == 0 {
                continue;
            }
            let mut within = vec![wallet.clone()];
            within.extend(above(&shop.0, &wallet).into_iter().filter(|it| it.starts_with('r')));
            for (at, (price, parts)) in payments.iter().enumerate() {
                let charge = shop.0.charges.entry(format!("{wallet}/{at}"));
                let charge = charge.or_insert_with(|| self::charge(&wallet, 2, *price));
                for (to, units) in parts {
                    let to = &within[to.index(within.len())];
                    let own = to == &wallet;
                    let kind = if own { PayoutKind::Rebate } else { PayoutKind::Commission };
                    charge.payouts.push(payout(to, kind, *units));
                    received += units;
                }
                paid += price;
            }
        }
        // It gains one unit at least: the reward of one of them makes up for what lacks.
        if received <= paid {
            let one = 1 + lacking.index(ring.len() - 1);
            let reward = Rewards { referrer: grant(0, paid - received + 1), referred: grant(0, 0) };
            rewards.insert(format!("r{one}"), reward);
        }
        let found = look(&shop.0, &borrowed(&rewards), 20);
        prop_assert!(!found.is_empty());
        prop_assert!(found.keys().all(|it| it.starts_with('r')), "{found:?}");
    }
}
