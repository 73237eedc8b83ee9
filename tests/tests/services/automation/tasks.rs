//! Tasks that a journey creates for the team.

use crate::support::{
    journeys::{draft, of_node, pass, publish, sign_up, walk},
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::StatusCode;
use serde_json::{Value, json};

fn call(title: &str) -> Value {
    json!({ "task": { "kind": "first_call", "title": title, "next": "end" } })
}

#[tokio::test]
async fn a_task_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (field, value) in [
        ("kind", json!("First Call")),
        ("title", json!("")),
        ("title", json!("a\u{0}b")),
        ("next", json!("nowhere")),
    ] {
        let mut node = call("Call about the trial");
        node["task"][field] = value;
        let body = json!({ "name": "calls", "journey": of_node(node) });
        let refused = tenant.post("/v1/journeys", &body).await?;
        let problem = refused.refusal("/v1/journeys", StatusCode::BAD_REQUEST)?;
        let name = format!("journey.nodes.node.task.{field}");
        assert_eq!(problem["errors"][0]["field"], name);
    }
    Ok(())
}

#[tokio::test]
async fn who_comes_by_has_one_task_which_says_what_caused_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut journey = of_node(call("Call about the trial"));
    journey["start"] = json!("wait");
    let wait = json!({ "delay": { "until": { "secs": 3_600 }, "next": "node" } });
    journey["nodes"]["wait"] = wait;
    publish(&tenant, "calls", &journey).await?;
    sign_up(&tenant, "ann").await?;
    walk(&tenant).await?;
    assert_eq!(tenant.json("/v1/tasks").await?["data"], json!([]));
    pass(&tenant, 3_601).await?;
    pass(&tenant, 3_601).await?;
    let tasks = tenant.json("/v1/tasks").await?;
    let [task] = tasks["data"].as_array().map_or(&[][..], Vec::as_slice) else {
        panic!("not one task: {tasks}");
    };
    assert_eq!(task["person"], json!(tenant.person("ann").await?));
    assert_eq!(task["kind"], "first_call");
    assert_eq!(task["title"], "Call about the trial");
    assert_eq!(task["state"], "open");
    assert_eq!(task["created_by"], "engine");
    let runs = tenant.json("/v1/journeys/calls/runs").await?;
    let run = runs["data"][0]["id"].as_str().unwrap_or_default();
    assert_eq!(task["cause"], format!("journey:{run}:node"));
    Ok(())
}

#[tokio::test]
async fn a_rehearsal_says_which_tasks_there_would_have_been() -> Result<()> {
    let tenant = Tenant::open().await?;
    sign_up(&tenant, "ann").await?;
    let version = draft(&tenant, "calls", &of_node(call("Call"))).await?;
    let wanted = json!({ "version": version, "days": 30 });
    let result = tenant
        .result_of("/v1/journeys/calls/rehearsals", &wanted)
        .await?;
    let task = json!({ "kind": "first_call", "title": "Call" });
    assert_eq!(result["acts"][0]["task"], task, "{result}");
    assert_eq!(tenant.json("/v1/tasks").await?["data"], json!([]));
    Ok(())
}
