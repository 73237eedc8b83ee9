//! The sales engine on the chain: a visitor follows a referral link, looks at prices, asks for a
//! demo, signs in with a wallet, gets a quote and subscribes with it. Score, funnel, attribution,
//! recurring revenue and the referrer on chain all show it.

use crate::stack::{Stack, indexer};
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::time::{Duration, SystemTime};
use tessera_cli::demo::{self, wallet};
use tessera_client::{address, types::accounts::Member};
use tessera_domain::{
    analytics::recurring_revenue::MonthlyAmount, billing_period::BillingPeriod, time::Timestamp,
};
use tessera_engine::{
    Engine,
    work::{Worker, WorkerConfig},
};
use tessera_store::mirror::chain_feed;
use tessera_tests::eventually;
use tokio::task::{LocalSet, spawn_local};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_becomes_a_customer_and_everything_shows_it() {
    LocalSet::new().run_until(story()).await;
}

async fn story() {
    let stack = Stack::start().await;
    let mut story = stack.begin().await;
    let stop = CancellationToken::new();
    let mirror = spawn_local(indexer(stack.index(), stop.clone()));
    let working = spawn_local(worker(&stack).run(stop.clone()));
    story.customers_join(1).await.expect("a referrer");
    let admin = demo::open_organisation(&stack.pool, &story.business)
        .await
        .expect("organisation");
    let org = story.business.org;
    let referrer = &story.customers[0];
    let code = String::from_utf8(referrer.code.to_vec()).expect("ASCII");
    let code = code.trim_end_matches('\0');
    stack.caught_up().await;

    // A click, with consent.
    let clicked = format!("/r/{org}/{code}?consent=true");
    let request = Request::get(&clicked).header(header::USER_AGENT, BROWSER);
    let (status, headers, _) = send(&stack, request.body(Body::empty()).expect("request")).await;
    assert_eq!(status, StatusCode::FOUND);
    let location = headers[header::LOCATION].to_str().expect("text");
    let (_, visitor) = location
        .split_once("anonymous_id=")
        .expect("a visitor's id");

    // What the visitor does on the site, sent with the page's key.
    let page_key = ask(
        &stack,
        Method::POST,
        "/v1/api-keys",
        &admin,
        Some(json!({ "name": "site", "kind": "write" })),
    )
    .await["key"]
        .as_str()
        .expect("key")
        .to_owned();
    // A minute ago: the chain's clock knows whole seconds, and may lag behind ours.
    let now = Timestamp::from(chrono::DateTime::<chrono::Utc>::from(SystemTime::now()));
    let events: Vec<Value> = [
        "page_viewed",
        "pricing_page_visited",
        "demooRequested",
        "roi_calculator_used",
    ]
    .iter()
    .zip(-60..)
    .map(|(event, secs)| {
        json!({
            "message_id": format!("visit-{secs}"), "event": event, "anonymous_id": visitor,
            "timestamp": now.plus_secs(secs), "properties": { "channel": "referral" },
        })
    })
    .collect();
    let captured = ask(
        &stack,
        Method::POST,
        "/v1/events/batch",
        &page_key,
        Some(json!({ "events": events })),
    )
    .await;
    assert_eq!(captured["accepted"], 4, "{captured}");

    // The wallet signs in; it is the visitor.
    let wallet = Keypair::new();
    story
        .business
        .fund(&stack.chain, &wallet.pubkey(), 10_000)
        .await
        .expect("funds");
    let session = sign_in(&stack, &wallet, &org.to_string()).await;
    let said = json!({ "anonymous_id": visitor, "traits": { "segment": "individual" } });
    let person =
        ask(&stack, Method::POST, "/v1/identify", &session, Some(said)).await["person"].clone();
    let person = person.as_str().expect("a person");

    // A quote, and the transaction that only the customer has to sign.
    let (plan, _) = &story.business.plans[0];
    let wanted = json!({
        "segment": "individual", "plan": plan.to_string(), "wallet": wallet.pubkey().to_string(),
        "quantity": 1, "referral_code": code,
    });
    let quote = ask(&stack, Method::POST, "/v1/quotes", &session, Some(wanted)).await;
    let bytes = BASE64_STANDARD
        .decode(quote["transaction"].as_str().expect("a transaction"))
        .expect("base64");
    let mut transaction: Transaction = bincode_of(&bytes);
    assert_eq!(transaction.message.header.num_required_signatures, 1);
    let blockhash = transaction.message.recent_blockhash;
    transaction.sign(&[&wallet], blockhash);
    stack
        .chain
        .submit(&transaction)
        .await
        .expect("the chain takes the quote");
    stack.caught_up().await;

    // On chain: the price of the quote, and the referrer.
    let member: Member = stack
        .chain
        .existing(&address::member(&org, &wallet.pubkey()))
        .await
        .expect("member");
    assert_eq!(member.referrers[0], referrer.address());
    let price: u64 = quote["price_units"]
        .as_str()
        .expect("units")
        .parse()
        .expect("a number");
    let path = format!(
        "/v1/subscriptions/{}",
        address::subscription(plan, &wallet.pubkey())
    );
    assert_eq!(
        ask(&stack, Method::GET, &path, &admin, None).await["price"],
        price.to_string()
    );

    // The stream has the chain's events, with the wallet as the same person.
    let timeline = format!("/v1/persons/{person}/timeline");
    let names = answered(&stack, &timeline, &admin, |timeline| {
        timeline["data"]
            .as_array()
            .is_some_and(|events| events.iter().any(|it| it["event"] == "subscribed"))
    })
    .await;
    let names: Vec<&str> = names["data"]
        .as_array()
        .expect("events")
        .iter()
        .filter_map(|it| it["event"].as_str())
        .collect();
    for name in [
        "referral_clicked",
        "page_viewed",
        "pricing_page_visited",
        "demo_requested",
        "roi_calculator_used",
        "identified",
        "registered",
        "subscribed",
    ] {
        assert_eq!(
            names.iter().filter(|it| **it == name).count(),
            1,
            "{name} in {names:?}"
        );
    }

    // Score: individual 20, pricing 25, demo 40, registered 10, subscribed 40.
    let score = ask(
        &stack,
        Method::GET,
        &format!("/v1/leads/{person}/score"),
        &admin,
        None,
    )
    .await;
    assert_eq!(score["total"], 135, "{score}");
    let leads = ask(&stack, Method::GET, "/v1/leads", &admin, None).await;
    assert_eq!(leads["data"][0]["person"], person, "{leads}");

    // Funnel: all four stages, the visitor alone.
    let funnels = ask(&stack, Method::GET, "/v1/funnels", &admin, None).await;
    let funnel = &funnels["data"][0]["id"];
    let results = ask(
        &stack,
        Method::GET,
        &format!("/v1/funnels/{funnel}/results"),
        &admin,
        None,
    )
    .await;
    let people: Vec<i64> = results["report"]["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["persons"].as_i64())
        .collect();
    assert_eq!(people.last(), Some(&1), "{results}");
    let converted = ask(
        &stack,
        Method::GET,
        &format!("/v1/funnels/{funnel}/people?step=4"),
        &admin,
        None,
    )
    .await;
    assert_eq!(converted["data"][0]["person"], person, "{converted}");

    // Attribution: the referral earned the whole payment under every model.
    let question = json!({ "models": ["first", "last", "linear", "markov", "shapley"] });
    let credited = ask(
        &stack,
        Method::POST,
        "/v1/query/attribution",
        &admin,
        Some(question),
    )
    .await;
    for report in credited["models"].as_array().expect("reports") {
        let revenue: u128 = report["channels"]
            .as_array()
            .expect("channels")
            .iter()
            .map(|channel| {
                channel["revenue"]
                    .as_str()
                    .expect("text")
                    .parse::<u128>()
                    .expect("a number")
            })
            .sum();
        assert_eq!(revenue, u128::from(price), "{report}");
        assert!(
            report["channels"].to_string().contains("referral"),
            "{report}"
        );
    }

    // Recurring revenue: 30 days are paid for, and a month has 30.4375, once the chain's clock has moved
    // past the second of the payment.
    let thirty_days = BillingPeriod::of_plan(30 * 86_400, 0).expect("a period");
    let monthly = MonthlyAmount::of(price, thirty_days);
    answered(&stack, "/v1/recurring-revenue", &admin, |revenue| {
        let months = revenue["mints"][0]["months"].as_array();
        let month = months
            .and_then(|months| months.last())
            .unwrap_or(&Value::Null);
        [&month["new"], &month["closing"]]
            .iter()
            .all(|amount| **amount == json!(monthly.to_string()))
    })
    .await;

    // The chain and its mirror still agree to the byte.
    assert_eq!(stack.mismatches().await, []);

    // A second reading of the whole mirror adds nothing.
    let before = count_events(&stack).await;
    sqlx::query("update engine.organisation set chain_arrival = 0")
        .execute(&stack.pool)
        .await
        .expect("reset");
    let mut conn = stack.pool.acquire().await.expect("connection");
    chain_feed::announce_all(&mut conn).await.expect("again");
    drop(conn);
    worker(&stack).drain().await.expect("again");
    assert_eq!(count_events(&stack).await, before);

    stop.cancel();
    mirror.await.expect("indexer").expect("it ends well");
    working.await.expect("worker");
    stack.stop().await;
}

async fn count_events(stack: &Stack) -> i64 {
    sqlx::query_scalar("select count(*) from engine.event")
        .fetch_one(&stack.pool)
        .await
        .expect("count")
}

fn bincode_of(bytes: &[u8]) -> Transaction {
    bincode::deserialize(bytes).expect("a transaction")
}

async fn sign_in(stack: &Stack, key: &Keypair, org: &str) -> String {
    let nonce = ask(
        stack,
        Method::POST,
        "/v1/auth/siws/nonce",
        "",
        Some(json!({})),
    )
    .await;
    let mut body = wallet::sign_in(key, &nonce).expect("a nonce");
    body["org"] = json!(org);
    let session = ask(stack, Method::POST, "/v1/auth/siws/verify", "", Some(body)).await;
    session["token"].as_str().expect("a token").to_owned()
}

/// Asks and expects success.
async fn ask(stack: &Stack, method: Method, path: &str, token: &str, body: Option<Value>) -> Value {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json");
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let (status, _, text) = send(stack, request.body(body).expect("request")).await;
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).expect("JSON")
}

async fn send(stack: &Stack, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let response = stack.api.clone().oneshot(request).await.expect("response");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("body");
    (
        parts.status,
        parts.headers,
        String::from_utf8(bytes.to_vec()).expect("UTF-8"),
    )
}

fn worker(stack: &Stack) -> Worker {
    let engine = Engine::new(stack.pool.clone(), stack.master_key.clone(), None);
    Worker::new(engine, WorkerConfig::default())
}

/// Asks again until the answer is good.
async fn answered(stack: &Stack, path: &str, token: &str, good: impl Fn(&Value) -> bool) -> Value {
    eventually(Duration::from_secs(60), async || {
        let answer = ask(stack, Method::GET, path, token, None).await;
        Ok(if good(&answer) {
            Ok(answer)
        } else {
            Err(answer.to_string())
        })
    })
    .await
    .expect("the event log follows the mirror")
}
