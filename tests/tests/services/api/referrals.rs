//! The tree below a wallet: three levels and not four, and what each earned.

use crate::support::{
    client::Api,
    history::{History, TRIAL, address},
    rows::{
        self, LEDGER, MINT, ORG, SUBSCRIPTION, WALLET, key, ledger, member, org, plan, referred,
        subscription,
    },
};
use anyhow::Result;
use bytemuck::Zeroable;
use serde_json::{Value, json};
use tessera_store::mirror::{member::MemberRow, plan::PlanRow, subscription::SubscriptionRow};
use tessera_types::events::{LedgerShare, Refunded, Settlement};

fn share(number: u8, amount: u64) -> LedgerShare {
    LedgerShare {
        ledger: address(key(LEDGER, number)),
        amount,
    }
}

const PAID: Settlement = Settlement {
    debit: 10_000,
    merchant: 8_000,
    ..TRIAL
};

/// Wallet 1 brought 2 and 6, 2 brought 3, 3 brought 4, 4 brought 5; in another org, 1 brought 7.
/// Wallet 1 earns in both mints of org 1 (ledgers 1 and 2) and in org 2 (ledger 3).
async fn populated() -> Result<Api> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    rows::upsert(conn, &[org(1), org(2)]).await?;
    let plans = [
        plan(1, 1),
        PlanRow {
            mint: key(MINT, 2),
            ..plan(2, 1)
        },
        plan(3, 2),
    ];
    rows::upsert(conn, &plans).await?;
    let members = [
        member(1, 1, 1),
        referred(2, 1, 2, &[1]),
        referred(3, 1, 3, &[2, 1]),
        referred(4, 1, 4, &[3, 2, 1]),
        referred(5, 1, 5, &[4, 3, 2]),
        referred(6, 1, 6, &[1]),
        referred(7, 2, 7, &[1]),
        MemberRow {
            closed: true,
            ..referred(8, 1, 8, &[1])
        },
    ];
    rows::upsert(conn, &members).await?;
    let subscriptions = [
        subscription(2, 1, 2),
        subscription(3, 2, 2),
        subscription(4, 1, 3),
        subscription(5, 1, 4),
        subscription(6, 1, 5),
        SubscriptionRow {
            state: 4,
            ..subscription(7, 1, 6)
        },
        subscription(8, 3, 7),
    ];
    rows::upsert(conn, &subscriptions).await?;
    let ledgers = [
        ledger(1, 1, 1, 1),
        ledger(2, 1, 1, 2),
        ledger(3, 2, 1, 1),
        ledger(4, 1, 2, 1),
        ledger(5, 1, 3, 1),
    ];
    rows::upsert(conn, &ledgers).await?;
    let mut history = History::of(&[org(1), org(2)]);
    history.open(&plans);
    history.open(&ledgers);
    let mut charge = |number: u8, shares: &[LedgerShare]| {
        let paid_for = subscriptions
            .iter()
            .find(|row| row.address == key(SUBSCRIPTION, number));
        history.pay(paid_for.expect("a subscription"), PAID, shares);
    };
    charge(2, &[share(1, 1_000)]);
    charge(2, &[share(1, u64::MAX)]);
    charge(3, &[share(2, 70)]);
    charge(4, &[share(4, 1_000), share(1, 500)]);
    charge(5, &[share(5, 1_000), share(4, 500), share(1, 250)]);
    charge(6, &[share(5, 9), share(4, 9)]);
    charge(8, &[share(3, 33)]);
    // What a refund took back was not earned.
    charge(3, &[share(2, 30)]);
    history.shared(key(SUBSCRIPTION, 3), &[share(2, 30)], |receipt| Refunded {
        receipt,
        ..Refunded::zeroed()
    });
    history.store(&api.mirror).await?;
    Ok(api)
}

fn wallets(tree: &Value) -> Vec<(String, i64)> {
    let nodes = tree["nodes"].as_array().into_iter().flatten();
    nodes
        .filter_map(|node| Some((node["wallet"].as_str()?.to_owned(), node["depth"].as_i64()?)))
        .collect()
}

