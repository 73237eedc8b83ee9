//! Sign in with Solana: only this wallet, here, now, once.

use super::tenant::{call, message, post, sign_in, signed};
use crate::api_client::Api;
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::json;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_domain::sign_in::Message;

const VERIFY: &str = "/v1/auth/siws/verify";

#[tokio::test]
async fn a_wallet_signs_in_and_out() -> Result<()> {
    let api = Api::start().await?;
    let wallet = Keypair::new();
    let token = sign_in(&api, &wallet, None).await?;
    let session = call(&api, Method::GET, "/v1/session", &token, None)
        .await?
        .json()?;
    assert_eq!(session["wallet"], wallet.pubkey().to_string());
    assert_eq!(session["scopes"], json!([]));
    let ended = call(&api, Method::DELETE, "/v1/session", &token, None).await?;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    let after = call(&api, Method::GET, "/v1/session", &token, None).await?;
    after.refusal("/v1/session", StatusCode::UNAUTHORIZED)?;
    Ok(())
}

#[tokio::test]
async fn a_nonce_works_once() -> Result<()> {
    let api = Api::start().await?;
    let wallet = Keypair::new();
    let text = message(&api, &wallet).await?.render()?;
    let body = signed(&text, &wallet, None);
    assert_eq!(post(&api, VERIFY, &body).await?.status, StatusCode::CREATED);
    let again = post(&api, VERIFY, &body)
        .await?
        .refusal(VERIFY, StatusCode::BAD_REQUEST)?;
    assert_eq!(again["errors"][0]["field"], "message");
    Ok(())
}

#[tokio::test]
async fn a_message_for_elsewhere_or_another_time_is_refused() -> Result<()> {
    let api = Api::start().await?;
    let wallet = Keypair::new();
    let good = message(&api, &wallet).await?;
    let issued = good.issued_at.unwrap_or_default();
    let mut wrong = Vec::new();
    let changes: [fn(&mut Message); 8] = [
        |it| it.domain = "evil.example".to_owned(),
        |it| it.uri = Some("http://evil.example".to_owned()),
        |it| it.chain_id = Some("mainnet".to_owned()),
        |it| it.nonce = Some("0123456789abcdef".to_owned()),
        |it| it.version = Some("2".to_owned()),
        |it| it.nonce = None,
        |it| it.issued_at = None,
        |it| it.expiration_time = None,
    ];
    for change in changes {
        let mut message = good.clone();
        change(&mut message);
        wrong.push(message);
    }
    for (issued_at, expires_at, not_before) in [
        (issued.plus_secs(-7_200), issued.plus_secs(600), None),
        (issued.plus_secs(7_200), issued.plus_secs(8_000), None),
        (issued, issued.plus_secs(-1), None),
        (issued, issued.plus_secs(600), Some(issued.plus_secs(300))),
    ] {
        let mut message = good.clone();
        (message.issued_at, message.expiration_time) = (Some(issued_at), Some(expires_at));
        message.not_before = not_before;
        wrong.push(message);
    }
    for message in wrong {
        let text = message.render()?;
        let answer = post(&api, VERIFY, &signed(&text, &wallet, None)).await?;
        let problem = answer.refusal(VERIFY, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], "message", "{text}");
    }
    // None of them used the nonce up.
    let body = signed(&good.render()?, &wallet, None);
    assert_eq!(post(&api, VERIFY, &body).await?.status, StatusCode::CREATED);
    Ok(())
}

#[tokio::test]
async fn another_wallets_signature_is_refused() -> Result<()> {
    let api = Api::start().await?;
    let (wallet, other) = (Keypair::new(), Keypair::new());
    let text = message(&api, &wallet).await?.render()?;
    let problem = post(&api, VERIFY, &signed(&text, &other, None))
        .await?
        .refusal(VERIFY, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "signature");
    Ok(())
}

#[tokio::test]
async fn a_key_of_small_order_signs_nothing() -> Result<()> {
    let api = Api::start().await?;
    let mut message = message(&api, &Keypair::new()).await?;
    // The identity: under lax rules R = identity and s = 0 are a signature of every message.
    message.address = [0; 32];
    message.address[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    let body = json!({ "message": message.render()?, "signature": solana_signature::Signature::from(signature).to_string() });
    let problem = post(&api, VERIFY, &body)
        .await?
        .refusal(VERIFY, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "signature");
    Ok(())
}

#[tokio::test]
async fn a_message_with_line_breaks_smuggled_in_is_refused() -> Result<()> {
    let api = Api::start().await?;
    let wallet = Keypair::new();
    let text = message(&api, &wallet).await?.render()?;
    for smuggled in [
        text.replace("Sign in to Tessera.", "Sign in\r\nto Tessera."),
        text.replace("Version: 1", "Version: 1\nVersion: 2"),
        text.replace("\nNonce: ", "\nNonce:  "),
        format!("{text}\n"),
    ] {
        let answer = post(&api, VERIFY, &signed(&smuggled, &wallet, None)).await?;
        answer.refusal(VERIFY, StatusCode::BAD_REQUEST)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_session_for_an_org_without_an_organisation_is_refused() -> Result<()> {
    let api = Api::start().await?;
    let wallet = Keypair::new();
    let text = message(&api, &wallet).await?.render()?;
    let body = signed(&text, &wallet, Some(&super::tenant::org_address(9)));
    post(&api, VERIFY, &body)
        .await?
        .refusal(VERIFY, StatusCode::NOT_FOUND)?;
    Ok(())
}
