//! Lists: filters, closed accounts, order, and walks from cursor to cursor.

use crate::support::{
    client::Api,
    history::follow,
    rows::{
        self, LEDGER, MEMBER, MINT, ORG, OTHER, PLAN, SUBSCRIPTION, WALLET, key, ledger, member,
        org, plan, referred, subscription,
    },
};
use anyhow::{Context, Result};
use serde_json::Value;
use tessera_store::{
    Key, U64,
    mirror::{
        cursor::{self, Moment},
        ledger::LedgerRow,
        member::MemberRow,
        org::OrgRow,
        plan::PlanRow,
        subscription::SubscriptionRow,
    },
};

/// Two orgs, their plans, members, subscriptions and ledgers, each kind with one that is closed.
async fn populated() -> Result<Api> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    let orgs = [
        org(1),
        OrgRow {
            authority: key(OTHER, 50),
            ..org(2)
        },
        OrgRow {
            closed: true,
            ..org(3)
        },
    ];
    rows::upsert(conn, &orgs).await?;
    let plans = [
        plan(1, 1),
        PlanRow {
            mint: key(MINT, 2),
            price: U64(u64::MAX),
            ..plan(2, 1)
        },
        plan(3, 2),
        PlanRow {
            closed: true,
            ..plan(4, 1)
        },
    ];
    rows::upsert(conn, &plans).await?;
    let members = [
        member(1, 1, 1),
        MemberRow {
            tier: 1,
            ..referred(2, 1, 2, &[1])
        },
        referred(3, 1, 3, &[2, 1]),
        member(4, 2, 1),
        MemberRow {
            closed: true,
            ..referred(5, 1, 4, &[1])
        },
    ];
    rows::upsert(conn, &members).await?;
    let subscriptions = [
        SubscriptionRow {
            state: 1,
            ..subscription(1, 1, 1)
        },
        subscription(2, 1, 2),
        SubscriptionRow {
            state: 3,
            ..subscription(3, 2, 1)
        },
        SubscriptionRow {
            state: 4,
            ..subscription(4, 3, 1)
        },
        SubscriptionRow {
            state: 5,
            ..subscription(5, 3, 3)
        },
        SubscriptionRow {
            closed: true,
            ..subscription(6, 1, 3)
        },
    ];
    rows::upsert(conn, &subscriptions).await?;
    let ledgers = [
        ledger(1, 1, 1, 1),
        ledger(2, 1, 1, 2),
        ledger(3, 2, 2, 1),
        LedgerRow {
            closed: true,
            ..ledger(4, 2, 1, 1)
        },
    ];
    rows::upsert(conn, &ledgers).await?;
    Ok(api)
}

