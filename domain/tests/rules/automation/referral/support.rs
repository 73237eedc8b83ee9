//! A campaign and facts to begin from. Moments are hours after the campaign's beginning.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use tessera_domain::{
    automation::referral::{
        Campaign, Charge, Decision, Decisions, Facts, Member, Referral, Refund, evaluate, release,
    },
    time::Timestamp,
};
use uuid::Uuid;

pub(super) const MINT: &str = "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8";
/// The first moment of the campaign, Unix seconds: the beginning of a UTC day.
pub(super) const BEGIN_SECS: i64 = 1_767_225_600;
pub(super) const DAY: i64 = 24;

pub(super) fn hour(hours: i64) -> Timestamp {
    Timestamp::from_secs(BEGIN_SECS + hours * 3_600)
}

/// Two periods and 50 units within 30 days; 10 units and 5 points, from the third referral on 20 units.
pub(super) fn definition() -> Value {
    json!({
        "name": "Spring",
        "from": "2026-01-01T00:00:00Z",
        "until": "2026-03-01T00:00:00Z",
        "mint": MINT,
        "decimals": 6,
        "referrers": {},
        "qualification": {
            "paid": { "kind": "periods", "count": 2 }, "minimum": "50", "within_days": 30,
        },
        "tiers": [
            { "from": 1, "rewards": {
                "referrer": { "kind": "amount", "units": "10" },
                "referred": { "kind": "points", "points": "5" },
            } },
            { "from": 3, "rewards": { "referrer": { "kind": "amount", "units": "20" } } },
        ],
        "caps": { "budget": { "points": "1000", "units": "1000" } },
    })
}

/// The definition with what stands at these paths replaced.
pub(super) fn with(changes: &[(&str, Value)]) -> Value {
    let mut value = definition();
    for (path, change) in changes {
        let (parent, key) = path.rsplit_once('/').expect("a path");
        let parent = value.pointer_mut(parent).expect("a parent");
        match parent {
            Value::Array(list) => list[key.parse::<usize>().expect("an index")] = change.clone(),
            other => other[key] = change.clone(),
        }
    }
    value
}

pub(super) fn campaign(changes: &[(&str, Value)]) -> Campaign {
    let campaign: Campaign = serde_json::from_value(with(changes)).expect("a campaign");
    campaign.validate().expect("a valid campaign");
    campaign
}

pub(super) fn person(wallet: &str) -> Uuid {
    let mut bytes = [0; 16];
    let text = &wallet.as_bytes()[..wallet.len().min(16)];
    bytes[..text.len()].copy_from_slice(text);
    Uuid::from_bytes(bytes)
}

pub(super) fn member(wallet: &str, referrer: Option<&str>, at: i64) -> Member {
    Member {
        person: person(wallet),
        referrer: referrer.map(str::to_owned),
        registered_at: hour(at),
        memberships: Vec::new(),
        devices: BTreeMap::new(),
        funding: BTreeMap::new(),
    }
}

pub(super) fn charge(wallet: &str, at: i64, units: u64) -> Charge {
    Charge {
        member: wallet.to_owned(),
        at: hour(at),
        paid_through: hour(at + 7 * DAY),
        mint: MINT.to_owned(),
        units,
        payouts: Vec::new(),
        refunds: Vec::new(),
    }
}

pub(super) fn refund(at: i64, units: u64) -> Refund {
    Refund {
        at: hour(at),
        units,
        taken_back: Vec::new(),
    }
}

/// A referrer `ref` of long ago, and what was added.
#[derive(Debug, Clone)]
pub(super) struct Shop(pub(super) Facts);

impl Shop {
    pub(super) fn new() -> Self {
        let mut shop = Self(Facts::default());
        shop.add("ref", None, -1_000);
        shop
    }

    pub(super) fn add(&mut self, wallet: &str, referrer: Option<&str>, at: i64) -> &mut Member {
        let entry = self.0.members.entry(wallet.to_owned());
        entry.or_insert_with(|| member(wallet, referrer, at))
    }

    pub(super) fn pay(&mut self, wallet: &str, at: i64, units: u64) -> &mut Charge {
        let id = format!("{wallet}/{:04}", self.0.charges.len());
        let entry = self.0.charges.entry(id);
        entry.or_insert_with(|| charge(wallet, at, units))
    }

    /// A wallet that registers at `at`, and has met the campaign an hour later.
    pub(super) fn refer(&mut self, wallet: &str, referrer: &str, at: i64) {
        self.add(wallet, Some(referrer), at);
        self.pay(wallet, at, 25);
        self.pay(wallet, at + 1, 25);
    }

    pub(super) fn at(&self, campaign: &Campaign, decisions: &Decisions, now: i64) -> Vec<Referral> {
        evaluate(campaign, &self.0, decisions, hour(now)).expect("an evaluation")
    }

    /// The only referral, without any decision.
    pub(super) fn only(&self, campaign: &Campaign, now: i64) -> Referral {
        let mut all = self.at(campaign, &Decisions::new(), now);
        assert_eq!(all.len(), 1);
        all.remove(0)
    }
}

/// Releases what is due for a referral.
pub(super) fn let_go(decisions: &mut Decisions, referral: &Referral, now: i64) {
    let release = release(referral, "sam", hour(now)).expect("a release");
    let made = decisions.entry(referral.referred.clone()).or_default();
    made.push(Decision::Release(release));
}
