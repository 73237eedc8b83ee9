//! What the event log takes from the chain's receipts.

use crate::support::{
    client::do_work,
    history::{History, TRIAL, address, follow, store},
    rows::{self, MEMBER, PLAN, SUBSCRIPTION, WALLET, key},
    tenant::Tenant,
};
use anyhow::Result;
use bytemuck::Zeroable;
use serde_json::{Value, json};
use std::time::Duration;
use tessera_store::{
    PgPool,
    mirror::{
        cursor::{self, Moment},
        receipt::{self, NewReceipt},
        subscription::SubscriptionRow,
    },
    work,
};
use tessera_types::{
    accounts::SubscriptionState,
    events::{
        Closed, Paused, PaymentMissed, PlanChanged, PointsAwarded, Refunded, Settlement, Subscribed,
    },
};

const PAID: Settlement = Settlement {
    debit: 70,
    merchant: 70,
    points: 5,
    ..TRIAL
};

/// Name, amount and plan of each event of the stream, oldest first.
async fn stream(tenant: &Tenant) -> Result<Vec<(String, Value, Value)>> {
    let pool = &tenant.api.mirror;
    do_work(pool).await?;
    let events: Vec<(String, Value)> = sqlx::query_as(
        "select name, properties from engine.event where source = 'chain' order by at, name",
    )
    .fetch_all(pool)
    .await?;
    Ok(events
        .into_iter()
        .map(|(name, it)| (name, it["amount"].clone(), it["plan"].clone()))
        .collect())
}

/// The first receipts of org 1 and plans 1 and 2.
fn beginning() -> History {
    let mut history = History::of(&[rows::org(1)]);
    history.open(&[rows::plan(1, 1), rows::plan(2, 1)]);
    history
}

/// Appends points that member 1 is given; they are in the stream as `awarded`.
fn award(history: &mut History, points: u64) {
    history.push(key(MEMBER, 1), |receipt| PointsAwarded {
        receipt,
        points,
        ..PointsAwarded::zeroed()
    });
}

/// The names of the stream's events, oldest first.
async fn names(tenant: &Tenant) -> Result<Vec<String>> {
    let events = stream(tenant).await?;
    Ok(events.into_iter().map(|(name, ..)| name).collect())
}

#[tokio::test]
async fn an_agreement_is_told_from_its_trial_to_its_lapse() -> Result<()> {
    let tenant = Tenant::open().await?;
    let subscribed = key(SUBSCRIPTION, 1);
    let plan = |number| address(key(PLAN, number));
    let mut history = beginning();
    history.push(subscribed, |receipt| Subscribed {
        receipt,
        plan: plan(1),
        wallet: address(key(WALLET, 1)),
        trial_ends_at: 4_600,
        settlement: TRIAL,
        ..Subscribed::zeroed()
    });
    for (settlement, at_period_end) in [(Settlement::zeroed(), 1), (PAID, 0)] {
        history.push(subscribed, |receipt| PlanChanged {
            receipt,
            plan: plan(2),
            at_period_end,
            settlement,
            ..PlanChanged::zeroed()
        });
    }
    history.push(subscribed, |receipt| Refunded {
        receipt,
        amount: 20,
        ..Refunded::zeroed()
    });
    history.push(subscribed, |receipt| Paused {
        receipt,
        paused_until: 4_000,
        next_due: 4_600,
    });
    for state in [SubscriptionState::PastDue, SubscriptionState::Lapsed] {
        history.push(subscribed, |receipt| PaymentMissed {
            receipt,
            state: state as u8,
            ..PaymentMissed::zeroed()
        });
    }
    history.push(subscribed, |receipt| Closed {
        receipt,
        ..Closed::zeroed()
    });
    history.store(&tenant.api.mirror).await?;
    let [first, second] = [1, 2].map(|number| json!(key(PLAN, number).to_string()));
    let expected = [
        ("subscribed", json!("0"), &first),
        ("trial_started", json!(null), &first),
        ("charged", json!("70"), &second),
        ("refunded", json!("20"), &second),
        ("lapsed", json!(null), &second),
    ];
    let told = stream(&tenant).await?;
    let named: Vec<_> = told
        .iter()
        .map(|(name, amount, plan)| (name.as_str(), amount.clone(), plan))
        .collect();
    assert_eq!(named, expected);
    assert_eq!(stream(&tenant).await?, told, "nothing is told twice");
    Ok(())
}

