//! Sign in with Solana: only this wallet, here, now, once.

use crate::support::{
    client::Api,
    tenant::{call, message, post, sign_in, signed},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use solana_keypair::Keypair;
use solana_signature::Signature;
use solana_signer::Signer;
use tessera_domain::access::sign_in::Message;
use tokio::join;

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
async fn of_two_replays_at_once_one_signs_in() -> Result<()> {
    let api = Api::start().await?;
    let wallet = Keypair::new();
    for _ in 0..5 {
        let text = message(&api, &wallet).await?.render()?;
        let body = signed(&text, &wallet, None);
        let (left, right) = join!(post(&api, VERIFY, &body), post(&api, VERIFY, &body));
        let mut statuses = [left?.status, right?.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [StatusCode::CREATED, StatusCode::BAD_REQUEST]);
    }
    Ok(())
}

#[tokio::test]
async fn a_nonce_that_ran_out_signs_nobody_in() -> Result<()> {
    let api = Api::start().await?;
    let wallet = Keypair::new();
    let text = message(&api, &wallet).await?.render()?;
    // The message itself is fresh still.
    sqlx::query("update engine.sign_in_nonce set expires_at = now() - interval '1 s'")
        .execute(&api.mirror)
        .await?;
    let problem = post(&api, VERIFY, &signed(&text, &wallet, None))
        .await?
        .refusal(VERIFY, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "message");
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

/// Order of the Ed25519 group, little endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The same signature for a verifier that does not insist on the least S.
fn with_order_added(signature: &Signature) -> Signature {
    let mut bytes = <[u8; 64]>::from(*signature);
    let mut carry = 0;
    for (byte, added) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(added) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    Signature::from(bytes)
}

#[tokio::test]
async fn a_signature_has_one_spelling() -> Result<()> {
    let api = Api::start().await?;
    let wallet = Keypair::new();
    let text = message(&api, &wallet).await?.render()?;
    let body = signed(&text, &wallet, None);
    let good = body["signature"].as_str().context("a signature")?;
    let signature: Signature = good.parse()?;
    // In base58 a leading zero byte is a leading 1.
    let mut short = <[u8; 64]>::from(signature);
    short[0] = 0;
    let short = Signature::from(short).to_string();
    let mut wrong = vec![
        String::new(),
        format!("1{good}"),
        format!("{good}1"),
        format!(" {good}"),
        format!("{good}\n"),
        short[1..].to_owned(),
        BASE64_STANDARD.encode(signature),
        with_order_added(&signature).to_string(),
    ];
    // Base58 has none of them, for they look like others.
    for confusable in ["0", "O", "I", "l"] {
        wrong.push(format!("{confusable}{}", &good[1..]));
    }
    for wrong in wrong {
        let mut body = body.clone();
        body["signature"] = json!(wrong);
        let answer = post(&api, VERIFY, &body).await?;
        let problem = answer.refusal(VERIFY, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], "signature", "{wrong}");
    }
    // None of them used the nonce up.
    assert_eq!(post(&api, VERIFY, &body).await?.status, StatusCode::CREATED);
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
    let body = json!({ "message": message.render()?, "signature": Signature::from(signature).to_string() });
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
    let body = signed(
        &text,
        &wallet,
        Some(&crate::support::tenant::org_address(9)),
    );
    post(&api, VERIFY, &body)
        .await?
        .refusal(VERIFY, StatusCode::NOT_FOUND)?;
    Ok(())
}
