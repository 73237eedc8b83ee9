//! Events: decoded, filtered, in chain order.

use crate::support::{
    client::Api,
    history::{History, address, padded, store},
    rows::{
        self, CODE, LEDGER, MEMBER, MINT, ORG, OTHER, PLAN, SUBSCRIPTION, TOKEN, WALLET, code, key,
    },
};
use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde_json::{Value, json};
use solana_signature::Signature;
use tessera_store::mirror::{code::CodeRow, receipt::Place};
use tessera_types::{
    NO_ADDRESS,
    accounts::{OrgSettings, Terms, Tier},
    args::CreatePlanArgs,
    events::{
        Cancelled, Charged, CodeCreated, CommissionClaimed, IssuerSet, LedgerOpened, LedgerShare,
        MemberRegistered, OrgCreated, PlanCreated, PointsAwarded, PointsRedeemed, Settlement,
        Subscribed,
    },
};

pub(crate) const SETTLEMENT: Settlement = Settlement {
    debit: u64::MAX,
    merchant: 8_900,
    keeper_fee: 100,
    debt_repaid: 50,
    points: 10,
    points_expired: 3,
    period_start: 1_000,
    paid_through: 4_600,
    levels: 0,
    flags: 0,
    tier: 2,
    spare: [0; 5],
};

pub(crate) const TERMS: Terms = Terms {
    price: u64::MAX,
    period_secs: 3_600,
    grace_secs: 600,
    hold_secs: 60,
    approved_periods: 12,
    commission_bps: [1_000, 500, 250],
    boost_bps: [2_500, 0, 0, 0],
    discount_bps: [0; 4],
    period_months: 0,
    anchor_day: 0,
};

/// Events, one of a kind, in this order; `api_event_kinds` has the rest.
fn history() -> History {
    let [org, wallet, plan, mint] = [ORG, WALLET, PLAN, MINT].map(|kind| address(key(kind, 1)));
    let [member, subscribed, ledger] = [MEMBER, SUBSCRIPTION, LEDGER].map(|kind| key(kind, 1));
    let share = LedgerShare {
        ledger: address(ledger),
        amount: 1_000,
    };
    let mut history = History::default();
    history.push(member, |receipt| MemberRegistered {
        receipt,
        org,
        wallet,
        referrers: [address(key(WALLET, 2)), NO_ADDRESS, NO_ADDRESS],
        code: padded("SUMMER"),
    });
    history.push(ledger, |receipt| LedgerOpened {
        receipt,
        org,
        wallet,
        mint,
    });
    history.shared(subscribed, &[share], |receipt| Subscribed {
        receipt,
        plan,
        wallet,
        payer_token: address(key(TOKEN, 1)),
        terms: TERMS,
        authority_generation: u64::MAX,
        outstanding: 120_000,
        quote_nonce: 7,
        quote_deadline: 2_000,
        trial_ends_at: 4_600,
        consents: 3,
        spare: [0; 7],
        settlement: SETTLEMENT,
    });
    let frozen = Settlement {
        flags: Settlement::VAULT_FROZEN,
        ..SETTLEMENT
    };
    history.push(subscribed, |receipt| Charged {
        receipt,
        settlement: frozen,
    });
    history.push(subscribed, |receipt| Cancelled {
        receipt,
        agreement_seq: 1,
        paid_through: 4_600,
        outstanding: 0,
    });
    history.push(member, |receipt| PointsAwarded {
        receipt,
        issuer: address(key(OTHER, 1)),
        points: 5,
        points_expired: 1,
        balance: 15,
        reference: u64::MAX,
        memo: [0xab; 16],
    });
    history.push(member, |receipt| PointsRedeemed {
        receipt,
        points: 3,
        points_expired: 2,
        balance: 12,
        reference: 2,
        memo: [0; 16],
    });
    history.push(ledger, |receipt| CommissionClaimed {
        receipt,
        amount: 1_000,
        destination: address(key(OTHER, 2)),
    });
    configure(&mut history);
    history
}

