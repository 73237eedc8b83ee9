//! Totals, of nothing, of one org and of all.

use crate::support::{
    client::Api,
    history::{History, TRIAL, address},
    rows::{
        self, LEDGER, MEMBER, MINT, ORG, SUBSCRIPTION, authority, code, key, ledger, member, org,
        plan, subscription,
    },
};
use anyhow::Result;
use bytemuck::Zeroable;
use serde_json::json;
use tessera_store::{
    PgConnection, U64,
    mirror::{
        authority::AuthorityRow,
        cursor::{self, Moment},
        ledger::LedgerRow,
        member::MemberRow,
        subscription::SubscriptionRow,
    },
};
use tessera_types::events::{Closed, LedgerShare, PointsRedeemed, Refunded, Settlement};

const PAID: Settlement = Settlement {
    debit: 10_000,
    merchant: 8_900,
    keeper_fee: 100,
    points: 10,
    ..TRIAL
};

#[tokio::test]
async fn an_empty_mirror_adds_up_to_nothing() -> Result<()> {
    let api = Api::start().await?;
    let nothing = json!({
        "members": 0, "active_subscriptions": 0, "points_outstanding": "0",
        "lifetime_points": "0", "events": 0, "money": [], "truncated": false, "index": null,
    });
    assert_eq!(api.json("/v1/stats").await?, nothing);
    let path = format!("/v1/stats?org={}", key(ORG, 1));
    assert_eq!(api.json(&path).await?, nothing);
    Ok(())
}

#[tokio::test]
async fn a_question_for_totals_reads_no_account_and_no_receipt() -> Result<()> {
    let api = populated().await?;
    // Whoever reads any of them waits as long as this is held.
    let mut lock = api.mirror.begin().await?;
    sqlx::raw_sql(
        "lock table member, subscription, plan, authority, ledger, receipt, charge, refund,
             commission in access exclusive mode",
    )
    .execute(&mut *lock)
    .await?;
    for path in [
        "/v1/stats".to_owned(),
        format!("/v1/stats?org={}", key(ORG, 1)),
    ] {
        let stats = api.json(&path).await?;
        assert_eq!(stats["money"][0]["commission"]["held"], "800", "{stats}");
    }
    Ok(())
}

#[tokio::test]
async fn more_mints_than_a_thousand_are_cut_off() -> Result<()> {
    let api = populated().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let ledgers: Vec<LedgerRow> = (0..1_000_u16)
        .map(|number| {
            let [high, low] = number.to_be_bytes();
            let mut row = ledger(3, 2, 3, 3);
            for key in [&mut row.address, &mut row.mint] {
                (key.0[1], key.0[2]) = (high, low);
            }
            row
        })
        .collect();
    rows::upsert(conn, &ledgers).await?;
    let stats = api.json("/v1/stats").await?;
    assert_eq!(stats["money"].as_array().map(Vec::len), Some(1_000));
    assert_eq!(stats["truncated"], true);
    let one = api.json(&format!("/v1/stats?org={}", key(ORG, 1))).await?;
    assert_eq!(one["truncated"], false);
    Ok(())
}

/// Org 1 has two members, two charges, of which one is refunded in part, and a ledger in use; org 2 has a member and a charge.
async fn populated() -> Result<Api> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    rows::upsert(conn, &[org(1), org(2)]).await?;
    rows::upsert(conn, &[plan(1, 1), plan(2, 2)]).await?;
    let members = [
        MemberRow {
            points: U64(u64::MAX),
            lifetime_points: U64(u64::MAX),
            // What has expired by the clock counts no more.
            expiring_points: vec![U64(5), U64(7), U64(0), U64(0)],
            expires_at: vec![2_000, 2_001, 0, 0],
            ..member(1, 1, 1)
        },
        member(2, 1, 2),
        member(3, 2, 3),
        MemberRow {
            closed: true,
            ..member(4, 1, 4)
        },
    ];
    rows::upsert(conn, &members).await?;
    let subscriptions = [
        subscription(1, 1, 1),
        SubscriptionRow {
            state: 4,
            ..subscription(2, 1, 2)
        },
        subscription(3, 2, 3),
    ];
    rows::upsert(conn, &subscriptions).await?;
    let used = LedgerRow {
        held: U64(500),
        queued: U64(300),
        claimable: U64(150),
        claimed: U64(50),
        ..ledger(1, 1, 1, 1)
    };
    rows::upsert(conn, &[used, ledger(2, 1, 1, 2)]).await?;
    history().store(&api.mirror).await?;
    clock(conn, 2_000).await?;
    Ok(api)
}

fn share(amount: u64) -> LedgerShare {
    LedgerShare {
        ledger: address(key(LEDGER, 1)),
        amount,
    }
}

