//! What is kept is what the event log comes to, now and as of each report's moment.

use super::reports::{signed, verified};
use crate::support::{
    client::{do_work, master_key},
    experiments::{caller, checked, define_metrics, design, launch, launch_ago},
    people::ago,
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::time::Duration;
use tessera_engine::{Engine, people::merge};
use tessera_store::tenant;
use tessera_tests::eventually;

const HOUR: i64 = 3_600;

/// A tenant whose visitors do whatever comes to mind.
struct Play<'a> {
    tenant: &'a Tenant,
    dice: StdRng,
    done: u32,
    merges: Vec<Value>,
}

impl Play<'_> {
    fn visitor(&mut self) -> String {
        format!("visitor-{}", self.dice.random_range(0..15))
    }

    /// Up to three hours ago: before the start, before what came earlier, or just now.
    async fn act(&mut self, event: &str, properties: Value) -> Result<()> {
        let visitor = self.visitor();
        let at = ago(self.dice.random_range(0..3 * HOUR));
        self.done += 1;
        let body = json!({
            "message_id": format!("message-{}", self.done), "event": event,
            "anonymous_id": visitor, "timestamp": at, "properties": properties,
        });
        let answer = self.tenant.post("/v1/events", &body).await?;
        assert!(answer.status.is_success(), "{answer:?}");
        Ok(())
    }

    async fn step(&mut self) -> Result<()> {
        match self.dice.random_range(0..20) {
            0..8 => {
                let arm = ["plain", "round"][self.dice.random_range(0..2)];
                let saw = json!({ "experiment": "button", "arm": arm });
                self.act("experiment_exposed", saw).await
            }
            8..16 => {
                let size = self.dice.random_range(-2.0..9.0);
                self.act("bought", json!({ "size": size })).await
            }
            16 | 17 => self.merge().await,
            18 => self.undo().await,
            _ => self.erase().await,
        }
    }

    async fn merge(&mut self) -> Result<()> {
        let (one, other) = (self.visitor(), self.visitor());
        let people = (
            self.tenant.person(&one).await,
            self.tenant.person(&other).await,
        );
        // Nobody yet, or nobody any more.
        let (Ok(winner), Ok(loser)) = people else {
            return Ok(());
        };
        let body = json!({ "with": loser, "reason": "the same" });
        let path = format!("/v1/persons/{winner}/merge");
        let answer = self.tenant.post(&path, &body).await?;
        if answer.status == StatusCode::CREATED {
            self.merges.push(answer.json()?);
        }
        Ok(())
    }

    async fn undo(&mut self) -> Result<()> {
        if self.merges.is_empty() {
            return Ok(());
        }
        let at = self.dice.random_range(0..self.merges.len());
        let merge = self.merges.remove(at);
        let winner = merge["winner"].as_str().context("a winner")?;
        let path = format!("/v1/persons/{winner}/unmerge");
        let answer = self
            .tenant
            .post(&path, &json!({ "merge": merge["id"] }))
            .await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        Ok(())
    }

    async fn erase(&mut self) -> Result<()> {
        let visitor = self.visitor();
        if let Ok(person) = self.tenant.person(&visitor).await {
            let path = format!("/v1/persons/{person}");
            let answer = self.tenant.call(Method::DELETE, &path, None).await?;
            assert!(answer.status.is_success(), "{answer:?}");
        }
        Ok(())
    }
}