pub(crate) fn settings() -> OrgSettings {
    let other = address(key(OTHER, 1));
    OrgSettings {
        quote_authority: other,
        meter_authority: NO_ADDRESS,
        treasury: other,
        tiers: [Tier::UNUSED; 4],
        hold_secs: 60,
        points_epoch_secs: 86_400,
        commission_bps: [1_000, 500, 250],
        pause_flags: 2,
        points_expiry_epochs: 3,
    }
}

/// What an org's settings are told as.
pub(crate) fn told_settings() -> Value {
    let other = key(OTHER, 1).to_string();
    let unused = json!({
        "points_threshold": "18446744073709551615", "points_boost_bps": 0, "discount_bps": 0,
    });
    json!({
        "quote_authority": other, "meter_authority": null, "treasury": other,
        "tiers": [unused, unused, unused, unused], "hold_secs": 60, "points_epoch_secs": 86400,
        "points_expiry_epochs": 3, "subscribe_paused": false, "charge_paused": true,
        "commission_bps": [1000, 500, 250],
    })
}

/// Appends what an org's configuration leaves.
fn configure(history: &mut History) {
    let [org, wallet, mint, other] = [ORG, WALLET, MINT, OTHER].map(|kind| address(key(kind, 1)));
    history.push(key(ORG, 1), |receipt| OrgCreated {
        receipt,
        authority: other,
        id: u64::MAX,
        cluster_tag: *b"cluster1",
        settings: settings(),
    });
    history.push(key(PLAN, 1), |receipt| PlanCreated {
        receipt,
        org,
        mint,
        token_program: other,
        destination: other,
        vault: other,
        terms: CreatePlanArgs {
            id: 1,
            price: 10_000,
            price_floor: 5_000,
            price_ceiling: 20_000,
            points_per_charge: 10,
            keeper_fee_cap: 100,
            ends_at: i64::MAX,
            period_secs: 0,
            trial_secs: 700,
            grace_secs: 600,
            period_months: 2,
            flags: 7,
            spare: [0; 2],
        },
    });
    history.push(key(OTHER, 1), |receipt| IssuerSet {
        receipt,
        org,
        key: wallet,
        epoch_budget: u64::MAX,
        epoch_secs: 86_400,
        spare: [0; 4],
    });
    history.push(key(CODE, 1), |receipt| CodeCreated {
        receipt,
        org,
        owner: wallet,
        code: padded("SUMMER"),
    });
}

async fn populated() -> Result<Api> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    rows::upsert(conn, &[code(1, 1, 1)]).await?;
    history().store(&api.mirror).await?;
    Ok(api)
}

/// The numbers in [`history`] of the events that a query finds.
async fn found(api: &Api, query: &str) -> Result<Vec<i64>> {
    let page = api.json(&format!("/v1/receipts?{query}")).await?;
    let rows = page["data"].as_array().context("rows")?;
    let slots = rows.iter().filter_map(|row| row["slot"].as_i64());
    Ok(slots.map(|slot| slot - 100).collect())
}

#[tokio::test]
async fn bytes_that_are_no_event_are_our_failure() -> Result<()> {
    let api = Api::start().await?;
    let mut broken = history();
    broken.receipts.truncate(1);
    broken.receipts[0].body.pop();
    broken.store(&api.mirror).await?;
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    let problem = api.refusal("/v1/receipts", status).await?;
    assert!(!problem.to_string().contains("decode"), "{problem}");
    Ok(())
}

#[tokio::test]
async fn every_filter_narrows() -> Result<()> {
    let api = &populated().await?;
    let of = |kind| format!("account={}", key(kind, 1));
    let all: Vec<i64> = (1..=12).collect();
    assert_eq!(found(api, "").await?, all);
    assert_eq!(found(api, &of(MEMBER)).await?, [1, 6, 7]);
    assert_eq!(found(api, &of(SUBSCRIPTION)).await?, [3, 4, 5]);
    assert_eq!(found(api, &of(PLAN)).await?, [10]);
    assert_eq!(found(api, &of(MINT)).await?, [0_i64; 0]);
    let mine = format!("wallet={}", key(WALLET, 1));
    assert_eq!(found(api, &mine).await?, [1, 2, 3, 4, 5, 6, 7, 8, 12]);
    let another = format!("wallet={}", key(WALLET, 2));
    assert_eq!(found(api, &another).await?, [0_i64; 0]);
    let org = |number| format!("org={}", key(ORG, number));
    assert_eq!(found(api, &org(1)).await?, all);
    assert_eq!(found(api, &org(2)).await?, [0_i64; 0]);
    assert_eq!(found(api, "kind=Charged").await?, [4]);
    assert_eq!(found(api, "from_slot=103&to_slot=105").await?, [3, 4, 5]);
    assert_eq!(found(api, "from_slot=105&to_slot=103").await?, [0_i64; 0]);
    assert_eq!(
        found(api, "to_slot=9223372036854775807&from_slot=112").await?,
        [12]
    );
    let narrow = format!(
        "{}&{}&from_slot=104&kind=Cancelled",
        of(SUBSCRIPTION),
        org(1)
    );
    assert_eq!(found(api, &narrow).await?, [5]);
    Ok(())
}