/// Eight receipts of org 1 and three of org 2.
fn history() -> History {
    let mut history = History::of(&[org(1), org(2)]);
    history.open(&[plan(1, 1), plan(2, 2)]);
    history.pay(&subscription(1, 1, 1), PAID, &[share(1_000)]);
    history.pay(&subscription(2, 1, 2), PAID, &[share(1_000)]);
    history.pay(&subscription(3, 2, 3), PAID, &[]);
    history.shared(key(SUBSCRIPTION, 1), &[share(100)], |receipt| Refunded {
        receipt,
        amount: 600,
        from_vault: 100,
        ..Refunded::zeroed()
    });
    history.open(&[member(1, 1, 1)]);
    history.push(key(MEMBER, 1), |receipt| PointsRedeemed {
        receipt,
        points: 1,
        points_expired: 0,
        balance: 1,
        reference: 1,
        memo: [0; 16],
    });
    history.open(&[code(1, 1, 1)]);
    history
}

/// Sets the network's clock as of the last round.
async fn clock(conn: &mut PgConnection, at: i64) -> Result<()> {
    Ok(cursor::complete(conn, Moment { slot: 120, at }).await?)
}

#[tokio::test]
async fn an_org_adds_up() -> Result<()> {
    let api = populated().await?;
    let mut stats = api.json(&format!("/v1/stats?org={}", key(ORG, 1))).await?;
    assert!(stats["index"]["lag_secs"].take().as_i64().is_some());
    assert_eq!(
        stats,
        json!({
            "members": 2,
            "active_subscriptions": 1,
            "points_outstanding": "18446744073709551620",
            "lifetime_points": "18446744073709551630",
            "events": 8,
            "money": [
                {
                    "mint": key(MINT, 1).to_string(),
                    "paid": "20000",
                    "merchant": "17800",
                    "keeper_fees": "200",
                    "refunded": "600",
                    "commission": {
                        "accrued": "1900", "held": "800", "claimable": "150", "claimed": "50",
                    },
                },
                {
                    "mint": key(MINT, 2).to_string(),
                    "paid": "0",
                    "merchant": "0",
                    "keeper_fees": "0",
                    "refunded": "0",
                    "commission": {
                        "accrued": "0", "held": "0", "claimable": "0", "claimed": "0",
                    },
                },
            ],
            "truncated": false,
            "index": {
                "indexed_slot": 120, "indexed_at": 2_000, "final_slot": 111, "lag_secs": null,
                "gaps": 0, "dead_letters": 0,
            },
        })
    );
    Ok(())
}

#[tokio::test]
async fn without_an_org_everything_adds_up() -> Result<()> {
    let stats = populated().await?.json("/v1/stats").await?;
    assert_eq!(stats["members"], 3);
    assert_eq!(stats["active_subscriptions"], 2);
    assert_eq!(stats["events"], 11);
    assert_eq!(stats["money"][0]["paid"], "30000");
    assert_eq!(stats["money"][0]["merchant"], "26700");
    Ok(())
}

#[tokio::test]
async fn what_is_unpaid_used_up_or_revoked_is_not_active() -> Result<()> {
    let api = populated().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let active = async || {
        let stats = api.json("/v1/stats").await?;
        Ok::<_, anyhow::Error>(stats["active_subscriptions"].clone())
    };
    assert_eq!(active().await?, 2);
    let used_up = SubscriptionRow {
        periods_paid: 13,
        ..subscription(1, 1, 1)
    };
    rows::upsert(conn, &[used_up]).await?;
    assert_eq!(active().await?, 1);
    let later = AuthorityRow {
        generation: U64(5),
        ..authority(3)
    };
    rows::upsert(conn, &[later]).await?;
    assert_eq!(active().await?, 0);
    rows::upsert(conn, &[subscription(1, 1, 1)]).await?;
    // Due, until the grace time is over.
    for (moment, count) in [(5_200, 1), (5_201, 0)] {
        clock(conn, moment).await?;
        assert_eq!(active().await?, count, "{moment}");
    }
    Ok(())
}

#[tokio::test]
async fn what_was_paid_stays_when_an_account_is_closed_and_opened_again() -> Result<()> {
    let api = populated().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let path = format!("/v1/stats?org={}", key(ORG, 1));
    let before = api.json(&path).await?["money"].clone();
    let mut history = history();
    let row = subscription(1, 1, 1);
    history.push(row.address, |receipt| Closed {
        receipt,
        ..Closed::zeroed()
    });
    history.store(&api.mirror).await?;
    let gone = SubscriptionRow {
        slot: 112,
        closed: true,
        ..row.clone()
    };
    rows::upsert(conn, &[gone]).await?;
    assert_eq!(api.json(&path).await?["money"], before);

    history.reopen(row.address);
    history.pay(&row, PAID, &[share(1_000)]);
    history.store(&api.mirror).await?;
    let again = SubscriptionRow {
        life: U64(113),
        slot: 113,
        ..row
    };
    rows::upsert(conn, &[again]).await?;
    let after = api.json(&path).await?["money"][0].clone();
    assert_eq!(after["paid"], "30000");
    assert_eq!(after["refunded"], "600");
    assert_eq!(after["commission"]["accrued"], "2900");
    Ok(())
}
