//! Caps and the budget: never exceeded, whatever becomes known in whichever order, and shared out by who
//! qualified first.

use super::support::{DAY, Shop, campaign, hour, let_go, refund};
use proptest::{collection::vec, option, prelude::*, sample::Index};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    automation::referral::{Campaign, Cap, Decision, Decisions, Grant, Referral, State, reject},
    time::Timestamp,
};

fn capped(caps: Value) -> Campaign {
    campaign(&[("/caps", caps)])
}

fn due(shop: &Shop, campaign: &Campaign) -> Vec<(u64, u64, Vec<Cap>)> {
    shop.at(campaign, &Decisions::new(), 100)
        .into_iter()
        .map(|it| {
            let caps = it.capped_by.into_iter().collect();
            (it.due.referrer.units, it.due.referred.points, caps)
        })
        .collect()
}

#[test]
fn a_budget_that_runs_short_goes_to_who_qualified_first() {
    let mut shop = Shop::new();
    shop.refer("zoe", "ref", 0);
    shop.add("ben", None, -500);
    shop.refer("ann", "ben", 1);
    shop.refer("bob", "ben", 2);
    let short = capped(json!({ "budget": { "points": "7", "units": "15" } }));
    let by = vec![Cap::Budget];
    let shares = [(5, 2, by.clone()), (0, 0, by), (10, 5, vec![])];
    assert_eq!(due(&shop, &short), shares);
    let two = capped(json!({ "budget": { "points": "99", "units": "99", "referrals": 2 } }));
    let shares = [(10, 5, vec![]), (0, 0, vec![Cap::Budget]), (10, 5, vec![])];
    assert_eq!(due(&shop, &two), shares);
}

#[test]
fn a_referrer_and_a_day_have_caps_of_their_own() {
    let mut shop = Shop::new();
    for (wallet, at) in [("ann", 0), ("bob", 1), ("cid", DAY)] {
        shop.refer(wallet, "ref", at);
    }
    let of_referrer = capped(json!({
        "budget": { "points": "99", "units": "99" }, "per_referrer": { "units": "15" },
    }));
    let by = vec![Cap::PerReferrer];
    // The third is of the second tier, which gives the referred nothing.
    assert_eq!(
        due(&shop, &of_referrer),
        [(10, 5, vec![]), (5, 5, by.clone()), (0, 0, by.clone())]
    );
    let one = capped(json!({
        "budget": { "points": "99", "units": "99" }, "per_referrer": { "referrals": 1 },
    }));
    assert_eq!(
        due(&shop, &one),
        [(10, 5, vec![]), (0, 0, by.clone()), (0, 0, by)]
    );
    let of_day = capped(json!({
        "budget": { "points": "99", "units": "99" }, "per_day": { "units": "15", "points": "5" },
    }));
    let by = vec![Cap::PerDay];
    assert_eq!(
        due(&shop, &of_day),
        [(10, 5, vec![]), (5, 0, by.clone()), (15, 0, by)]
    );
}

#[test]
fn what_is_released_is_spent_even_when_it_is_no_longer_earned() {
    let mut shop = Shop::new();
    shop.refer("ann", "ref", 5);
    let short = capped(json!({ "budget": { "points": "99", "units": "10" } }));
    let mut decisions = Decisions::new();
    let_go(&mut decisions, &shop.only(&short, 8), 8);
    // Learnt late: bob had qualified before, and ann's payment was given back.
    shop.refer("bob", "ref", 0);
    let charge = shop.0.charges.values_mut().next().expect("a payment");
    charge.refunds.push(refund(9, 25));
    let [ann, bob] = &shop.at(&short, &decisions, 9)[..] else {
        panic!("two referrals");
    };
    assert_eq!(
        (ann.released.referrer.units, ann.clawback.referrer.units),
        (10, 10)
    );
    assert_eq!((bob.due.referrer.units, bob.due.referred.points), (0, 5));
}