#[tokio::test]
async fn what_may_still_vanish_is_not_taken_and_holds_back_what_came_later() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mirror = &tenant.api.mirror;
    let mut history = beginning();
    history.open(&[rows::member(1, 1, 1)]);
    history.store(mirror).await?;
    award(&mut history, 5);
    let mut conn = mirror.acquire().await?;
    receipt::insert(&mut conn, &history.receipts, false).await?;
    assert_eq!(names(&tenant).await?, ["registered"]);

    // Found late, of another account, and it stays.
    let mut late = History::of(&[rows::member(2, 1, 2)]);
    late.receipts[0].place.slot = 102;
    receipt::insert(&mut conn, &late.receipts, true).await?;
    assert_eq!(names(&tenant).await?, ["registered"]);
    cursor::settle(&mut conn, Moment { slot: 110, at: 0 }).await?;
    let all = ["registered", "registered", "awarded"];
    assert_eq!(names(&tenant).await?, all);
    assert_eq!(names(&tenant).await?, all);
    Ok(())
}

#[tokio::test]
async fn what_vanished_is_never_taken() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mirror = &tenant.api.mirror;
    let mut history = beginning();
    history.open(&[rows::member(1, 1, 1)]);
    history.store(mirror).await?;
    award(&mut history, 5);
    let mut conn = mirror.acquire().await?;
    receipt::insert(&mut conn, &history.receipts, false).await?;
    let vanished = history.receipts[4].place;
    receipt::remove(&mut conn, &[vanished]).await?;
    cursor::settle(&mut conn, Moment { slot: 110, at: 0 }).await?;
    assert_eq!(names(&tenant).await?, ["registered"]);
    Ok(())
}

#[tokio::test]
async fn a_receipt_that_was_missing_is_taken_when_it_is_found() -> Result<()> {
    let mut whole = beginning();
    whole.open(&[rows::member(1, 1, 1)]);
    award(&mut whole, 5);
    award(&mut whole, 6);
    // Without the first, nobody knows whose the others are.
    for (missing, taken) in [(3, &[][..]), (4, &["registered", "awarded"])] {
        let tenant = Tenant::open().await?;
        let mirror = &tenant.api.mirror;
        let mut with_a_gap = whole.receipts.clone();
        with_a_gap.remove(missing);
        store(mirror, &with_a_gap).await?;
        assert_eq!(names(&tenant).await?, taken);
        whole.store(mirror).await?;
        let all = ["registered", "awarded", "awarded"];
        assert_eq!(names(&tenant).await?, all);
        assert_eq!(names(&tenant).await?, all);
    }
    Ok(())
}

#[tokio::test]
async fn what_was_there_before_its_plan_was_known_is_taken_when_it_is() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mirror = &tenant.api.mirror;
    let mut whole = beginning();
    whole.open(&[rows::subscription(1, 1, 1), rows::subscription(2, 2, 2)]);
    let [org, plan, other_plan, of_plan, of_other] = whole.receipts.as_slice() else {
        anyhow::bail!("{:?}", whole.receipts);
    };
    let found = async |receipt: &NewReceipt| store(mirror, std::slice::from_ref(receipt)).await;
    // The first subscription, whose plan is not known; then the other plan and its own.
    found(of_plan).await?;
    assert_eq!(names(&tenant).await?, [""; 0]);
    found(org).await?;
    found(other_plan).await?;
    found(of_other).await?;
    assert_eq!(names(&tenant).await?, ["subscribed"]);
    found(plan).await?;
    assert_eq!(names(&tenant).await?, ["subscribed", "subscribed"]);
    Ok(())
}

