//! Everything about a wallet in one answer.

use crate::support::{
    client::Api,
    history::follow,
    rows::{self, WALLET, code, key, ledger, member, subscription},
};
use anyhow::Result;
use serde_json::{Value, json};
use tessera_store::{
    U64,
    mirror::{
        code::CodeRow,
        cursor::{self, Moment},
        member::MemberRow,
    },
};

#[tokio::test]
async fn a_stranger_has_nothing() -> Result<()> {
    let api = Api::start().await?;
    let wallet = key(WALLET, 1);
    assert_eq!(
        api.json(&format!("/v1/members/{wallet}")).await?,
        json!({
            "wallet": wallet.to_string(), "memberships": [], "subscriptions": [], "codes": [],
            "ledgers": [], "truncated": false,
        })
    );
    Ok(())
}

#[tokio::test]
async fn a_wallet_has_what_is_its_own() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let gone = MemberRow {
        closed: true,
        ..member(4, 3, 1)
    };
    rows::upsert(
        conn,
        &[member(1, 1, 1), member(2, 2, 1), member(3, 1, 2), gone],
    )
    .await?;
    rows::upsert(conn, &[subscription(1, 1, 1), subscription(2, 1, 2)]).await?;
    let sold = CodeRow {
        closed: true,
        ..code(3, 1, 1)
    };
    rows::upsert(conn, &[code(1, 1, 1), code(2, 1, 2), sold]).await?;
    rows::upsert(
        conn,
        &[ledger(1, 1, 1, 1), ledger(2, 1, 1, 2), ledger(3, 1, 2, 1)],
    )
    .await?;
    let wallet = api.json(&format!("/v1/members/{}", key(WALLET, 1))).await?;
    let count = |list: &str| wallet[list].as_array().map(Vec::len);
    assert_eq!(count("memberships"), Some(2));
    assert_eq!(count("subscriptions"), Some(1));
    assert_eq!(count("ledgers"), Some(2));
    assert_eq!(
        wallet["codes"],
        json!([{
            "address": code(1, 1, 1).address.to_string(),
            "life": "4",
            "rent_payer": key(WALLET, 1).to_string(),
            "receipt_head": format!("5a{}0c", "07".repeat(30)),
            "receipt_seq": "1",
            "org": code(1, 1, 1).org.to_string(),
            "code": "CODE1",
            "owner": key(WALLET, 1).to_string(),
            "pending_owner": Value::Null,
            "created_at": 1000,
            "slot": 5,
            "finality": "confirmed",
        }])
    );
    assert_eq!(
        wallet["memberships"][0],
        json!({
            "address": member(1, 1, 1).address.to_string(),
            "life": "4",
            "rent_payer": key(WALLET, 1).to_string(),
            "org": member(1, 1, 1).org.to_string(),
            "wallet": key(WALLET, 1).to_string(),
            "referrers": [],
            "code": Value::Null,
            "tier": 0,
            "points": "10",
            "lifetime_points": "15",
            "points_debt": "0",
            "expiring": [],
            "trial_used": false,
            "highest_reference": "0",
            "registered_at": 1001,
            "receipt_head": format!("5a{}07", "07".repeat(30)),
            "receipt_seq": "1",
            "slot": 5,
            "finality": "confirmed",
            "closed": false,
        })
    );
    Ok(())
}

#[tokio::test]
async fn points_that_have_expired_are_none() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let row = MemberRow {
        points: U64(10),
        expiring_points: vec![U64(3), U64(4), U64(0), U64(0)],
        expires_at: vec![2_000, 3_000, 0, 0],
        flags: 1,
        ..member(1, 1, 1)
    };
    rows::upsert(conn, &[row]).await?;
    follow(conn).await?;
    let late = json!({ "points": "4", "expires_at": 3000 });
    for (now, points, expiring) in [
        (
            1_999,
            "10",
            json!([{ "points": "3", "expires_at": 2000 }, late]),
        ),
        (2_000, "7", json!([late])),
        (3_000, "3", json!([])),
    ] {
        cursor::complete(conn, Moment { slot: 10, at: now }).await?;
        let wallet = api.json(&format!("/v1/members/{}", key(WALLET, 1))).await?;
        let listed = api.json("/v1/members").await?["data"][0].clone();
        assert_eq!(wallet["memberships"][0], listed);
        assert_eq!(
            (&listed["points"], &listed["expiring"]),
            (&json!(points), &expiring),
            "{now}"
        );
        assert_eq!(listed["trial_used"], true);
    }
    Ok(())
}

#[tokio::test]
async fn a_list_that_is_cut_says_so() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let all: Vec<_> = (0..=200).map(|number| code(number, 1, 1)).collect();
    let path = format!("/v1/members/{}", key(WALLET, 1));
    rows::upsert(conn, &all[..200]).await?;
    assert_eq!(api.json(&path).await?["truncated"], false);
    rows::upsert(conn, &all).await?;
    let wallet = api.json(&path).await?;
    assert_eq!(wallet["truncated"], true);
    assert_eq!(wallet["codes"].as_array().map(Vec::len), Some(200));
    Ok(())
}