#[tokio::test]
async fn each_report_is_what_the_log_came_to_whatever_happened_since() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let spent = json!({ "event": { "event": "bought" }, "property": "size" });
    let bought = json!({ "event": { "event": "bought" } });
    for (name, metric) in [
        (
            "capped",
            json!({ "measure": { "mean": { "value": spent } }, "cap": "5", "covariate_days": 1 }),
        ),
        (
            "basket",
            json!({ "measure": { "ratio": { "numerator": spent, "denominator": bought } } }),
        ),
        (
            "median",
            json!({ "measure": { "quantile": { "value": spent, "quantile_bps": 5000 } } }),
        ),
        (
            "soon",
            json!({ "measure": { "binomial": bought }, "window_hours": 1, "only_complete": true }),
        ),
    ] {
        let body = json!({ "name": name, "metric": metric });
        tenant.posted("/v1/metrics", &body).await?;
    }
    let mut wide = design();
    wide["metrics"] = ["bought", "spent", "capped", "basket", "median", "soon"]
        .map(|name| json!({ "metric": name, "role": if name == "bought" { "primary" } else { "secondary" } }))
        .into();
    launch_ago(&tenant, "button", &wide, 2 * HOUR).await?;
    let mut play = Play {
        tenant: &tenant,
        dice: StdRng::seed_from_u64(13),
        done: 0,
        merges: Vec::new(),
    };
    let mut reports = Vec::new();
    for _ in 0..4 {
        for _ in 0..40 {
            play.step().await?;
        }
        reports.push(signed(&tenant, "button").await?);
        for report in &reports {
            assert_eq!(verified(&tenant, "button", report).await?, json!([]));
        }
    }
    // The play is one in which people were exposed, and merges, their undoing and erasures were left.
    let people: i64 =
        serde_json::from_str::<Value>(reports[3]["report"].as_str().context("a text")?)?["results"]
            ["people"]["exposed"]
            .as_i64()
            .context("people")?;
    assert!(people > 3, "{people}");
    tenant
        .posted(
            "/v1/experiments/button/stop",
            &json!({ "reason": "Enough." }),
        )
        .await?;
    do_work(&tenant.api.mirror).await?;
    reports.push(signed(&tenant, "button").await?);
    for report in &reports {
        assert_eq!(verified(&tenant, "button", report).await?, json!([]));
    }
    let found = checked(&tenant, "button/1").await?;
    assert_eq!((found.differing, found.sums), (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_window_that_ended_counts_before_anybody_looked() -> Result<()> {
    let tenant = Tenant::open().await?;
    let bought = json!({ "binomial": { "event": { "event": "bought" } } });
    let metric = json!({ "measure": bought, "window_hours": 1, "only_complete": true });
    let body = json!({ "name": "bought", "metric": metric });
    tenant.posted("/v1/metrics", &body).await?;
    let mut patient = design();
    patient["metrics"] = json!([{ "metric": "bought", "role": "primary" }]);
    launch_ago(&tenant, "button", &patient, 2 * HOUR).await?;
    let saw = json!({ "experiment": "button", "arm": "plain" });
    tenant
        .does("a", "experiment_exposed", ago(HOUR - 2), saw)
        .await?;
    eventually(Duration::from_secs(20), async || {
        let results = tenant.json("/v1/experiments/button/results").await?;
        let base = &results["metrics"][0]["arms"][0]["sequential"]["base"]["people"];
        Ok(if base == 1 {
            Ok(())
        } else {
            Err(results.to_string())
        })
    })
    .await?;
    let report = signed(&tenant, "button").await?;
    assert_eq!(verified(&tenant, "button", &report).await?, json!([]));
    Ok(())
}

#[tokio::test]
async fn what_was_taken_out_of_the_log_is_missed() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    tenant
        .capture(&[
            (
                "1",
                "experiment_exposed",
                "a",
                json!({ "experiment": "button", "arm": "plain" }),
            ),
            ("2", "bought", "a", json!({ "size": 2 })),
        ])
        .await?;
    let report = signed(&tenant, "button").await?;
    assert_eq!(verified(&tenant, "button", &report).await?, json!([]));
    sqlx::query("update engine.event set properties = '{\"size\": 3}' where name = 'bought'")
        .execute(&tenant.api.mirror)
        .await?;
    let differences = verified(&tenant, "button", &report).await?;
    assert_eq!(differences[0]["at"], "/counted_sha256", "{differences}");
    let spent = "/results/metrics/1/arms/0/sequential/base/value";
    let found = differences.as_array().context("a list")?;
    let found = found.iter().find(|it| it["at"] == spent).context("spent")?;
    assert_eq!(
        (&found["signed"], &found["counted"]),
        (&json!(2.0), &json!(3.0))
    );
    Ok(())
}

#[tokio::test]
async fn a_merge_that_began_before_a_report_and_ended_after_it_is_no_part_of_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let saw = |arm: &str| json!({ "experiment": "button", "arm": arm });
    tenant
        .capture(&[
            ("1", "experiment_exposed", "a", saw("plain")),
            ("2", "experiment_exposed", "b", saw("round")),
        ])
        .await?;
    let (winner, loser) = (tenant.person("a").await?, tenant.person("b").await?);
    let caller = caller(&tenant).await?;
    let engine = Engine::new(tenant.api.mirror.clone(), master_key(), None);
    let mut transaction = tenant::begin(&tenant.api.mirror, caller.organisation).await?;
    let report = signed(&tenant, "button").await?;
    merge::merge(
        &engine,
        &mut transaction,
        &caller,
        winner,
        loser,
        "the same",
    )
    .await?;
    transaction.commit().await?;
    assert_eq!(verified(&tenant, "button", &report).await?, json!([]));
    let results = tenant.json("/v1/experiments/button/results").await?;
    assert_eq!(results["people"]["crossed"], 1);
    Ok(())
}