#[tokio::test]
async fn another_filling_of_the_mirror_adds_nothing_twice() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mirror = &tenant.api.mirror;
    let mut history = beginning();
    history.open(&[rows::member(1, 1, 1)]);
    award(&mut history, 5);
    history.store(mirror).await?;
    assert_eq!(names(&tenant).await?, ["registered", "awarded"]);
    sqlx::raw_sql("truncate life, receipt, charge, refund, commission, cursor")
        .execute(mirror)
        .await?;
    assert_eq!(names(&tenant).await?, ["registered", "awarded"]);

    // Fewer receipts than the stream has passed, and then one more than before.
    store(mirror, &history.receipts[..4]).await?;
    assert_eq!(names(&tenant).await?, ["registered", "awarded"]);
    award(&mut history, 6);
    history.store(mirror).await?;
    assert_eq!(names(&tenant).await?, ["registered", "awarded", "awarded"]);
    Ok(())
}

/// The same subscription, of as many other wallets.
async fn add_subscriptions(pool: &PgPool, count: i32) -> Result<()> {
    // All columns but those that the database computes.
    let columns: String = sqlx::query_scalar(
        "select string_agg(quote_ident(column_name), ', ') from information_schema.columns
         where table_schema = 'public' and table_name = 'subscription' and is_generated = 'NEVER'",
    )
    .fetch_one(pool)
    .await?;
    let add = format!(
        "insert into subscription ({columns})
         select {columns}
         from (select (jsonb_populate_record(subscription, jsonb_build_object(
                   'address', sha256(('account ' || number)::bytea),
                   'wallet', sha256(('wallet ' || number)::bytea)))).*
               from subscription cross join generate_series(1, $1) number) copied"
    );
    sqlx::query(sqlx::AssertSqlSafe(add))
        .bind(count)
        .execute(pool)
        .await?;
    Ok(())
}

async fn settle(pool: &PgPool, slot: i64, at: i64) -> Result<()> {
    let mut conn = pool.acquire().await?;
    follow(&mut conn).await?;
    Ok(cursor::settle(&mut conn, Moment { slot, at }).await?)
}

#[tokio::test]
async fn an_end_of_a_grace_that_is_announced_while_payments_are_checked_is_not_lost() -> Result<()>
{
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    let mut conn = pool.acquire().await?;
    let with_grace = |grace_secs| SubscriptionRow {
        grace_secs,
        ..rows::subscription(1, 1, 1)
    };
    rows::upsert(&mut conn, &[with_grace(400)]).await?;
    settle(pool, 10, 5_000).await?;
    let taken = work::take(&mut conn, &[work::PAST_DUE], 1, Duration::from_secs(60)).await?;
    let [checked] = taken.as_slice() else {
        anyhow::bail!("{taken:?}");
    };
    // Later than the end that it was due for, and after what it has read.
    rows::upsert(&mut conn, &[with_grace(600)]).await?;
    assert!(work::finish(&mut conn, checked).await?);
    let left: i64 = sqlx::query_scalar("select count(*) from engine.work where kind = $1")
        .bind(work::PAST_DUE)
        .fetch_one(pool)
        .await?;
    assert_eq!(left, 1);
    Ok(())
}

#[tokio::test]
async fn thousands_of_missed_payments_of_one_second_are_noted_some_at_a_time() -> Result<()> {
    let tenant = Tenant::open().await?;
    let pool = &tenant.api.mirror;
    rows::upsert(&mut *pool.acquire().await?, &[rows::subscription(1, 1, 1)]).await?;
    add_subscriptions(pool, 1_700).await?;
    settle(pool, 10, 1_000_000).await?;
    do_work(pool).await?;
    let noted: (i64, i64) = sqlx::query_as(
        "select sum(events)::bigint, max(events)
         from (select count(*) as events from engine.event where name = 'past_due' group by xmin) one",
    )
    .fetch_one(pool)
    .await?;
    assert_eq!(noted, (1_701, 500));
    Ok(())
}
