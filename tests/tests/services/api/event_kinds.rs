//! What the kinds of events say that [`crate::api::events`] does not have.

use crate::{
    api::events::{SETTLEMENT, TERMS, settings, told_settings},
    support::{
        client::Api,
        history::{History, address},
        rows::{CODE, LEDGER, MEMBER, MINT, ORG, OTHER, PLAN, SUBSCRIPTION, TOKEN, WALLET, key},
    },
};
use anyhow::Result;
use bytemuck::Zeroable;
use serde_json::{Value, json};
use tessera_types::{
    NO_ADDRESS,
    accounts::SubscriptionState,
    args::CreateCampaignArgs,
    events::{
        AuthorityAccepted, AuthorityProposed, CampaignCreated, Closed, CodeOffered,
        CodeTransferred, CommissionReleased, ConfigSet, Harvested, InvoicePaid, LedgerShare,
        OrgPaused, OrgUpdated, PageOpened, Paused, PaymentMissed, PlanChanged, PlanSunset,
        PoolCreated, PoolFunded, Refunded, Resumed, RootSet, Settlement, Staked, Unstaked,
        VoucherClaimed,
    },
};

/// The events that the API serves for a history: kind and body.
async fn shown(history: &History) -> Result<Vec<Value>> {
    let api = Api::start().await?;
    history.store(&api.mirror).await?;
    let page = api.json("/v1/receipts").await?;
    let rows = page["data"].as_array().into_iter().flatten();
    let shown: Vec<Value> = rows.map(|row| json!([row["kind"], row["body"]])).collect();
    for event in &shown {
        let kind = event[0].as_str().unwrap_or_default();
        let found = api.json(&format!("/v1/receipts?kind={kind}")).await?;
        assert_eq!(found["data"][0]["kind"], kind);
    }
    Ok(shown)
}

fn assert_shown(shown: &[Value], expected: &[Value]) {
    for (shown, expected) in shown.iter().zip(expected) {
        assert_eq!(shown, expected);
    }
    assert_eq!(shown.len(), expected.len());
}

/// A settlement as the API shows it; `flags` are the names of those that are set.
fn shown_charge(flags: &[&str], commissions: &Value) -> Value {
    json!({
        "debit": "18446744073709551615", "merchant": "8900", "keeper_fee": "100",
        "debt_repaid": "50", "points": "10", "points_expired": "3", "period_start": 1000,
        "paid_through": 4600, "vault_frozen": flags.contains(&"vault_frozen"),
        "plan_followed": flags.contains(&"plan_followed"),
        "usage_stated": flags.contains(&"usage_stated"), "tier": 2, "commissions": commissions,
    })
}

