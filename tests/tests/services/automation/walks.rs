//! How runs go.

use crate::support::{
    client::master_key,
    journeys::{
        a_day, act, announced, flow, nurturing, of_node, pass, publish, runs, sign_up, walk,
    },
    tenant::Tenant,
};
use anyhow::Result;
use serde_json::{Value, json};
use tessera_engine::{
    Engine,
    work::{Worker, WorkerConfig},
};

#[tokio::test]
async fn a_run_waits_for_an_event_and_goes_on_when_it_arrives() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &nurturing()).await?;
    sign_up(&tenant, "ann").await?;
    assert_eq!(
        runs(&tenant, "welcome").await?,
        [(1, Value::Null, Value::Null)]
    );
    walk(&tenant).await?;
    assert_eq!(announced(&tenant, "ann").await?, ["welcome"]);
    assert_eq!(
        runs(&tenant, "welcome").await?,
        [(1, json!("wait"), Value::Null)]
    );
    assert_eq!(flow(&tenant, "welcome", "wait").await?, (1, 1));
    act(&tenant, "ann", "docs").await?;
    walk(&tenant).await?;
    assert_eq!(
        runs(&tenant, "welcome").await?,
        [(1, json!("wait"), Value::Null)]
    );
    act(&tenant, "ann", "plan_viewed").await?;
    walk(&tenant).await?;
    assert_eq!(announced(&tenant, "ann").await?, ["welcome", "offer"]);
    assert_eq!(
        runs(&tenant, "welcome").await?,
        [(1, json!("end"), json!("finished"))]
    );
    assert_eq!(flow(&tenant, "welcome", "wait").await?, (1, 0));
    assert_eq!(flow(&tenant, "welcome", "end").await?, (1, 0));
    assert_eq!(flow(&tenant, "welcome", "remind").await?, (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_wait_that_is_over_goes_the_other_way() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &nurturing()).await?;
    sign_up(&tenant, "ann").await?;
    walk(&tenant).await?;
    pass(&tenant, 259_000).await?;
    assert_eq!(announced(&tenant, "ann").await?, ["welcome"]);
    pass(&tenant, 300).await?;
    assert_eq!(announced(&tenant, "ann").await?, ["welcome", "reminder"]);
    // What comes too late is heard by nobody.
    act(&tenant, "ann", "plan_viewed").await?;
    walk(&tenant).await?;
    assert_eq!(announced(&tenant, "ann").await?, ["welcome", "reminder"]);
    Ok(())
}

#[tokio::test]
async fn who_reaches_the_goal_leaves() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &nurturing()).await?;
    sign_up(&tenant, "ann").await?;
    sign_up(&tenant, "bob").await?;
    // Before the first step, and after it.
    act(&tenant, "bob", "paid").await?;
    walk(&tenant).await?;
    act(&tenant, "ann", "paid").await?;
    walk(&tenant).await?;
    let flow = tenant.json("/v1/journeys/welcome/flow").await?;
    assert_eq!(flow["ended"], json!({ "goal": 2 }));
    assert_eq!(announced(&tenant, "bob").await?, Vec::<String>::new());
    pass(&tenant, 400_000).await?;
    assert_eq!(announced(&tenant, "ann").await?, ["welcome"]);
    Ok(())
}

#[tokio::test]
async fn a_branch_goes_by_the_events_of_the_person() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut journey = of_node(json!({ "branch": {
        "cases": [{ "when": { "event": { "when": { "event": "docs" } } }, "next": "reader" }],
        "otherwise": "end" } }));
    journey["nodes"]["reader"] = json!({ "announce": { "name": "reads", "next": "end" } });
    publish(&tenant, "readers", &journey).await?;
    act(&tenant, "ann", "docs").await?;
    for visitor in ["ann", "bob"] {
        sign_up(&tenant, visitor).await?;
    }
    walk(&tenant).await?;
    assert_eq!(announced(&tenant, "ann").await?, ["reads"]);
    assert_eq!(announced(&tenant, "bob").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn traits_are_stated_as_by_identify() -> Result<()> {
    let tenant = Tenant::open().await?;
    let node = json!({ "update": { "traits": { "segment": "trader" }, "next": "end" } });
    publish(&tenant, "traders", &of_node(node)).await?;
    sign_up(&tenant, "ann").await?;
    walk(&tenant).await?;
    let ann = tenant.person("ann").await?;
    let person = tenant.json(&format!("/v1/persons/{ann}")).await?;
    assert_eq!(person["traits"]["segment"], "trader", "{person}");
    Ok(())
}

#[tokio::test]
async fn two_workers_take_no_step_twice() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &of_node(a_day())).await?;
    for batch in 0..3 {
        let names: Vec<String> = (0..200).map(|it| format!("v{batch}-{it}")).collect();
        let events: Vec<_> = names
            .iter()
            .map(|it| (it.as_str(), "signed_up", it.as_str(), json!({})))
            .collect();
        tenant.capture(&events).await?;
    }
    let worker = || {
        let engine = Engine::new(tenant.api.mirror.clone(), master_key(), None);
        Worker::new(engine, WorkerConfig::default())
    };
    let (one, other) = (worker(), worker());
    let (one, other) = tokio::join!(one.drain(), other.drain());
    assert_eq!((one?.failed, other?.failed), (0, 0));
    walk(&tenant).await?;
    assert_eq!(flow(&tenant, "welcome", "node").await?, (600, 600));
    pass(&tenant, 86_400).await?;
    assert_eq!(flow(&tenant, "welcome", "node").await?, (600, 0));
    let flow = tenant.json("/v1/journeys/welcome/flow").await?;
    assert_eq!(flow["ended"], json!({ "finished": 600 }));
    Ok(())
}
