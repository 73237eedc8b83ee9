//! What the API must say of accounts and events, written down independently of it.

use crate::stack::Passed;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tessera_client::{
    Account, Event,
    audit::Totals,
    types::{Address, NO_ADDRESS, accounts::Member},
};

/// Each field of `expected` stands in `row`; the rest of the row is the mirror's own (slot, closed).
#[track_caller]
fn assert_fields(row: &Value, expected: Value) {
    let expected = expected.as_object().expect("object").clone();
    for (field, value) in expected {
        assert_eq!(row[&field], value, "{field} of {row}");
    }
}

/// Names of the states by their codes.
const STATES: [&str; 6] = ["", "trial", "active", "past_due", "cancelled", "lapsed"];

fn present(address: &Address) -> Value {
    match *address {
        NO_ADDRESS => Value::Null,
        address => address.to_string().into(),
    }
}

fn digits(value: u64) -> String {
    value.to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(code: &[u8; 16]) -> Value {
    let code: String = code
        .iter()
        .take_while(|byte| **byte != 0)
        .map(|byte| char::from(*byte))
        .collect();
    match code.is_empty() {
        true => Value::Null,
        false => code.into(),
    }
}

#[track_caller]
pub(crate) fn assert_row(row: &Value, account: &Account) {
    let expected = match account {
        Account::Org(org) => json!({
            "creator": org.creator.to_string(),
            "id": digits(org.id),
            "cluster_tag": hex(&org.cluster_tag),
            "authority": org.authority.to_string(),
            "pending_authority": present(&org.pending_authority),
            "quote_authority": org.settings.quote_authority.to_string(),
            "meter_authority": present(&org.settings.meter_authority),
            "treasury": org.settings.treasury.to_string(),
            "commission_bps": org.settings.commission_bps,
            "hold_secs": org.settings.hold_secs,
            "points_epoch_secs": org.settings.points_epoch_secs,
            "points_expiry_epochs": org.settings.points_expiry_epochs,
            "subscribe_paused": false,
            "charge_paused": false,
            "created_at": org.created_at,
            "tiers": org.settings.tiers.map(|tier| json!({
                "points_threshold": digits(tier.points_threshold),
                "points_boost_bps": tier.points_boost_bps,
                "discount_bps": tier.discount_bps,
            })),
        }),
        Account::Plan(plan) => json!({
            "org": plan.org.to_string(),
            "id": digits(plan.id),
            "mint": plan.mint.to_string(),
            "decimals": plan.decimals,
            "token_program": plan.token_program.to_string(),
            "destination": plan.destination.to_string(),
            "vault": plan.vault.to_string(),
            "price": digits(plan.price),
            "price_floor": digits(plan.price_floor),
            "price_ceiling": digits(plan.price_ceiling),
            "points_per_charge": digits(plan.points_per_charge),
            "keeper_fee_cap": digits(plan.keeper_fee_cap),
            "metered": false,
            "prorated": true,
            "period_secs": plan.period_secs,
            "period_months": plan.period_months,
            "trial_secs": plan.trial_secs,
            "grace_secs": plan.grace_secs,
            "created_at": plan.created_at,
            "ends_at": (plan.ends_at < i64::MAX).then_some(plan.ends_at),
            "sunset_at": null,
            "vault_rent_payer": present(&plan.vault_rent_payer),
        }),
        Account::Member(member) => json!({
            "org": member.org.to_string(),
            "wallet": member.wallet.to_string(),
            "referrers": above(member),
            "code": text(&member.code),
            "tier": member.tier,
            "points": digits(member.points),
            "points_debt": digits(member.points_debt),
            "lifetime_points": digits(member.lifetime_points),
            "trial_used": member.flags & Member::TRIAL_USED != 0,
            "registered_at": member.registered_at,
            "highest_reference": digits(member.highest_reference),
        }),
        Account::Subscription(subscription) => json!({
            "plan": subscription.plan.to_string(),
            "first_plan": subscription.first_plan.to_string(),
            "pending_plan": present(&subscription.pending_plan),
            "wallet": subscription.wallet.to_string(),
            "payer_token": subscription.payer_token.to_string(),
            "state": STATES[usize::from(subscription.state)],
            "price": digits(subscription.terms.price),
            "period_secs": subscription.terms.period_secs,
            "period_months": subscription.terms.period_months,
            "anchor_day": subscription.terms.anchor_day,
            "grace_secs": subscription.terms.grace_secs,
            "hold_secs": subscription.terms.hold_secs,
            "agreement_seq": digits(subscription.agreement_seq),
            "quote_nonce": digits(subscription.quote_nonce),
            "quote_deadline": subscription.quote_deadline,
            "period_start": subscription.period_start,
            "period_debit": digits(subscription.period_debit),
            "period_refunded": digits(subscription.period_refunded),
            "period_credit": digits(subscription.period_credit),
            "period_points": digits(subscription.period_points),
            "subscribed_at": subscription.subscribed_at,
            "next_due": subscription.next_due,
            "paid_through": subscription.paid_through,
            "periods_paid": subscription.periods_paid,
            "approved_periods": subscription.terms.approved_periods,
            "commission_bps": subscription.terms.commission_bps,
            "boosts_bps": subscription.terms.boost_bps,
            "discounts_bps": subscription.terms.discount_bps,
            "ledgers": subscription.ledgers.each_ref().map(present),
            "authority_generation": digits(subscription.authority_generation),
        }),
        Account::Ledger(ledger) => json!({
            "org": ledger.org.to_string(),
            "wallet": ledger.wallet.to_string(),
            "mint": ledger.mint.to_string(),
            "held": digits(ledger.held),
            "queued": digits(ledger.queued),
            "release_at": ledger.release_at,
            "queued_release_at": ledger.queued_release_at,
            "claimable": digits(ledger.claimable),
            "claimed": digits(ledger.claimed),
            "debt": digits(ledger.debt),
        }),
        other => panic!("{} is not listed", other.name()),
    };
    assert_fields(row, expected);
    let header = account.header();
    assert_fields(
        row,
        json!({
            "life": digits(header.life),
            "rent_payer": header.rent_payer.to_string(),
            "receipt_seq": digits(header.receipt_seq),
            "receipt_head": hex(&header.receipt_head),
        }),
    );
}

fn above(member: &Member) -> Vec<String> {
    member.referrers[..member.referral_levels()]
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[track_caller]
pub(crate) fn assert_event(
    row: &Value,
    (received, event): &Passed,
    accounts: &BTreeMap<Address, Account>,
) {
    let receipt = event.receipt();
    assert_fields(
        row,
        json!({
            "slot": received.place.slot,
            "transaction_index": received.place.index,
            "instruction": received.outer,
            "call": received.inner,
            "signature": received.signature.to_string(),
            "finality": "finalized",
            "kind": event.name(),
            "account": receipt.account.to_string(),
            "life": digits(receipt.life),
            "seq": digits(receipt.seq),
            "at": receipt.at,
            "raw": BASE64_STANDARD.encode(&received.raw),
        }),
    );
    if let Some(account) = accounts.get(&receipt.account) {
        assert_fields(row, belongs(event, account, accounts));
    }
}

/// Which org, plan and wallet a receipt of an account is under, as far as the account says it.
fn belongs(event: &Event, account: &Account, accounts: &BTreeMap<Address, Account>) -> Value {
    let of = |org: &Address, plan: Option<&Address>, wallet: Option<&Address>| {
        let text = |address: Option<&Address>| address.map(ToString::to_string);
        json!({ "org": org.to_string(), "plan": text(plan), "wallet": text(wallet) })
    };
    let address = &event.receipt().account;
    match account {
        Account::Org(_) => of(address, None, None),
        Account::Plan(plan) => of(&plan.org, Some(address), None),
        Account::Member(member) => of(&member.org, None, Some(&member.wallet)),
        Account::Ledger(ledger) => of(&ledger.org, None, Some(&ledger.wallet)),
        Account::Subscription(it) => {
            let plan = match event {
                Event::Subscribed(..) => &it.first_plan,
                // Since when it is under another plan, the account does not say.
                _ if it.first_plan != it.plan => return json!({}),
                _ => &it.plan,
            };
            let Account::Plan(terms) = &accounts[plan] else {
                panic!("a subscription is to a plan");
            };
            of(&terms.org, Some(plan), Some(&it.wallet))
        }
        _ => json!({}),
    }
}

#[track_caller]
pub(crate) fn assert_stats(stats: &Value, totals: &Totals, events: &[Passed]) {
    assert_fields(
        stats,
        json!({
            "members": totals.members,
            "active_subscriptions": totals.live_subscriptions,
            "points_outstanding": totals.points.to_string(),
            "events": totals.receipts,
        }),
    );
    let (mint, money) = totals.mints.first_key_value().expect("one mint");
    let listed = &stats["money"][0];
    assert_fields(
        listed,
        json!({
            "mint": mint.to_string(),
            "paid": money.paid.to_string(),
            "merchant": money.merchant.to_string(),
            "keeper_fees": money.keeper_fees.to_string(),
            "refunded": money.refunded.to_string(),
        }),
    );
    let accrued: i128 = events
        .iter()
        .flat_map(|(_, event)| booked(event))
        .map(|(_, amount)| amount)
        .sum();
    assert_fields(
        &listed["commission"],
        json!({
            "accrued": accrued.to_string(),
            "claimed": money.claimed.to_string(),
        }),
    );
}

/// What each ledger had of a payment, or gave back of it.
fn booked(event: &Event) -> Vec<(Address, i128)> {
    let (shares, sign) = match event {
        Event::Refunded(_, shares) => (shares.as_slice(), -1),
        event => (event.settlement().map_or(&[][..], |(_, shares)| shares), 1),
    };
    let booked = shares.iter();
    booked
        .map(|share| (share.ledger, sign * i128::from(share.amount)))
        .collect()
}

/// Who stands below whom, and what each charge paid to whom.
pub(crate) struct Tree {
    members: Vec<Member>,
    /// By payer and referrer.
    earned: BTreeMap<(Address, Address), i128>,
}

impl Tree {
    pub(crate) fn new(accounts: &BTreeMap<Address, Account>, events: &[Passed]) -> Self {
        let mut tree = Self {
            members: Vec::new(),
            earned: BTreeMap::new(),
        };
        for account in accounts.values() {
            if let Account::Member(member) = account {
                tree.members.push(*member);
            }
        }
        for (_, event) in events {
            for (ledger, amount) in booked(event) {
                let Account::Subscription(payer) = &accounts[&event.receipt().account] else {
                    panic!("a payment is about a subscription");
                };
                let Account::Ledger(ledger) = &accounts[&ledger] else {
                    panic!("a share goes to a ledger");
                };
                let pair = (payer.wallet, ledger.wallet);
                *tree.earned.entry(pair).or_default() += amount;
            }
        }
        tree
    }

    #[track_caller]
    pub(crate) fn assert_answer(&self, answer: &Value, root: &Address, mint: &Address) {
        let below: Vec<(usize, &Member)> = self
            .members
            .iter()
            .filter_map(|member| {
                let level = member.referrers.iter().position(|above| above == root)?;
                Some((level + 1, member))
            })
            .collect();
        let nodes = answer["nodes"].as_array().expect("nodes");
        assert_eq!(nodes.len(), below.len(), "{answer}");
        for (depth, member) in below {
            let wallet = member.wallet.to_string();
            let node = nodes
                .iter()
                .find(|node| node["wallet"] == wallet.as_str())
                .expect("node");
            let earned = match self.earned.get(&(member.wallet, *root)) {
                None => json!([]),
                Some(amount) => json!([{"mint": mint.to_string(), "amount": amount.to_string()}]),
            };
            assert_fields(
                node,
                json!({
                    "depth": depth,
                    "referrer": member.referrers[0].to_string(),
                    "registered_at": member.registered_at,
                    "code": text(&member.code),
                    "earned": earned,
                }),
            );
        }
    }
}