fn with(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn what_administration_leaves_is_told() -> Result<()> {
    let [org, plan, code, other] = [ORG, PLAN, CODE, OTHER].map(|kind| key(kind, 1));
    let someone = address(key(OTHER, 2));
    let mut history = History::default();
    history.push(other, |receipt| ConfigSet {
        receipt,
        admin: someone,
        max_commission_bps: 5_000,
        pause_flags: 1,
        spare: [0; 5],
    });
    history.push(org, |receipt| AuthorityProposed {
        receipt,
        pending: someone,
    });
    history.push(org, |receipt| AuthorityProposed {
        receipt,
        pending: NO_ADDRESS,
    });
    history.push(org, |receipt| AuthorityAccepted {
        receipt,
        authority: someone,
    });
    history.push(org, |receipt| OrgUpdated {
        receipt,
        settings: settings(),
    });
    history.push(org, |receipt| OrgPaused {
        receipt,
        flags: 1,
        spare: [0; 7],
    });
    history.push(plan, |receipt| PlanSunset { receipt, at: 9_000 });
    history.push(code, |receipt| CodeOffered {
        receipt,
        pending_owner: someone,
    });
    history.push(code, |receipt| CodeTransferred {
        receipt,
        owner: someone,
    });
    history.push(code, |receipt| Closed {
        receipt,
        lamports: u64::MAX,
        head: [0xab; 32],
    });
    let someone = key(OTHER, 2).to_string();
    assert_shown(
        &shown(&history).await?,
        &[
            json!(["ConfigSet", {
                "admin": someone, "max_commission_bps": 5000, "creation_paused": true,
            }]),
            json!(["AuthorityProposed", { "pending": someone }]),
            json!(["AuthorityProposed", { "pending": null }]),
            json!(["AuthorityAccepted", { "authority": someone }]),
            json!(["OrgUpdated", told_settings()]),
            json!(["OrgPaused", { "subscribe_paused": true, "charge_paused": false }]),
            json!(["PlanSunset", { "sunset_at": 9000 }]),
            json!(["CodeOffered", { "pending_owner": someone }]),
            json!(["CodeTransferred", { "owner": someone }]),
            json!(["Closed", { "lamports": "18446744073709551615", "head": "ab".repeat(32) }]),
        ],
    );
    Ok(())
}

#[tokio::test]
async fn what_becomes_of_an_agreement_is_told() -> Result<()> {
    let subscribed = key(SUBSCRIPTION, 1);
    let [plan, wallet, token, ledger] =
        [PLAN, WALLET, TOKEN, LEDGER].map(|kind| address(key(kind, 1)));
    let shares = [LedgerShare {
        ledger,
        amount: 1_000,
    }];
    let mut history = History::default();
    let followed = Settlement {
        flags: Settlement::PLAN_FOLLOWED | Settlement::STATED | Settlement::LEDGER_CLOSED_1,
        ..SETTLEMENT
    };
    history.shared(subscribed, &shares, |receipt| PlanChanged {
        receipt,
        plan,
        terms: TERMS,
        authority_generation: 4,
        outstanding: 120_000,
        quote_nonce: 0,
        quote_deadline: 0,
        credit: u64::MAX,
        consents: 1,
        at_period_end: 1,
        spare: [0; 6],
        settlement: followed,
    });
    for state in [SubscriptionState::PastDue, SubscriptionState::Lapsed] {
        history.push(subscribed, |receipt| PaymentMissed {
            receipt,
            agreement_seq: 1,
            outstanding: 2,
            state: state as u8,
            spare: [0; 7],
        });
    }
    history.push(subscribed, |receipt| Resumed {
        receipt,
        agreement_seq: 1,
        authority_generation: 4,
        outstanding: 2,
    });
    history.push(subscribed, |receipt| Paused {
        receipt,
        paused_until: 9_000,
        next_due: 9_001,
    });
    let refunded = Refunded {
        amount: u64::MAX,
        from_vault: 1_000,
        points: 5,
        points_expired: 1,
        source: token,
        destination: wallet,
        levels: 1,
        flags: Settlement::VAULT_FROZEN,
        ..Refunded::zeroed()
    };
    history.shared(subscribed, &shares, |receipt| Refunded {
        receipt,
        ..refunded
    });
    history.push(key(OTHER, 9), |receipt| InvoicePaid {
        receipt,
        plan,
        wallet,
        payer_token: token,
        id: u64::MAX,
        deadline: 9_000,
        hold_secs: 60,
        commission_bps: [1_000, 500, 250],
        spare: [0; 6],
        settlement: SETTLEMENT,
    });
    history.push(key(LEDGER, 1), |receipt| CommissionReleased {
        receipt,
        amount: 1_000,
    });
    let [plan, wallet, token, ledger] =
        [PLAN, WALLET, TOKEN, LEDGER].map(|kind| key(kind, 1).to_string());
    let commissions = json!([{ "ledger": ledger, "amount": "1000" }]);
    let flags = ["plan_followed", "usage_stated"];
    let changed = with(
        shown_charge(&flags, &commissions),
        json!({
            "plan": plan, "price": "18446744073709551615", "period_secs": 3600, "period_months": 0,
            "anchor_day": 0, "grace_secs": 600, "hold_secs": 60, "approved_periods": 12,
            "commission_bps": [1000, 500, 250], "boosts_bps": [2500, 0, 0, 0],
            "discounts_bps": [0, 0, 0, 0], "authority_generation": "4", "outstanding": "120000",
            "quote_nonce": null, "quote_deadline": null, "credit": "18446744073709551615",
            "at_period_end": true, "permanent_delegate": true,
        }),
    );
    let missed = |state| json!(["PaymentMissed", { "agreement_seq": "1", "outstanding": "2", "state": state }]);
    let invoice = with(
        shown_charge(&[], &json!([])),
        json!({
            "plan": plan, "wallet": wallet, "payer_token": token, "id": "18446744073709551615",
            "deadline": 9000, "hold_secs": 60, "commission_bps": [1000, 500, 250],
        }),
    );
    assert_shown(
        &shown(&history).await?,
        &[
            json!(["PlanChanged", changed]),
            missed("past_due"),
            missed("lapsed"),
            json!(["Resumed", {
                "agreement_seq": "1", "authority_generation": "4", "outstanding": "2",
            }]),
            json!(["Paused", { "paused_until": 9000, "next_due": 9001 }]),
            json!(["Refunded", {
                "amount": "18446744073709551615", "from_vault": "1000", "points": "5",
                "points_expired": "1", "source": token, "destination": wallet,
                "vault_frozen": true, "commissions": commissions,
            }]),
            json!(["InvoicePaid", invoice]),
            json!(["CommissionReleased", { "amount": "1000" }]),
        ],
    );
    Ok(())
}

#[tokio::test]
async fn what_an_org_gives_is_told() -> Result<()> {
    let [campaign, page, claim, pool, position] = [1, 2, 3, 4, 5].map(|number| key(MEMBER, number));
    let [org, mint, other, wallet, token] =
        [ORG, MINT, OTHER, WALLET, TOKEN].map(|kind| address(key(kind, 1)));
    let mut history = History::default();
    history.push(campaign, |receipt| CampaignCreated {
        receipt,
        org,
        mint,
        token_program: other,
        vault: token,
        terms: CreateCampaignArgs {
            id: 1,
            cap: u64::MAX,
            opens_at: 1_000,
            closes_at: 9_000,
            vesting_starts_at: 1_500,
            root: [0xab; 32],
            cliff_secs: 60,
            vesting_secs: 600,
            flags: 1,
            spare: [0; 7],
        },
    });
    history.push(campaign, |receipt| RootSet {
        receipt,
        cap: u64::MAX,
        root: [0xcd; 32],
    });
    history.push(page, |receipt| PageOpened {
        receipt,
        campaign: address(campaign),
        number: 2,
        spare: [0; 4],
    });
    history.push(claim, |receipt| VoucherClaimed {
        receipt,
        campaign: address(campaign),
        wallet,
        destination: token,
        entitled: u64::MAX,
        amount: 10,
        index: 7,
        spare: [0; 4],
    });
    history.push(pool, |receipt| PoolCreated {
        receipt,
        org,
        stake_mint: mint,
        reward_mint: other,
        stake_vault: token,
        reward_vault: wallet,
        id: 3,
    });
    history.push(pool, |receipt| PoolFunded {
        receipt,
        amount: 10,
        budget: u64::MAX,
        streams_until: 9_000,
    });
    history.push(position, |receipt| Staked {
        receipt,
        pool: address(pool),
        wallet,
        amount: 5,
        staked: u64::MAX,
    });
    history.push(position, |receipt| Unstaked {
        receipt,
        amount: 5,
        staked: 0,
    });
    history.push(position, |receipt| Harvested {
        receipt,
        amount: u64::MAX,
        destination: token,
    });
    let [org, mint, other, wallet, token] =
        [ORG, MINT, OTHER, WALLET, TOKEN].map(|kind| key(kind, 1).to_string());
    let [campaign, pool] = [campaign, pool].map(|key| key.to_string());
    let most = "18446744073709551615";
    assert_shown(
        &shown(&history).await?,
        &[
            json!(["CampaignCreated", {
                "org": org, "mint": mint, "token_program": other, "vault": token, "id": "1",
                "cap": most, "opens_at": 1000, "closes_at": 9000, "vesting_starts_at": 1500,
                "cliff_secs": 60, "vesting_secs": 600, "root": "ab".repeat(32),
                "cumulative": true,
            }]),
            json!(["RootSet", { "cap": most, "root": "cd".repeat(32) }]),
            json!(["PageOpened", { "campaign": campaign, "number": 2 }]),
            json!(["VoucherClaimed", {
                "campaign": campaign, "wallet": wallet, "destination": token, "entitled": most,
                "amount": "10", "index": 7,
            }]),
            json!(["PoolCreated", {
                "org": org, "stake_mint": mint, "reward_mint": other, "stake_vault": token,
                "reward_vault": wallet, "id": "3",
            }]),
            json!(["PoolFunded", { "amount": "10", "budget": most, "streams_until": 9000 }]),
            json!(["Staked", { "pool": pool, "wallet": wallet, "amount": "5", "staked": most }]),
            json!(["Unstaked", { "amount": "5", "staked": "0" }]),
            json!(["Harvested", { "amount": most, "destination": token }]),
        ],
    );
    Ok(())
}
