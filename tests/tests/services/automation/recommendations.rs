//! Recommendations: what they are learned from, what is shown and why, and what is left of the erased.

use crate::{
    engine::concurrency::a_lock_is_waited_for,
    support::{
        client::{do_work, master_key},
        people::ago,
        tenant::{Tenant, call, sign_in},
    },
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use tessera_engine::{
    Engine,
    work::{Kind, Worker, WorkerConfig, schedule},
};

const RULES: &str = "/v1/recommendation-rules";
const MODELS: &str = "/v1/recommendation-models";

fn rules() -> Value {
    json!({
        "interactions": [
            { "kind": "plan_taken", "weight": 5.0 },
            { "kind": "product_event", "event": "product_viewed", "property": "product", "weight": 1.0 },
        ],
        "days": 60,
        "holdout_days": 10,
    })
}

/// The organisation's server says which user a visitor is.
async fn is_user(tenant: &Tenant, visitor: &str, user: &str) -> Result<()> {
    let known = json!({ "anonymous_id": visitor, "user_id": user });
    tenant.posted("/v1/identify", &known).await?;
    Ok(())
}

/// A known visitor takes products, the first one so many days ago and each next a day later.
async fn takes(tenant: &Tenant, visitor: &str, days: i64, products: &[&str]) -> Result<()> {
    is_user(tenant, visitor, &format!("customer-{visitor}")).await?;
    for (later, product) in (0..).zip(products) {
        let at = ago((days - later) * 86_400);
        let properties = json!({ "product": product });
        tenant
            .does(visitor, "product_viewed", at, properties)
            .await?;
    }
    Ok(())
}

async fn train(tenant: &Tenant) -> Result<()> {
    let put = tenant.call(Method::PUT, RULES, Some(&rules())).await?;
    ensure!(put.status == StatusCode::NO_CONTENT, "{put:?}");
    let drained = do_work(&tenant.api.mirror).await?;
    ensure!(drained.failed == 0, "{drained:?}");
    Ok(())
}

async fn retrain(tenant: &Tenant) -> Result<()> {
    let asked = tenant.post(MODELS, &json!({})).await?;
    ensure!(asked.status == StatusCode::ACCEPTED, "{asked:?}");
    let drained = do_work(&tenant.api.mirror).await?;
    ensure!(drained.failed == 0, "{drained:?}");
    Ok(())
}

async fn shown(tenant: &Tenant, visitor: &str) -> Result<Value> {
    let person = tenant.person(visitor).await?;
    let path = format!("/v1/persons/{person}/recommendations?count=5");
    tenant.json(&path).await
}

fn items(shown: &Value) -> Vec<&str> {
    let items = shown["items"].as_array().into_iter().flatten();
    items.filter_map(|it| it["item"].as_str()).collect()
}

/// Three people took tea and then cake, one of them something of their own.
async fn tea_room() -> Result<Tenant> {
    let tenant = Tenant::open().await?;
    for visitor in ["ann", "bob", "cid"] {
        takes(&tenant, visitor, 30, &["tea", "cake"]).await?;
    }
    takes(&tenant, "ann", 20, &["annas-diary"]).await?;
    takes(&tenant, "dot", 30, &["tea"]).await?;
    train(&tenant).await?;
    Ok(tenant)
}

#[tokio::test]
async fn rules_that_nothing_can_be_learned_by_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (change, field) in [
        (json!({ "interactions": [] }), "interactions"),
        (json!({ "holdout_days": 60 }), "holdout_days"),
        (json!({ "settings": { "factors": 0 } }), "settings.factors"),
        (
            json!({ "interactions": [{ "kind": "plan_taken", "weight": 0.0 }] }),
            "interactions[0].weight",
        ),
        (
            json!({ "interactions": [
                { "kind": "plan_taken", "weight": 1.0 }, { "kind": "plan_taken", "weight": 2.0 },
            ] }),
            "interactions[1]",
        ),
    ] {
        let mut wanted = rules();
        for (name, value) in change.as_object().into_iter().flatten() {
            wanted[name] = value.clone();
        }
        let refused = tenant.call(Method::PUT, RULES, Some(&wanted)).await?;
        let problem = refused.refusal(RULES, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    Ok(())
}

#[tokio::test]
async fn without_rules_there_is_no_model_and_without_a_model_no_answer() -> Result<()> {
    let tenant = Tenant::open().await?;
    takes(&tenant, "ann", 3, &["tea"]).await?;
    let asked = tenant.post(MODELS, &json!({})).await?;
    asked.refusal(MODELS, StatusCode::NOT_FOUND)?;
    let path = format!(
        "/v1/persons/{}/recommendations",
        tenant.person("ann").await?
    );
    tenant
        .get(&path)
        .await?
        .refusal(&path, StatusCode::NOT_FOUND)?;
    let beyond = format!("{path}?count=21");
    tenant
        .get(&beyond)
        .await?
        .refusal(&beyond, StatusCode::BAD_REQUEST)?;
    Ok(())
}

#[tokio::test]
async fn what_others_took_is_shown_with_its_reason_and_what_one_has_is_not() -> Result<()> {
    let tenant = tea_room().await?;
    let answer = shown(&tenant, "dot").await?;
    assert_eq!(items(&answer), ["item:cake"]);
    assert_eq!(answer["why"], "too_few_people");
    assert_eq!(
        answer["items"][0]["words"],
        "cake is popular: 3 of 4 took it."
    );
    assert_eq!(items(&shown(&tenant, "bob").await?), [""; 0]);
    let models = tenant.json(MODELS).await?;
    assert_eq!(models["data"][0]["people"], 4);
    assert_eq!(models["data"][0]["evaluation"]["method"], "popularity");
    Ok(())
}

#[tokio::test]
async fn what_one_person_alone_took_is_shown_to_nobody() -> Result<()> {
    let tenant = tea_room().await?;
    for visitor in ["bob", "dot"] {
        let answer = shown(&tenant, visitor).await?;
        assert!(!answer.to_string().contains("diary"), "{answer}");
    }
    let kept: String = sqlx::query_scalar(
        "select convert_from(model, 'UTF8') || products::text from engine.recommendation_model",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert!(!kept.contains("diary"), "{kept}");
    Ok(())
}

/// Takes a product with the key of a page, which anybody can read there.
async fn claims(tenant: &Tenant, page: &str, mut who: Value, product: &str) -> Result<()> {
    let visitor = who["anonymous_id"].as_str().context("a visitor")?;
    let id = format!("{product}-{visitor}");
    who["message_id"] = json!(id);
    who["event"] = json!("product_viewed");
    who["properties"] = json!({ "product": product });
    let sent = call(&tenant.api, Method::POST, "/v1/events", page, Some(&who)).await?;
    ensure!(sent.status.is_success(), "{sent:?}");
    Ok(())
}

#[tokio::test]
async fn strangers_however_many_make_nothing_a_product() -> Result<()> {
    let tenant = tea_room().await?;
    let page = tenant.key("write").await?;
    for number in 0..3 {
        let who = json!({ "anonymous_id": format!("made-up{number}") });
        claims(&tenant, &page, who, "spam").await?;
        let browser = format!("claiming{number}");
        let who = json!({ "anonymous_id": browser, "user_id": format!("claimed{number}") });
        let said = call(&tenant.api, Method::POST, "/v1/identify", &page, Some(&who)).await?;
        ensure!(said.status.is_success(), "{said:?}");
        claims(&tenant, &page, who, "scam").await?;
        // To sign in with a wallet that is nowhere on the chain costs nothing either.
        let who = json!({ "anonymous_id": format!("wallet{number}") });
        let session = sign_in(&tenant.api, &Keypair::new(), Some(&tenant.org())).await?;
        let said = call(
            &tenant.api,
            Method::POST,
            "/v1/identify",
            &session,
            Some(&who),
        )
        .await?;
        ensure!(said.status.is_success(), "{said:?}");
        claims(&tenant, &page, who, "sham").await?;
    }
    retrain(&tenant).await?;
    let models = tenant.json(MODELS).await?;
    assert_eq!(models["data"][1]["people"], 4, "{models}");
    assert_eq!(items(&shown(&tenant, "dot").await?), ["item:cake"]);
    assert_eq!(
        items(&shown(&tenant, "made-up0").await?),
        ["item:tea", "item:cake"]
    );
    // Once the organisation says that they are its users, they count.
    for number in 0..3 {
        let (browser, user) = (format!("claiming{number}"), format!("claimed{number}"));
        is_user(&tenant, &browser, &user).await?;
    }
    retrain(&tenant).await?;
    let answer = shown(&tenant, "dot").await?;
    assert!(items(&answer).contains(&"item:scam"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn no_event_keeps_a_model_from_being_trained() -> Result<()> {
    let tenant = tea_room().await?;
    let endless = "x".repeat(190);
    for visitor in ["ann", "bob", "cid", "dot"] {
        takes(&tenant, visitor, 5, &["line\u{0007}break", &endless, " "]).await?;
        let odd = json!({ "product": { "not": "a text" } });
        tenant.does(visitor, "product_viewed", ago(60), odd).await?;
    }
    retrain(&tenant).await?;
    let models = tenant.json(MODELS).await?;
    assert_eq!(models["data"][1]["version"], 2);
    assert!(!shown(&tenant, "dot").await?.to_string().contains("line"));
    Ok(())
}

#[tokio::test]
async fn who_is_erased_is_in_no_answer_now_and_in_no_later_model() -> Result<()> {
    let tenant = tea_room().await?;
    takes(&tenant, "eve", 30, &["tea"]).await?;
    let ann = tenant.person("ann").await?;
    let path = format!("/v1/persons/{ann}");
    let erased = tenant.call(Method::DELETE, &path, None).await?;
    assert!(erased.status.is_success(), "{erased:?}");
    // Their history is read no longer: all is new to them.
    let answer = tenant
        .json(&format!("{path}/recommendations?count=5"))
        .await?;
    assert_eq!(items(&answer), ["item:tea", "item:cake"]);
    do_work(&tenant.api.mirror).await?;
    let models = tenant.json(MODELS).await?;
    assert_eq!(models["data"][1]["people"], 4);
    // Two are left who took cake, which is too few to show it.
    assert_eq!(items(&shown(&tenant, "eve").await?), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn a_model_of_somebody_who_is_erased_while_it_is_trained_is_not_kept() -> Result<()> {
    let tenant = tea_room().await?;
    let asked = tenant.post(MODELS, &json!({})).await?;
    ensure!(asked.status == StatusCode::ACCEPTED, "{asked:?}");
    let organisation = tenant.organisation().await?;
    let ann = tenant.person("ann").await?;
    // Training has the moment that it reads of, and waits for the events.
    let mut erasure = tenant.api.mirror.begin().await?;
    sqlx::query("lock table engine.event in access exclusive mode")
        .execute(&mut *erasure)
        .await?;
    let own = tessera_store::connect(&tenant.api.url, 4).await?;
    let worker = Worker::new(
        Engine::new(own, master_key(), None),
        WorkerConfig::default(),
    );
    let erase = async {
        a_lock_is_waited_for(&tenant).await?;
        // What an erasure does of which a model hears.
        sqlx::query("delete from engine.identifier where person = $1")
            .bind(ann)
            .execute(&mut *erasure)
            .await?;
        schedule(&mut erasure, Kind::Recommendations, organisation).await?;
        erasure.commit().await?;
        anyhow::Ok(())
    };
    let (drained, erased) = tokio::join!(worker.drain(), erase);
    erased?;
    let drained = drained?;
    ensure!(drained.failed == 0, "{drained:?}");
    let models = tenant.json(MODELS).await?;
    let models = models["data"].as_array().context("models")?;
    let people: Vec<&Value> = models.iter().map(|it| &it["people"]).collect();
    // The model from before, and the one without her.
    assert_eq!(people, [&json!(4), &json!(3)]);
    Ok(())
}

#[tokio::test]
async fn people_who_become_one_have_one_history() -> Result<()> {
    let tenant = tea_room().await?;
    let (dot, bob) = (tenant.person("dot").await?, tenant.person("bob").await?);
    assert_eq!(items(&shown(&tenant, "dot").await?), ["item:cake"]);
    let body = json!({ "with": bob, "reason": "one person" });
    let merged = tenant
        .post(&format!("/v1/persons/{dot}/merge"), &body)
        .await?;
    assert!(merged.status.is_success(), "{merged:?}");
    assert_eq!(items(&shown(&tenant, "dot").await?), [""; 0]);
    retrain(&tenant).await?;
    let models = tenant.json(MODELS).await?;
    assert_eq!(models["data"][1]["people"], 3);
    Ok(())
}

#[tokio::test]
async fn plans_that_are_sold_are_shown_and_payments_say_what_one_has() -> Result<()> {
    let tenant = Tenant::open().await?;
    let plan = crate::support::rows::key(crate::support::rows::PLAN, 1).to_string();
    let under = |account: &str| json!({ "plan": plan, "account": account });
    tenant
        .witness(&[("ann", "subscribed", ago(86_400), under("a"))])
        .await?;
    tenant
        .capture(&[("1", "page_viewed", "bob", json!({}))])
        .await?;
    train(&tenant).await?;
    assert_eq!(
        items(&shown(&tenant, "bob").await?),
        [format!("plan:{plan}")]
    );
    assert_eq!(items(&shown(&tenant, "ann").await?), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn other_organisations_learn_nothing() -> Result<()> {
    let tenant = tea_room().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    assert_eq!(other.json(MODELS).await?["data"], json!([]));
    other
        .get(RULES)
        .await?
        .refusal(RULES, StatusCode::NOT_FOUND)?;
    Ok(())
}