fn addresses(page: &Value) -> Vec<String> {
    page["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["address"].as_str())
        .map(str::to_owned)
        .collect()
}

/// The list at `path` holds exactly the accounts of this kind and these numbers, in this order.
async fn holds(api: &Api, path: &str, kind: u8, numbers: &[u8]) -> Result<()> {
    let page = api.json(path).await?;
    let expected: Vec<_> = numbers.iter().map(|n| key(kind, *n).to_string()).collect();
    assert_eq!(addresses(&page), expected, "{path}");
    assert_eq!(page["next_cursor"], Value::Null, "{path}");
    Ok(())
}

#[tokio::test]
async fn empty_lists_are_empty() -> Result<()> {
    let api = Api::start().await?;
    for list in [
        "orgs",
        "plans",
        "members",
        "subscriptions",
        "ledgers",
        "receipts",
    ] {
        let page = api.json(&format!("/v1/{list}")).await?;
        assert_eq!(page, serde_json::json!({ "data": [], "next_cursor": null }));
    }
    Ok(())
}

#[tokio::test]
async fn every_filter_narrows() -> Result<()> {
    let api = &populated().await?;
    let [o1, o2] = [1, 2].map(|n| key(ORG, n));
    let [w1, w2] = [1, 2].map(|n| key(WALLET, n));
    let [m1, m2] = [1, 2].map(|n| key(MINT, n));
    let authority = key(OTHER, 50);
    holds(api, "/v1/orgs", ORG, &[1, 2]).await?;
    holds(api, &format!("/v1/orgs?authority={authority}"), ORG, &[2]).await?;
    holds(api, &format!("/v1/orgs?authority={w1}"), ORG, &[]).await?;
    holds(api, &format!("/v1/plans?org={o1}"), PLAN, &[1, 2]).await?;
    holds(api, &format!("/v1/plans?mint={m1}"), PLAN, &[1, 3]).await?;
    holds(api, &format!("/v1/plans?org={o1}&mint={m2}"), PLAN, &[2]).await?;
    holds(api, &format!("/v1/members?org={o1}"), MEMBER, &[1, 2, 3]).await?;
    holds(api, &format!("/v1/members?wallet={w1}"), MEMBER, &[1, 4]).await?;
    holds(api, &format!("/v1/members?referrer={w1}"), MEMBER, &[2]).await?;
    holds(api, "/v1/members?tier=1", MEMBER, &[2]).await?;
    holds(api, &format!("/v1/members?tier=0&org={o2}"), MEMBER, &[4]).await?;
    let subscriptions = "/v1/subscriptions";
    holds(
        api,
        &format!("{subscriptions}?org={o1}"),
        SUBSCRIPTION,
        &[1, 2, 3],
    )
    .await?;
    holds(
        api,
        &format!("{subscriptions}?org={}", key(ORG, 9)),
        SUBSCRIPTION,
        &[],
    )
    .await?;
    holds(
        api,
        &format!("{subscriptions}?plan={}", key(PLAN, 3)),
        SUBSCRIPTION,
        &[4, 5],
    )
    .await?;
    holds(
        api,
        &format!("{subscriptions}?wallet={w1}"),
        SUBSCRIPTION,
        &[1, 3, 4],
    )
    .await?;
    holds(
        api,
        &format!("{subscriptions}?wallet={w1}&org={o2}"),
        SUBSCRIPTION,
        &[4],
    )
    .await?;
    let states = ["trial", "active", "past_due", "cancelled", "lapsed"];
    for (state, number) in states.iter().zip(1..) {
        holds(
            api,
            &format!("{subscriptions}?state={state}"),
            SUBSCRIPTION,
            &[number],
        )
        .await?;
    }
    holds(api, &format!("/v1/ledgers?org={o1}"), LEDGER, &[1, 2]).await?;
    holds(api, &format!("/v1/ledgers?wallet={w2}"), LEDGER, &[3]).await?;
    holds(
        api,
        &format!("/v1/ledgers?wallet={w1}&mint={m1}"),
        LEDGER,
        &[1],
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn closed_accounts_are_left_out_unless_asked_for() -> Result<()> {
    let api = &populated().await?;
    for (list, kind, all) in [
        ("orgs", ORG, 3),
        ("plans", PLAN, 4),
        ("members", MEMBER, 5),
        ("subscriptions", SUBSCRIPTION, 6),
        ("ledgers", LEDGER, 4),
    ] {
        let everything: Vec<u8> = (1..=all).collect();
        let open = &everything[..everything.len() - 1];
        holds(api, &format!("/v1/{list}"), kind, open).await?;
        holds(api, &format!("/v1/{list}?include_closed=false"), kind, open).await?;
        holds(
            api,
            &format!("/v1/{list}?include_closed=true"),
            kind,
            &everything,
        )
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_walk_meets_each_row_once() -> Result<()> {
    let api = &populated().await?;
    for (list, kind, all) in [
        ("orgs?include_closed=true", ORG, 3),
        ("plans?include_closed=true", PLAN, 4),
        ("members?include_closed=true", MEMBER, 5),
        ("subscriptions?include_closed=true", SUBSCRIPTION, 6),
        ("ledgers?include_closed=true", LEDGER, 4),
    ] {
        for limit in 1..=3 {
            let mut seen = Vec::new();
            let mut path = format!("/v1/{list}&limit={limit}");
            loop {
                let page = api.json(&path).await?;
                let found = addresses(&page);
                assert!(found.len() <= limit && !found.is_empty(), "{path}");
                seen.extend(found);
                let Some(cursor) = page["next_cursor"].as_str() else {
                    break;
                };
                path = format!("/v1/{list}&limit={limit}&cursor={cursor}");
            }
            let expected: Vec<_> = (1..=all).map(|n| key(kind, n).to_string()).collect();
            assert_eq!(seen, expected, "{list} by {limit}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_walk_keeps_its_filters_and_survives_inserts_behind_it() -> Result<()> {
    let api = populated().await?;
    let list = format!("/v1/plans?org={}&limit=1", key(ORG, 1));
    let first = api.json(&list).await?;
    assert_eq!(addresses(&first), [key(PLAN, 1).to_string()]);
    let conn = &mut *api.mirror.acquire().await?;
    rows::upsert(conn, &[plan(0, 1)]).await?;
    let cursor = first["next_cursor"].as_str().context("one more")?;
    let second = api.json(&format!("{list}&cursor={cursor}")).await?;
    assert_eq!(addresses(&second), [key(PLAN, 2).to_string()]);
    assert_eq!(second["next_cursor"], Value::Null);
    Ok(())
}

/// More rows than a page looks at, and 3 of the same kind behind them.
fn many<R: Clone>(row: &R, last: &R, address: fn(&mut R) -> &mut Key) -> Vec<R> {
    let number = |row: &R, number: u16| {
        let mut row = row.clone();
        address(&mut row).0[1..3].copy_from_slice(&number.to_be_bytes());
        row
    };
    let before = (0..5_100).map(|it| number(row, it));
    before
        .chain((5_100..5_103).map(|it| number(last, it)))
        .collect()
}

#[tokio::test]
async fn a_page_looks_at_so_many_accounts_and_the_next_one_goes_on() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    rows::upsert(conn, &[plan(1, 1)]).await?;
    let tiers = [
        member(1, 1, 1),
        MemberRow {
            tier: 3,
            ..member(1, 1, 1)
        },
    ];
    rows::upsert(conn, &many(&tiers[0], &tiers[1], |row| &mut row.address)).await?;
    let mints = [ledger(1, 1, 1, 1), ledger(1, 1, 1, 2)];
    rows::upsert(conn, &many(&mints[0], &mints[1], |row| &mut row.address)).await?;
    let states = [
        subscription(1, 1, 1),
        SubscriptionRow {
            state: 4,
            ..subscription(1, 1, 1)
        },
    ];
    rows::upsert(conn, &many(&states[0], &states[1], |row| &mut row.address)).await?;
    let (org, mint, wallet) = (key(ORG, 1), key(MINT, 2), key(WALLET, 1));
    for path in [
        format!("/v1/members?tier=3&org={org}"),
        format!("/v1/members?tier=3&wallet={wallet}"),
        "/v1/members?tier=3".to_owned(),
        format!("/v1/ledgers?mint={mint}"),
        format!("/v1/ledgers?mint={mint}&org={org}"),
        format!("/v1/subscriptions?state=cancelled&org={org}"),
        format!("/v1/subscriptions?state=cancelled&plan={}", key(PLAN, 1)),
        "/v1/subscriptions?status=cancelled".to_owned(),
    ] {
        let path = format!("{path}&limit=2");
        let first = api.json(&path).await?;
        assert_eq!(first["data"], Value::Array(vec![]), "{path}");
        let mut found = 0;
        let mut cursor = first["next_cursor"].as_str().map(str::to_owned);
        let mut pages = 1;
        while let Some(next) = cursor {
            let page = api.json(&format!("{path}&cursor={next}")).await?;
            found += addresses(&page).len();
            pages += 1;
            cursor = page["next_cursor"].as_str().map(str::to_owned);
        }
        assert_eq!((found, pages), (3, 3), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn the_largest_amount_keeps_every_digit() -> Result<()> {
    let api = populated().await?;
    let page = api
        .json(&format!("/v1/plans?mint={}", key(MINT, 2)))
        .await?;
    assert_eq!(page["data"][0]["price"], "18446744073709551615");
    Ok(())
}

#[tokio::test]
async fn what_was_not_paid_is_found_by_status_and_by_state() -> Result<()> {
    let api = &Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    rows::upsert(conn, &[plan(1, 1)]).await?;
    let due_at = |number, next_due| SubscriptionRow {
        next_due,
        ..subscription(number, 1, 1)
    };
    let subscriptions = [
        due_at(1, 10_001),
        due_at(2, 10_000),
        due_at(3, 9_399),
        due_at(4, 6_400),
        SubscriptionRow {
            periods_paid: 13,
            ..due_at(5, 9_399)
        },
        SubscriptionRow {
            state: 4,
            ..due_at(6, 6_400)
        },
    ];
    rows::upsert(conn, &subscriptions).await?;
    follow(conn).await?;
    let applied = Moment {
        slot: 10,
        at: 10_000,
    };
    cursor::complete(conn, applied).await?;
    for (query, found) in [
        ("status=active", &[1][..]),
        ("status=due", &[2]),
        ("status=past_due", &[3]),
        ("status=lapsed", &[4]),
        ("status=used_up", &[5]),
        ("status=cancelled", &[6]),
        ("state=active", &[1, 2, 3, 4, 5]),
        ("state=past_due", &[3]),
        ("state=lapsed", &[4]),
        ("state=past_due&status=lapsed", &[]),
    ] {
        let path = format!("/v1/subscriptions?{query}");
        holds(api, &path, SUBSCRIPTION, found).await?;
    }
    Ok(())
}