#[tokio::test]
async fn a_code_is_its_first_owners_and_its_present_ones() -> Result<()> {
    let api = &populated().await?;
    let sold = CodeRow {
        owner: key(WALLET, 3),
        slot: 6,
        ..code(1, 1, 1)
    };
    rows::upsert(&mut *api.mirror.acquire().await?, &[sold]).await?;
    for wallet in [1, 3] {
        let query = format!("kind=CodeCreated&wallet={}", key(WALLET, wallet));
        assert_eq!(found(api, &query).await?, [12]);
    }
    Ok(())
}

#[tokio::test]
async fn a_walk_meets_each_event_once_in_the_order_of_the_chain() -> Result<()> {
    let api = &Api::start().await?;
    let mut history = history();
    let parts = |number: usize| [number / 8, number / 4 % 2, number / 2 % 2, number % 2];
    for (number, receipt) in history.receipts.iter_mut().enumerate() {
        let [slot, tx_index, outer_ix, inner_ix] = parts(number);
        receipt.place = Place {
            slot: slot.try_into()?,
            tx_index: tx_index.try_into()?,
            outer_ix: outer_ix.try_into()?,
            inner_ix: inner_ix.try_into()?,
        };
    }
    // The later ones are found first.
    let later = history.receipts.split_off(7);
    for receipts in [later, history.receipts] {
        store(&api.mirror, &receipts).await?;
    }
    for limit in [1, 5] {
        let mut seen = Vec::new();
        let mut path = format!("/v1/receipts?limit={limit}");
        loop {
            let page = api.json(&path).await?;
            for row in page["data"].as_array().context("rows")? {
                let place = ["slot", "transaction_index", "instruction", "call"];
                seen.push(place.map(|part| row[part].as_u64().unwrap_or(u64::MAX)));
            }
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            path = format!("/v1/receipts?limit={limit}&cursor={cursor}");
        }
        let all: Vec<_> = (0..12)
            .map(|number| parts(number).map(|it| it as u64))
            .collect();
        assert_eq!(seen, all);
    }
    Ok(())
}

