//! Sign in with Solana: a wallet signs a message that names this site, this network and a nonce
//! that works once, and gets a session.

use super::sessions::SessionBody;
use crate::{
    error::Error,
    extract::Body,
    openapi::EngineItemRefusals,
    state::ApiState,
    wire::{Key, Moment, Secret},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_engine::access::{self, Site};
use tessera_store::StoreError;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(nonce))
        .routes(routes!(sign_in))
}

/// What the message to sign must contain.
#[derive(Serialize, ToSchema)]
struct Nonce {
    /// The nonce, which works once.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    nonce: String,
    /// The message's domain.
    #[schema(example = "tessera.example")]
    domain: String,
    /// The message's URI.
    #[schema(example = "https://tessera.example")]
    uri: String,
    /// The message's version.
    #[schema(example = "1")]
    version: &'static str,
    /// The message's chain id.
    #[schema(example = "mainnet")]
    chain_id: &'static str,
    /// The message's issued-at.
    issued_at: Moment,
    /// The message's expiration time; the nonce does not work after it.
    expiration_time: Moment,
}

/// A signed message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The message as it was signed.
    #[schema(
        example = "tessera.example wants you to sign in with your Solana account:\nDaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8\n\nSign in to Tessera.\n\nURI: https://tessera.example\nVersion: 1\nChain ID: mainnet\nNonce: 7Qm2x9KfT4bW8cVz\nIssued At: 2026-01-31T12:00:00Z\nExpiration Time: 2026-01-31T12:05:00Z"
    )]
    message: String,
    /// The wallet's Ed25519 signature of it, 64 bytes in base58.
    #[schema(
        example = "4Nd1mYQHqFRrBLfFtx2Sxk1rMUDqy1fpFv1GwGZyLyEuQoAStyuBHuQGxQfs5rAhaGW6BzTvxyQqoDEnVPbnMVpo"
    )]
    signature: String,
    /// The Org to act for; none, unless given.
    org: Option<Key>,
}

/// A session that was just opened.
#[derive(Serialize, ToSchema)]
struct SignedIn {
    /// The session's token, for `Authorization: Bearer …`. It cannot be shown again.
    #[schema(value_type = String, example = "tsk_session_3Kf8sQvN…")]
    token: Secret,
    /// The session.
    #[serde(flatten)]
    session: SessionBody,
}

/// Get a nonce to sign in with.
#[utoipa::path(post, operation_id = "create_sign_in_nonce", path = "/v1/auth/siws/nonce", tag = "access",
    responses((status = 201, description = "What the message to sign must contain.", body = Nonce), EngineItemRefusals))]
async fn nonce(State(api): State<ApiState>) -> Result<(StatusCode, Json<Nonce>), Error> {
    let now = api.now();
    let mut connection = api.engine.pool.acquire().await.map_err(StoreError::from)?;
    let (nonce, expires_at) = access::give_nonce(&mut connection, now).await?;
    let nonce = Nonce {
        nonce,
        domain: api.config.domain().to_owned(),
        uri: api.config.public_url.clone(),
        version: "1",
        chain_id: api.config.network.chain_id(),
        issued_at: now.into(),
        expiration_time: expires_at.into(),
    };
    Ok((StatusCode::CREATED, Json(nonce)))
}

/// Sign in.
///
/// Without a role in the Org's organisation, the session is a customer's: it proves only that the
/// caller controls the wallet.
#[utoipa::path(post, operation_id = "sign_in", path = "/v1/auth/siws/verify", tag = "access", request_body = SignIn,
    responses((status = 201, description = "A session.", body = SignedIn), EngineItemRefusals))]
async fn sign_in(
    State(api): State<ApiState>,
    Body(signed): Body<SignIn>,
) -> Result<(StatusCode, Json<SignedIn>), Error> {
    let site = Site {
        domain: api.config.domain(),
        origin: &api.config.public_url,
        network: api.config.network,
    };
    let (message, signature) = (&signed.message, &signed.signature);
    let org = signed.org.map(Into::into);
    let mut transaction = api.engine.pool.begin().await.map_err(StoreError::from)?;
    let opened =
        access::sign_in(&mut transaction, site, message, signature, org, api.now()).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    let session = SessionBody {
        wallet: opened.wallet.into(),
        org: signed.org,
        scopes: opened.scopes,
        expires_at: opened.expires_at.into(),
    };
    let token = Secret(opened.token);
    Ok((StatusCode::CREATED, Json(SignedIn { token, session })))
}
