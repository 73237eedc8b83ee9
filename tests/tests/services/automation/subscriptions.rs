//! Moments of subscriptions, as the mirror has them.

use crate::support::{
    journeys::{a_day, of_node, pass, publish, runs, walk},
    people::ago,
    rows,
    subscribers::subscribe,
    tenant::Tenant,
};
use anyhow::Result;
use serde_json::{Value, json};
use tessera_store::mirror::subscription::SubscriptionRow;

const DAY: i64 = 86_400;

/// Paid for, and due again in ten days.
fn paid_for() -> SubscriptionRow {
    SubscriptionRow {
        next_due: ago(-10 * DAY).secs(),
        ..rows::subscription(1, 1, 1)
    }
}

fn entered_at(moment: Value) -> Value {
    let mut journey = of_node(a_day());
    journey["entry"] = json!({ "subscription": moment });
    journey["holdout"] = json!({ "holdout_bps": 1 });
    journey
}

/// Each moment, and a subscription of which it has come.
fn moments() -> [(&'static str, Value, SubscriptionRow); 4] {
    let soon = ago(-2 * DAY).secs();
    [
        (
            "missed",
            json!("payment_missed"),
            SubscriptionRow {
                state: 3,
                next_due: ago(60).secs(),
                ..paid_for()
            },
        ),
        (
            "renewal",
            json!({ "renewal_within_days": 3 }),
            SubscriptionRow {
                next_due: soon,
                ..paid_for()
            },
        ),
        (
            "trial",
            json!({ "trial_ends_within_days": 3 }),
            SubscriptionRow {
                state: 1,
                next_due: soon,
                ..paid_for()
            },
        ),
        (
            "approval",
            json!({ "approval_below_periods": 2 }),
            SubscriptionRow {
                approved_periods: 1,
                ..paid_for()
            },
        ),
    ]
}

#[tokio::test]
async fn nobody_enters_before_the_moment_has_come() -> Result<()> {
    let tenant = Tenant::open().await?;
    subscribe(&tenant, &paid_for(), 1).await?;
    for (name, moment, _) in moments() {
        publish(&tenant, name, &entered_at(moment)).await?;
    }
    walk(&tenant).await?;
    for (name, _, _) in moments() {
        assert_eq!(runs(&tenant, name).await?, [], "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_moment_begins_one_run_however_often_it_is_looked_for() -> Result<()> {
    for (name, moment, row) in moments() {
        let tenant = Tenant::open().await?;
        subscribe(&tenant, &row, 1).await?;
        publish(&tenant, name, &entered_at(moment)).await?;
        walk(&tenant).await?;
        pass(&tenant, 301).await?;
        assert_eq!(runs(&tenant, name).await?.len(), 1, "{name}");
    }
    Ok(())
}