#[test]
fn a_tier_begins_with_its_referral_in_the_order_of_qualification() {
    let mut shop = Shop::new();
    for (wallet, at) in [("zoe", 0), ("yan", 1), ("bob", 2), ("ann", 3)] {
        shop.refer(wallet, "ref", at);
    }
    let tiers = |shop: &Shop, decisions: &Decisions| -> Vec<Option<u32>> {
        let all = shop.at(&campaign(&[]), decisions, 50);
        all.iter().map(|it| it.tier).collect()
    };
    // By name: ann, bob, yan, zoe.
    assert_eq!(
        tiers(&shop, &Decisions::new()),
        [Some(3), Some(3), Some(1), Some(1)]
    );
    let mut decisions = Decisions::new();
    let bob = shop.at(&campaign(&[]), &decisions, 20).remove(1);
    let_go(&mut decisions, &bob, 20);
    // Without zoe all move up, but for what was released.
    let zoe = shop.at(&campaign(&[]), &decisions, 20).remove(3);
    let no = reject(&zoe, "sam", "no", hour(20)).expect("a rejection");
    decisions.insert("zoe".to_owned(), vec![Decision::Rejection(no)]);
    assert_eq!(tiers(&shop, &decisions), [Some(3), Some(3), Some(1), None]);
    let yan = shop.at(&campaign(&[]), &decisions, 20).remove(2);
    let no = reject(&yan, "sam", "no", hour(20)).expect("a rejection");
    decisions.insert("yan".to_owned(), vec![Decision::Rejection(no)]);
    assert_eq!(tiers(&shop, &decisions), [Some(1), Some(3), None, None]);
    assert!(
        shop.at(&campaign(&[]), &decisions, 50)[1]
            .clawback
            .is_zero()
    );
}

#[derive(Debug, Clone)]
enum Step {
    /// A payment becomes known.
    Pay { of: Index, at: i64, units: u64 },
    /// A refund of one becomes known.
    Refund { of: Index, at: i64, units: u64 },
    /// Time goes on.
    Wait(i64),
    /// A human releases or rejects one, whatever it is.
    Decide { of: Index, release: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = 0..60 * DAY;
    let step = prop_oneof![
        5 => (any::<Index>(), at.clone(), 20..90_u64).prop_map(|(of, at, units)| Step::Pay { of, at, units }),
        1 => (any::<Index>(), at, 1..90_u64).prop_map(|(of, at, units)| Step::Refund { of, at, units }),
        2 => (1..10 * DAY).prop_map(Step::Wait),
        3 => (any::<Index>(), prop::bool::weighted(0.8)).prop_map(|(of, release)| Step::Decide { of, release }),
    ];
    vec(step, 1..60)
}

fn limit() -> impl Strategy<Value = Value> {
    (
        option::of(1..6_u32),
        option::of(1..40_u64),
        option::of(1..80_u64),
    )
        .prop_map(|(referrals, points, units)| {
            let mut limit = json!({});
            if let Some(most) = referrals {
                limit["referrals"] = json!(most);
            }
            for (name, most) in [("points", points), ("units", units)] {
                if let Some(most) = most {
                    limit[name] = json!(most.to_string());
                }
            }
            limit
        })
}

fn caps() -> impl Strategy<Value = Value> {
    (
        limit(),
        limit(),
        1..100_u64,
        1..200_u64,
        option::of(1..9_u32),
    )
        .prop_map(|(per_referrer, per_day, points, units, referrals)| {
            let mut budget = json!({ "points": points.to_string(), "units": units.to_string() });
            if let Some(most) = referrals {
                budget["referrals"] = json!(most);
            }
            json!({ "per_referrer": per_referrer, "per_day": per_day, "budget": budget })
        })
}

fn rewards() -> impl Strategy<Value = Value> {
    let share = json!({ "kind": "percentage", "bps": 2_500, "payments": 4, "most": "60" });
    let fixed = json!({ "kind": "amount", "units": "17" });
    let points = json!({ "kind": "points", "points": "7" });
    let side = || prop::sample::select(vec![share.clone(), fixed.clone(), points.clone()]);
    (side(), side())
        .prop_map(|(referrer, referred)| json!({ "referrer": referrer, "referred": referred }))
}

/// What a limit has to hold: how many referrals, how many points, how many units.
fn sum<'a>(referrals: impl Iterator<Item = &'a Referral>, both: bool) -> (u32, u64, u64) {
    referrals.fold((0, 0, 0), |(count, points, units), it| {
        let sides = [
            it.released.referrer,
            it.due.referrer,
            it.released.referred,
            it.due.referred,
        ];
        let sides: &[Grant] = if both { &sides } else { &sides[..2] };
        let counts = !(it.released.is_zero() && it.due.is_zero());
        (
            count + u32::from(counts),
            points + sides.iter().map(|it| it.points).sum::<u64>(),
            units + sides.iter().map(|it| it.units).sum::<u64>(),
        )
    })
}

