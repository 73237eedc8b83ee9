//! What the stream is told of the chain's receipts.

use super::tenant::Tenant;
use crate::{
    api_client::master_key,
    api_history::{History, address},
    api_rows::{self, OTHER, PLAN, SUBSCRIPTION, WALLET, key},
};
use anyhow::Result;
use bytemuck::Zeroable;
use serde_json::{Value, json};
use tessera_indexer::Stream;
use tessera_types::{
    accounts::SubscriptionState,
    events::{Closed, Paused, PaymentMissed, PlanChanged, Refunded, Settlement, Subscribed},
};

const PAID: Settlement = Settlement {
    debit: 70,
    merchant: 70,
    keeper_fee: 0,
    debt_repaid: 0,
    points: 5,
    points_expired: 0,
    period_start: 1_000,
    paid_through: 4_600,
    levels: 0,
    flags: 0,
    tier: 0,
    spare: [0; 5],
};

/// Name, amount and plan of each event of the stream, oldest first.
async fn stream(tenant: &Tenant) -> Result<Vec<(String, Value, Value)>> {
    let pool = &tenant.api.mirror;
    Stream::new(pool.clone(), master_key()).catch_up().await?;
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

#[tokio::test]
async fn an_agreement_is_told_from_its_trial_to_its_lapse() -> Result<()> {
    let tenant = Tenant::open().await?;
    let subscribed = key(SUBSCRIPTION, 1);
    let plan = |number| address(key(PLAN, number));
    let mut history = History::default();
    let trial = Settlement { debit: 0, ..PAID };
    history.charge(subscribed, trial, &[], |receipt| Subscribed {
        receipt,
        plan: plan(1),
        wallet: address(key(WALLET, 1)),
        trial_ends_at: 4_600,
        settlement: trial,
        ..Subscribed::zeroed()
    });
    for (settlement, at_period_end) in [(Settlement::zeroed(), 1), (PAID, 0)] {
        history.charge(subscribed, settlement, &[], |receipt| PlanChanged {
            receipt,
            plan: plan(2),
            at_period_end,
            settlement,
            ..PlanChanged::zeroed()
        });
    }
    let refunded = Refunded {
        amount: 20,
        ..Refunded::zeroed()
    };
    history.refund(subscribed, refunded, &[]);
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
    let conn = &mut *tenant.api.mirror.acquire().await?;
    let row = api_rows::subscription(1, 1, 1);
    tessera_store::subscription::upsert(conn, &[row]).await?;
    tessera_store::cursor::init(conn, key(OTHER, 1)).await?;
    sqlx::query("update cursor set event_position = 8")
        .execute(&mut *conn)
        .await?;
    let [first, second] = [1, 2].map(|number| json!(key(PLAN, number).to_string()));
    let expected = [
        ("subscribed", json!("0"), &first),
        ("trial_started", json!(null), &first),
        ("charged", json!("70"), &second),
        ("refunded", json!("20"), &first),
        ("lapsed", json!(null), &first),
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
