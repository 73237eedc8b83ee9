//! What a customer's wallet signs to sign in.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_domain::{access::sign_in::Message, time::Timestamp};

/// The message that belongs to a `nonce` of the API, for this wallet to sign.
///
/// # Errors
/// When the nonce names no domain.
pub fn message(wallet: &Keypair, nonce: &Value) -> Result<Message> {
    let text = |name: &str| nonce[name].as_str().map(str::to_owned);
    let moment = |name: &str| serde_json::from_value::<Timestamp>(nonce[name].clone()).ok();
    Ok(Message {
        domain: text("domain").context("the nonce names no domain")?,
        address: wallet.pubkey().to_bytes(),
        uri: text("uri"),
        version: text("version"),
        chain_id: text("chain_id"),
        nonce: text("nonce"),
        issued_at: moment("issued_at"),
        expiration_time: moment("expiration_time"),
        ..Message::default()
    })
}

/// Signs that message. Returns the body of `POST /v1/auth/siws/verify` without its Org.
///
/// # Errors
/// When the nonce lacks a field.
pub fn sign_in(wallet: &Keypair, nonce: &Value) -> Result<Value> {
    let message = message(wallet, nonce)?.render();
    let message = message.context("the nonce makes no message")?;
    let signature = wallet.sign_message(message.as_bytes()).to_string();
    Ok(json!({ "message": message, "signature": signature }))
}