#[tokio::test]
async fn each_of_these_kinds_tells_what_it_says() -> Result<()> {
    let page = populated().await?.json("/v1/receipts").await?;
    let told: Vec<(Value, Value)> = page["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| (row["kind"].clone(), row["body"].clone()))
        .collect();
    let [org, wallet, plan, mint, ledger] =
        [ORG, WALLET, PLAN, MINT, LEDGER].map(|kind| key(kind, 1).to_string());
    let charge = json!({
        "debit": "18446744073709551615", "merchant": "8900", "keeper_fee": "100",
        "debt_repaid": "50", "points": "10", "points_expired": "3", "period_start": 1000,
        "paid_through": 4600, "vault_frozen": true, "plan_followed": false, "usage_stated": false,
        "tier": 2, "commissions": [],
    });
    let other = key(OTHER, 1).to_string();
    let mut org_terms = told_settings();
    org_terms["authority"] = json!(other);
    org_terms["id"] = json!("18446744073709551615");
    org_terms["cluster_tag"] = json!("636c757374657231");
    let expected = [
        (
            "MemberRegistered",
            json!({
                "org": org, "wallet": wallet, "referrers": [key(WALLET, 2).to_string()],
                "code": "SUMMER",
            }),
        ),
        (
            "LedgerOpened",
            json!({ "org": org, "wallet": wallet, "mint": mint }),
        ),
        (
            "Subscribed",
            json!({
                "plan": plan, "wallet": wallet, "payer_token": key(TOKEN, 1).to_string(),
                "price": "18446744073709551615", "period_secs": 3600, "period_months": 0,
                "anchor_day": 0, "grace_secs": 600, "hold_secs": 60, "approved_periods": 12,
                "commission_bps": [1000, 500, 250], "boosts_bps": [2500, 0, 0, 0],
                "discounts_bps": [0, 0, 0, 0], "authority_generation": "18446744073709551615",
                "outstanding": "120000", "quote_nonce": "7", "quote_deadline": 2000,
                "trial_ends_at": 4600, "permanent_delegate": true, "metered": true,
                "debit": "18446744073709551615", "merchant": "8900", "keeper_fee": "100",
                "debt_repaid": "50", "points": "10", "points_expired": "3", "period_start": 1000,
                "paid_through": 4600, "vault_frozen": false, "plan_followed": false,
                "usage_stated": false, "tier": 2,
                "commissions": [{ "ledger": ledger, "amount": "1000" }],
            }),
        ),
        ("Charged", charge),
        (
            "Cancelled",
            json!({ "agreement_seq": "1", "outstanding": "0", "paid_through": 4600 }),
        ),
        (
            "PointsAwarded",
            json!({
                "issuer": key(OTHER, 1).to_string(), "points": "5", "points_expired": "1",
                "balance": "15",
                "reference": "18446744073709551615", "memo": "ab".repeat(16),
            }),
        ),
        (
            "PointsRedeemed",
            json!({
                "points": "3", "points_expired": "2", "balance": "12", "reference": "2", "memo": "00".repeat(16),
            }),
        ),
        (
            "CommissionClaimed",
            json!({
                "amount": "1000", "destination": key(OTHER, 2).to_string(),
            }),
        ),
        ("OrgCreated", org_terms),
        (
            "PlanCreated",
            json!({
                "org": org, "mint": mint, "token_program": other, "destination": other,
                "vault": other, "id": "1", "price": "10000", "price_floor": "5000",
                "price_ceiling": "20000", "points_per_charge": "10", "keeper_fee_cap": "100",
                "ends_at": null, "period_secs": 0, "period_months": 2, "trial_secs": 700,
                "grace_secs": 600, "permanent_delegate": true, "metered": true,
                "prorated": true,
            }),
        ),
        (
            "IssuerSet",
            json!({
                "org": org, "key": wallet, "epoch_budget": "18446744073709551615",
                "epoch_secs": 86400,
            }),
        ),
        (
            "CodeCreated",
            json!({ "org": org, "owner": wallet, "code": "SUMMER" }),
        ),
    ];
    for ((kind, body), (expected_kind, expected_body)) in told.iter().zip(&expected) {
        assert_eq!(kind, expected_kind);
        assert_eq!(body, expected_body, "{kind}");
    }
    assert_eq!(told.len(), expected.len());
    Ok(())
}

#[tokio::test]
async fn an_event_names_its_place_and_whose_it_is() -> Result<()> {
    let api = populated().await?;
    for (final_slot, finality) in [(104, "confirmed"), (105, "finalized")] {
        sqlx::query("update cursor set final_slot = $1")
            .bind(final_slot)
            .execute(&api.mirror)
            .await?;
        let page = api.json("/v1/receipts?from_slot=105&to_slot=105").await?;
        let mut row = page["data"][0].clone();
        let raw = row["raw"].take();
        assert_eq!(raw.as_str().map(str::len), Some(120));
        assert_eq!(
            row,
            json!({
                "slot": 105, "transaction_index": 5, "instruction": 1, "call": 2,
                "signature": Signature::from([5; 64]).to_string(), "finality": finality,
                "account": key(SUBSCRIPTION, 1).to_string(), "life": "4", "seq": "3",
                "org": key(ORG, 1).to_string(), "plan": key(PLAN, 1).to_string(),
                "wallet": key(WALLET, 1).to_string(), "at": 1005, "raw": null,
                "kind": "Cancelled",
                "body": { "agreement_seq": "1", "outstanding": "0", "paid_through": 4600 },
            })
        );
    }
    Ok(())
}
