//! Holdouts: who sees no experiment.

use crate::support::{
    client::do_work,
    experiments::{arm, assign, checked, define_metrics, design, draft, hold_out, launch},
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn who_is_held_out_sees_no_experiment_and_is_counted() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let put = hold_out(&tenant, "2026").await?;
    assert_eq!(put.status, StatusCode::OK, "{put:?}");
    assert_eq!(put.json()?["experiment"], "$holdout:2026");
    launch(&tenant, "button", &design()).await?;
    launch(&tenant, "colour", &design()).await?;
    let visitors: Value = (0..300)
        .map(|it| json!({ "anonymous_id": format!("v-{it}") }))
        .collect();
    let seen = assign(&tenant, &visitors, true).await?;
    let out: Vec<&Value> = seen
        .iter()
        .filter(|it| arm(it, "button").is_null())
        .collect();
    assert!((30..90).contains(&out.len()), "{}", out.len());
    assert!(out.iter().all(|it| arm(it, "colour").is_null()));
    let again = assign(&tenant, &visitors, false).await?;
    for (first, second) in seen.iter().zip(&again) {
        assert_eq!(arm(first, "button"), arm(second, "button"));
    }
    let counted: Vec<(String, i64)> = sqlx::query_as(
        "select label, sum(amount)::bigint from engine.projection_sum
         join engine.projection on projection.id = projection_sum.projection
         where kind = 'experiment' and name = '$holdout:2026/1' group by label order by label",
    )
    .fetch_all(&tenant.api.mirror)
    .await?;
    let held_out = i64::try_from(out.len())?;
    assert_eq!(
        counted,
        [
            ("general".to_owned(), 300 - held_out),
            ("held_out".to_owned(), held_out)
        ]
    );
    let found = checked(&tenant, "$holdout:2026/1").await?;
    assert_eq!((found.differing, found.sums), (0, 0));
    Ok(())
}

#[tokio::test]
async fn who_is_held_out_stays_so_under_another_name() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let put = hold_out(&tenant, "2026").await?;
    assert_eq!(put.status, StatusCode::OK, "{put:?}");
    let mut by_user = design();
    by_user["allocation"]["hash_attribute"] = json!("user_id");
    launch(&tenant, "button", &by_user).await?;
    for number in 0..40 {
        let (visitor, user) = (format!("v-{number}"), format!("u-{number}"));
        let known = json!({ "anonymous_id": visitor, "user_id": user });
        let seen = assign(&tenant, &json!([known]), true).await?;
        tenant.posted("/v1/identify", &known).await?;
        let user = assign(&tenant, &json!([{ "user_id": user }]), false).await?;
        assert_eq!(arm(&user[0], "button"), arm(&seen[0], "button"), "{seen:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_holdout_is_replaced_by_one_of_another_key_and_ended() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let put = async |key: &str| hold_out(&tenant, key).await;
    let absent = tenant.call(Method::DELETE, "/v1/holdout", None).await?;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    assert_eq!(put("one").await?.status, StatusCode::OK);
    assert_eq!(put("one").await?.status, StatusCode::CONFLICT);
    assert_eq!(put("two").await?.status, StatusCode::OK);
    do_work(&tenant.api.mirror).await?;
    let one = tenant.json("/v1/experiments?status=stopped").await?;
    assert_eq!(one["data"][0]["key"], "$holdout:one");
    assert_eq!(tenant.json("/v1/holdout").await?["holdout"]["key"], "two");
    let gone = tenant.call(Method::DELETE, "/v1/holdout", None).await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(tenant.json("/v1/features").await?["features"], json!({}));
    Ok(())
}

#[tokio::test]
async fn a_holdout_counts_among_experiments() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    draft(&tenant, "button", &design()).await?;
    let add = async |status: &str, count: i32| {
        sqlx::query(
            "insert into engine.experiment
                 (organisation, key, status, design, created_by, created_at, updated_at)
             select organisation, $1 || number, $1, design, created_by, created_at, updated_at
             from engine.experiment cross join generate_series(1, $2) number where key = 'button'",
        )
        .bind(status)
        .bind(count)
        .execute(&tenant.api.mirror)
        .await
    };
    add("running", 50).await?;
    let put = hold_out(&tenant, "one").await?;
    assert_eq!(put.status, StatusCode::CONFLICT, "{put:?}");
    sqlx::query("delete from engine.experiment where key = 'running50'")
        .execute(&tenant.api.mirror)
        .await?;
    assert_eq!(hold_out(&tenant, "one").await?.status, StatusCode::OK);
    // Another one in its place is no more than there were.
    assert_eq!(hold_out(&tenant, "two").await?.status, StatusCode::OK);
    add("stopped", 1_948).await?;
    let put = hold_out(&tenant, "three").await?;
    assert_eq!(put.status, StatusCode::CONFLICT, "{put:?}");
    assert_eq!(tenant.json("/v1/holdout").await?["holdout"]["key"], "two");
    Ok(())
}
