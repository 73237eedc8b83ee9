//! Each answer of the API against a fresh decoding of the chain's accounts.

use crate::{expected, stack::Stack};
use axum::{body, http::Request};
use serde_json::Value;
use std::collections::BTreeMap;
use tessera_cli::demo::Story;
use tessera_client::{Account, address};
use tower::ServiceExt;

pub(crate) async fn compare(stack: &Stack, story: &Story) {
    let ready = get(stack, "/readyz").await;
    assert_eq!([&ready["gaps"], &ready["dead_letters"]], [0, 0], "{ready}");
    let accounts = stack.chain.program_accounts().await.expect("accounts");
    let accounts = accounts.accounts;
    for (route, kind) in [
        ("orgs", "Org"),
        ("plans", "Plan"),
        ("members", "Member"),
        ("subscriptions", "Subscription"),
        ("ledgers", "Ledger"),
    ] {
        let of_kind: BTreeMap<String, &Account> = accounts
            .iter()
            .filter(|(_, account)| account.name() == kind)
            .map(|(address, account)| (address.to_string(), account))
            .collect();
        let listed = list(stack, route).await;
        assert_eq!(listed.len(), of_kind.len(), "{route}");
        for row in &listed {
            let address = row["address"].as_str().expect("address");
            expected::assert_row(row, of_kind[address]);
        }
    }

    let (proof, passed) = stack.audit().await;
    let events = list(stack, "receipts").await;
    assert_eq!(events.len(), passed.len());
    for (row, passed) in events.iter().zip(&passed) {
        expected::assert_event(row, passed, &accounts);
    }

    let stats = get(stack, "/v1/stats").await;
    expected::assert_stats(&stats, &proof.report.totals, &passed);

    let tree = expected::Tree::new(&accounts, &passed);
    for customer in &story.customers {
        let wallet = customer.address();
        let answer = get(stack, &format!("/v1/referrals/{wallet}?limit=200")).await;
        tree.assert_answer(&answer, &wallet, &story.business.mint);

        let answer = get(stack, &format!("/v1/members/{wallet}")).await;
        let member = address::member(&story.business.org, &wallet);
        expected::assert_row(&answer["memberships"][0], &accounts[&member]);
        let plan = story.business.plans[customer.plan].0;
        let subscription = address::subscription(&plan, &wallet);
        expected::assert_row(&answer["subscriptions"][0], &accounts[&subscription]);
        let ledger = address::ledger(&story.business.org, &wallet, &story.business.mint);
        expected::assert_row(&answer["ledgers"][0], &accounts[&ledger]);
    }
}

async fn get(stack: &Stack, uri: &str) -> Value {
    let request = Request::get(uri)
        .body(body::Body::empty())
        .expect("request");
    let response = stack.api.clone().oneshot(request).await.expect("response");
    assert_eq!(response.status(), 200, "{uri}");
    let bytes = body::to_bytes(response.into_body(), usize::MAX)
        .await
        .expect("body");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Every row of a list, page by page.
async fn list(stack: &Stack, route: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut uri = format!("/v1/{route}?limit=70");
    loop {
        let mut page = get(stack, &uri).await;
        rows.append(page["data"].as_array_mut().expect("data"));
        match page["next_cursor"].as_str() {
            Some(cursor) => uri = format!("/v1/{route}?limit=70&cursor={cursor}"),
            None => return rows,
        }
    }
}