fn holds(campaign: &Campaign, referrals: &[Referral]) -> bool {
    let within = |limit: tessera_domain::automation::referral::Limit, (count, points, units)| {
        limit.referrals.is_none_or(|most| count <= most)
            && limit.points.is_none_or(|most| points <= most)
            && limit.units.is_none_or(|most| units <= most)
    };
    let day = |it: &Referral| it.qualified_at.map(Timestamp::day);
    let days: BTreeSet<_> = referrals.iter().map(day).collect();
    let referrers: BTreeSet<&str> = referrals.iter().map(|it| it.referrer.as_str()).collect();
    let caps = campaign.caps;
    within(caps.budget, sum(referrals.iter(), true))
        && days.into_iter().all(|of| {
            within(
                caps.per_day,
                sum(referrals.iter().filter(|it| day(it) == of), true),
            )
        })
        && referrers.into_iter().all(|of| {
            within(
                caps.per_referrer,
                sum(referrals.iter().filter(|it| it.referrer == of), false),
            )
        })
}

fn crowd() -> Shop {
    let mut shop = Shop::new();
    shop.add("ben", None, -500);
    for index in 0..10 {
        let referrer = if index % 3 == 0 { "ben" } else { "ref" };
        shop.add(&format!("w{index}"), Some(referrer), index * 7);
    }
    shop
}

/// Makes a step. Facts are of any time when they may become known late, else of now.
fn make(
    shop: &mut Shop,
    step: &Step,
    campaign: &Campaign,
    decisions: &mut Decisions,
    now: &mut i64,
    late: bool,
) {
    match step {
        Step::Pay { of, at, units } => {
            let at = if late { *at } else { *now };
            shop.pay(&format!("w{}", of.index(10)), at, *units);
        }
        Step::Refund { of, at, units } => {
            let at = if late { *at } else { *now };
            let count = shop.0.charges.len();
            if let Some(charge) = shop.0.charges.values_mut().nth(of.index(count.max(1))) {
                charge.refunds.push(refund(at, *units));
            }
        }
        Step::Wait(hours) => *now += hours,
        Step::Decide { of, release } => {
            let all = shop.at(campaign, decisions, *now);
            let Some(one) = all.get(of.index(all.len().max(1))) else {
                return;
            };
            if *release && !one.due.is_zero() {
                let_go(decisions, one, *now);
            } else if let Ok(no) = reject(one, "sam", "no", hour(*now)) {
                let made = decisions.entry(one.referred.clone()).or_default();
                made.push(Decision::Rejection(no));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_cap_is_exceeded_whatever_becomes_known_when(
        caps in caps(),
        rewards in rewards(),
        steps in steps(),
    ) {
        let campaign = campaign(&[("/caps", caps), ("/tiers/0/rewards", rewards)]);
        let (mut shop, mut decisions, mut now) = (crowd(), Decisions::new(), 60 * DAY);
        let mut released = BTreeMap::new();
        for step in &steps {
            make(&mut shop, step, &campaign, &mut decisions, &mut now, true);
            let referrals = shop.at(&campaign, &decisions, now);
            prop_assert!(holds(&campaign, &referrals), "{referrals:#?}");
            for it in referrals {
                let before = released.insert(it.referred.clone(), it.released).unwrap_or_default();
                prop_assert!(before.referrer.units <= it.released.referrer.units);
                prop_assert!(before.referrer.points <= it.released.referrer.points);
                if !before.is_zero() {
                    prop_assert_eq!(it.state, State::Released);
                }
            }
        }
    }

    #[test]
    fn states_follow_each_other_as_listed_and_facts_in_any_order_make_the_same(
        steps in steps(),
    ) {
        let campaign = campaign(&[]);
        let (mut shop, mut decisions, mut now) = (crowd(), Decisions::new(), 0);
        let mut before = BTreeMap::new();
        for step in &steps {
            make(&mut shop, step, &campaign, &mut decisions, &mut now, false);
            for it in shop.at(&campaign, &decisions, now) {
                let last = before.insert(it.referred.clone(), it.state).unwrap_or(State::Pending);
                // A payment and its release can lie between two looks only where something was due.
                prop_assert!(last.may_become(it.state), "{last:?} to {:?}", it.state);
            }
        }
        let mut other = Shop::new();
        other.0.members = shop.0.members.clone().into_iter().rev().collect();
        for (id, mut charge) in shop.0.charges.clone().into_iter().rev() {
            charge.refunds.reverse();
            other.0.charges.insert(id, charge);
        }
        let (one, two) = (shop.at(&campaign, &decisions, now), other.at(&campaign, &decisions, now));
        prop_assert_eq!(one, two);
    }
}
