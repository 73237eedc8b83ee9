//! Tasks: refusals, moments in working time, escalations that happen once, and causes that create one task.

use crate::support::{
    client::master_key,
    team::{hire, identify, member, put_member, set_team, wallet, work},
    tenant::{Tenant, call},
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tessera_domain::time::Timestamp;
use tessera_engine::{
    Engine,
    leads::tasks::{NewTask, create},
};
use tessera_store::tenant as transactions;
use uuid::Uuid;

/// A policy of a call that is due after an hour; the manager hears of it then, and the queue an hour later.
fn policy() -> Value {
    json!({
        "kind": "first_call", "due_secs": 3_600,
        "escalations": [
            { "late_secs": 0, "to": { "kind": "manager" } },
            { "late_secs": 3_600, "to": { "kind": "queue", "name": "supervisors" } },
        ],
    })
}

async fn put_policy(tenant: &Tenant, policy: &Value) -> Result<()> {
    let answer = tenant
        .call(Method::PUT, "/v1/task-policies", Some(policy))
        .await?;
    ensure!(answer.status.is_success(), "{answer:?}");
    Ok(())
}

fn a_call(person: &str) -> Value {
    json!({ "person": person, "kind": "first_call", "title": "Call about the trial" })
}

fn path_of(task: &Value) -> String {
    format!("/v1/tasks/{}", task["id"].as_str().unwrap_or_default())
}

/// Lets so many seconds pass for all tasks, and what is due then happen.
async fn pass(tenant: &Tenant, secs: i32) -> Result<()> {
    for statement in [
        "update engine.lead_task set due_at = due_at - make_interval(secs => $1),
             look_at = look_at - make_interval(secs => $1), created_at = created_at - make_interval(secs => $1),
             escalations = (select coalesce(jsonb_agg(jsonb_set(step, '{at}', to_jsonb(
                     to_char((step ->> 'at')::timestamptz at time zone 'UTC' - make_interval(secs => $1),
                             'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))) order by place), '[]')
                 from jsonb_array_elements(escalations) with ordinality steps (step, place))",
        "update engine.work set due_at = due_at - make_interval(secs => $1) where kind = 'tasks'",
    ] {
        sqlx::query(statement)
            .bind(f64::from(secs))
            .execute(&tenant.api.mirror)
            .await?;
    }
    work(tenant).await
}

#[tokio::test]
async fn a_task_or_policy_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let person = identify(&tenant, "ann@one.com", "trader").await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let theirs = identify(&other, "ann@one.com", "trader").await?;
    for (field, value) in [
        ("person", json!(theirs)),
        ("kind", json!("First Call")),
        ("title", json!("")),
        ("title", json!("a\u{0}b")),
        ("owner", json!(wallet())),
    ] {
        let mut body = a_call(&person);
        body[field] = value;
        let answer = tenant.post("/v1/tasks", &body).await?;
        let problem = answer.refusal("/v1/tasks", StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let path = "/v1/task-policies";
    let mut backwards = policy();
    backwards["escalations"][1]["late_secs"] = json!(0);
    for (field, body) in [
        ("due_secs", json!({ "kind": "call", "due_secs": 0 })),
        ("kind", json!({ "kind": "Call", "due_secs": 1 })),
        ("escalations[1].late_secs", backwards),
    ] {
        let answer = tenant.call(Method::PUT, path, Some(&body)).await?;
        let problem = answer.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let key = tenant.key("read").await?;
    call(
        &tenant.api,
        Method::POST,
        "/v1/tasks",
        &key,
        Some(&a_call(&person)),
    )
    .await?
    .refusal("/v1/tasks", StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn a_closed_task_is_final_and_a_stale_change_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let ada = hire(&tenant, 1).await?;
    let person = identify(&tenant, "ann@one.com", "trader").await?;
    let task = tenant.posted("/v1/tasks", &a_call(&person)).await?;
    let path = format!("{}/transition", path_of(&task));
    let early = json!({ "to": "started", "outcome": "Will buy" });
    let problem = tenant
        .post(&path, &early)
        .await?
        .refusal(&path, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "outcome");
    tenant.posted(&path, &json!({ "to": "started" })).await?;
    let done = json!({ "to": "done", "outcome": "Will buy next week" });
    let done = tenant.posted(&path, &done).await?;
    assert_eq!(
        (&done["state"], &done["version"]),
        (&json!("done"), &json!(3))
    );
    assert_eq!(done["outcome"], "Will buy next week");
    for to in ["open", "started", "done", "cancelled"] {
        let answer = tenant.post(&path, &json!({ "to": to })).await?;
        answer.refusal(&path, StatusCode::CONFLICT)?;
    }
    let path = format!("{}/reassign", path_of(&task));
    let answer = tenant.post(&path, &json!({ "owner": ada })).await?;
    answer.refusal(&path, StatusCode::CONFLICT)?;
    for body in [
        json!({}),
        json!({ "owner": ada, "queue": "sales" }),
        json!({ "queue": "No" }),
    ] {
        let answer = tenant.post(&path, &body).await?;
        answer.refusal(&path, StatusCode::BAD_REQUEST)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_task_is_due_in_the_working_time_of_whose_it_is() -> Result<()> {
    let tenant = Tenant::open().await?;
    put_policy(&tenant, &policy()).await?;
    let person = identify(&tenant, "ann@one.com", "trader").await?;
    // Nobody has the lead: any hour counts, in the team's queue.
    let task = tenant.posted("/v1/tasks", &a_call(&person)).await?;
    assert_eq!(
        (&task["owner"], &task["queue"]),
        (&Value::Null, &json!("sales"))
    );
    let secs = |task: &Value| -> Result<i64> {
        let moment =
            |name: &str| -> Result<Timestamp> { Ok(serde_json::from_value(task[name].clone())?) };
        Ok((moment("due_at")?.0 - moment("created_at")?.0) / 1_000_000)
    };
    assert_eq!(secs(&task)?, 3_600);
    // Their owner works a minute a day, so that an hour of theirs takes two months.
    let ada = wallet();
    let minute = json!([{ "from": "12:00", "until": "12:01" }]);
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let week: serde_json::Map<String, Value> = days
        .map(|day| (day.to_owned(), minute.clone()))
        .into_iter()
        .collect();
    let mut rarely = member(1);
    rarely["hours"] = json!({ "zone": "UTC", "week": week });
    put_member(&tenant, &ada, &rarely).await?;
    let path = format!("/v1/leads/{person}/assign");
    tenant.posted(&path, &json!({ "to": ada })).await?;
    let task = tenant.posted("/v1/tasks", &a_call(&person)).await?;
    assert_eq!(task["owner"], *ada);
    let days = secs(&task)? / 86_400;
    assert!((59..=60).contains(&days), "{task}");
    // Hours that change later move no promise.
    put_member(&tenant, &ada, &member(1)).await?;
    assert_eq!(
        tenant.json(&path_of(&task)).await?["due_at"],
        task["due_at"]
    );
    Ok(())
}

#[tokio::test]
async fn who_is_to_hear_of_a_late_task_hears_once_and_in_order() -> Result<()> {
    let tenant = Tenant::open().await?;
    put_policy(&tenant, &policy()).await?;
    let (manager, ada) = (hire(&tenant, 1).await?, wallet());
    let mut managed = member(1);
    managed["manager"] = json!(manager);
    put_member(&tenant, &ada, &managed).await?;
    let person = identify(&tenant, "ann@one.com", "trader").await?;
    let mut body = a_call(&person);
    body["owner"] = json!(ada);
    let task = tenant.posted("/v1/tasks", &body).await?;
    let done = tenant.posted("/v1/tasks", &body).await?;
    let path = format!("{}/transition", path_of(&done));
    tenant.posted(&path, &json!({ "to": "done" })).await?;
    let heard = |task: Value| {
        let tenant = &tenant;
        async move {
            let path = format!("{}/escalations", path_of(&task));
            anyhow::Ok(
                tenant
                    .json(&path)
                    .await?
                    .as_array()
                    .context("rows")?
                    .clone(),
            )
        }
    };
    work(&tenant).await?;
    assert_eq!(heard(task.clone()).await?.len(), 0);
    pass(&tenant, 3_601).await?;
    let first = heard(task.clone()).await?;
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(first[0]["member"], *manager);
    let late = tenant.json("/v1/tasks?overdue=true").await?;
    assert_eq!(late["data"].as_array().map(Vec::len), Some(1), "{late}");
    assert_eq!(late["data"][0]["overdue"], true);
    let path = format!("/v1/tasks?escalated_to={manager}");
    assert_eq!(tenant.json(&path).await?["data"][0]["id"], task["id"]);
    work(&tenant).await?;
    assert_eq!(heard(task.clone()).await?.len(), 1);
    pass(&tenant, 3_600).await?;
    let both = heard(task.clone()).await?;
    assert_eq!(both.len(), 2, "{both:?}");
    assert_eq!(both[1]["queue"], "supervisors");
    // Nobody hears of what was done in time.
    assert_eq!(heard(done).await?.len(), 0);
    let waiting: i64 = sqlx::query_scalar("select count(*) from engine.work where kind = 'tasks'")
        .fetch_one(&tenant.api.mirror)
        .await?;
    assert_eq!(waiting, 0, "nothing more is to come");
    Ok(())
}

#[tokio::test]
async fn without_a_manager_the_teams_queue_hears() -> Result<()> {
    let tenant = Tenant::open().await?;
    set_team(&tenant, &json!({ "fallback": "inbound", "routes": false })).await?;
    put_policy(&tenant, &policy()).await?;
    let person = identify(&tenant, "ann@one.com", "trader").await?;
    let task = tenant.posted("/v1/tasks", &a_call(&person)).await?;
    pass(&tenant, 3_601).await?;
    let heard = tenant
        .json(&format!("{}/escalations", path_of(&task)))
        .await?;
    assert_eq!(heard[0]["queue"], "inbound", "{heard}");
    Ok(())
}

#[tokio::test]
async fn another_member_takes_a_task_over_as_it_was_promised() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (ada, bob) = (hire(&tenant, 1).await?, hire(&tenant, 1).await?);
    let person = identify(&tenant, "ann@one.com", "trader").await?;
    let mut body = a_call(&person);
    body["owner"] = json!(ada);
    let task = tenant.posted("/v1/tasks", &body).await?;
    let path = path_of(&task);
    tenant
        .posted(&format!("{path}/transition"), &json!({ "to": "started" }))
        .await?;
    let moved = tenant
        .posted(&format!("{path}/reassign"), &json!({ "owner": bob }))
        .await?;
    assert_eq!(
        (&moved["owner"], &moved["state"]),
        (&json!(bob), &json!("open"))
    );
    assert_eq!(moved["due_at"], task["due_at"]);
    let listed = tenant.json(&format!("/v1/tasks?owner={ada}")).await?;
    assert_eq!(listed["data"], json!([]));
    let listed = tenant
        .json(&format!("/v1/tasks?owner={bob}&person={person}&state=open"))
        .await?;
    assert_eq!(listed["data"][0]["id"], task["id"]);
    Ok(())
}

#[tokio::test]
async fn a_cause_creates_one_task_however_often_it_comes() -> Result<()> {
    let tenant = Tenant::open().await?;
    let person: Uuid = identify(&tenant, "ann@one.com", "trader").await?.parse()?;
    let engine = Engine::new(tenant.api.mirror.clone(), master_key(), None);
    let organisation = tenant.organisation().await?;
    let new = NewTask {
        person,
        kind: "first_call".to_owned(),
        title: "Call about the trial".to_owned(),
        owner: None,
        cause: Some("journey:run:call".to_owned()),
        created_by: "engine".to_owned(),
        at: crate::support::people::ago(0),
    };
    let create = || async {
        let mut transaction = transactions::begin(&engine.pool, organisation).await?;
        let row = create(&mut transaction, organisation, &new).await?;
        transaction.commit().await?;
        anyhow::Ok(row.id)
    };
    let (one, other) = tokio::join!(create(), create());
    assert_eq!(one?, other?);
    let again = create().await?;
    let listed = tenant.json("/v1/tasks").await?;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["data"][0]["id"], json!(again));
    assert_eq!(listed["data"][0]["created_by"], "engine");
    Ok(())
}