fn expected(wallets: &[(u8, i64)]) -> Vec<(String, i64)> {
    let text = |(wallet, depth): &(u8, i64)| (key(WALLET, *wallet).to_string(), *depth);
    wallets.iter().map(text).collect()
}

fn amount(mint: u8, amount: &str) -> Value {
    json!({ "mint": key(MINT, mint).to_string(), "amount": amount })
}

#[tokio::test]
async fn a_stranger_has_an_empty_tree() -> Result<()> {
    let api = populated().await?;
    let stranger = key(WALLET, 200);
    let tree = api.json(&format!("/v1/referrals/{stranger}")).await?;
    assert_eq!(
        tree,
        json!({
            "wallet": stranger.to_string(),
            "nodes": [],
            "truncated": false,
            "levels": [
                { "depth": 1, "members": 0, "earned": [] },
                { "depth": 2, "members": 0, "earned": [] },
                { "depth": 3, "members": 0, "earned": [] },
            ],
        })
    );
    Ok(())
}

#[tokio::test]
async fn the_tree_is_three_levels_deep() -> Result<()> {
    let api = populated().await?;
    let path = format!("/v1/referrals/{}?org={}", key(WALLET, 1), key(ORG, 1));
    let tree = api.json(&path).await?;
    assert_eq!(wallets(&tree), expected(&[(2, 1), (6, 1), (3, 2), (4, 3)]));
    assert_eq!(tree["truncated"], false);
    let below = api
        .json(&format!("/v1/referrals/{}", key(WALLET, 3)))
        .await?;
    assert_eq!(wallets(&below), expected(&[(4, 1), (5, 2)]));
    Ok(())
}

#[tokio::test]
async fn without_an_org_all_trees_are_one() -> Result<()> {
    let api = populated().await?;
    let tree = api
        .json(&format!("/v1/referrals/{}", key(WALLET, 1)))
        .await?;
    assert_eq!(
        wallets(&tree),
        expected(&[(2, 1), (6, 1), (7, 1), (3, 2), (4, 3)])
    );
    assert_eq!(tree["nodes"][2]["earned"], json!([amount(1, "33")]));
    Ok(())
}

#[tokio::test]
async fn each_member_tells_what_it_earned_the_root() -> Result<()> {
    let api = populated().await?;
    let path = format!("/v1/referrals/{}?org={}", key(WALLET, 1), key(ORG, 1));
    let tree = api.json(&path).await?;
    assert_eq!(
        tree["nodes"][0],
        json!({
            "org": key(ORG, 1).to_string(),
            "wallet": key(WALLET, 2).to_string(),
            "referrer": key(WALLET, 1).to_string(),
            "depth": 1,
            "registered_at": 1002,
            "code": "SUMMER",
            "active_subscriptions": 2,
            "earned": [amount(1, "18446744073709552615"), amount(2, "70")],
        })
    );
    assert_eq!(tree["nodes"][1]["active_subscriptions"], 0);
    assert_eq!(tree["nodes"][1]["earned"], json!([]));
    assert_eq!(tree["nodes"][2]["earned"], json!([amount(1, "500")]));
    assert_eq!(tree["nodes"][3]["earned"], json!([amount(1, "250")]));
    Ok(())
}

#[tokio::test]
async fn levels_count_what_the_limit_cuts() -> Result<()> {
    let api = populated().await?;
    let path = format!(
        "/v1/referrals/{}?org={}&limit=1",
        key(WALLET, 1),
        key(ORG, 1)
    );
    let tree = api.json(&path).await?;
    assert_eq!(wallets(&tree), expected(&[(2, 1)]));
    assert_eq!(tree["truncated"], true);
    assert_eq!(
        tree["levels"],
        json!([
            { "depth": 1, "members": 2,
              "earned": [amount(1, "18446744073709552615"), amount(2, "70")] },
            { "depth": 2, "members": 1, "earned": [amount(1, "500")] },
            { "depth": 3, "members": 1, "earned": [amount(1, "250")] },
        ])
    );
    Ok(())
}
