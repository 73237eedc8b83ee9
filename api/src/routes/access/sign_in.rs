//! Sign in with Solana: a wallet signs a message that names this site, this network and a nonce that
//! works once, and gets a session.

use super::sessions::SessionBody;
use crate::{
    error::Error,
    extract::Body,
    openapi::EngineItemRefusals,
    state::ApiState,
    wire::{Key, Moment, Secret},
};
use axum::{Json, extract::State, http::StatusCode};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use tessera_domain::access::{
    Role,
    secret::{Token, TokenKind},
    sign_in::{Expected, Message, SignInError, parse, verify},
};
use tessera_store::{
    StoreError,
    access::{organisation, session},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Seconds in which a nonce is to be signed.
const NONCE_SECS: i64 = 600;
/// Seconds that a session lasts.
const SESSION_SECS: i64 = 12 * 3_600;
/// Characters of a nonce.
const NONCE_CHARS: usize = 32;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(nonce))
        .routes(routes!(sign_in))
}

/// What a message to sign has to hold.
#[derive(Serialize, ToSchema)]
struct Nonce {
    /// Works once.
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
    /// Its Ed25519 signature by the wallet, 64 bytes in base58.
    #[schema(
        example = "4Nd1mYQHqFRrBLfFtx2Sxk1rMUDqy1fpFv1GwGZyLyEuQoAStyuBHuQGxQfs5rAhaGW6BzTvxyQqoDEnVPbnMVpo"
    )]
    signature: String,
    /// The Org for which the session is; none unless given.
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
#[utoipa::path(post, operation_id = "create_sign_in_nonce", path = "/v1/auth/siws/nonce", tag = "sign-in",
    responses((status = 201, description = "What the message to sign has to hold.", body = Nonce), EngineItemRefusals))]
async fn nonce(State(api): State<ApiState>) -> Result<(StatusCode, Json<Nonce>), Error> {
    let nonce: String = rand::random::<[u8; NONCE_CHARS / 2]>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let now = api.now();
    let expires_at = now.plus_secs(NONCE_SECS);
    let mut connection = api.engine.pool.acquire().await.map_err(StoreError::from)?;
    session::insert_nonce(&mut connection, &nonce, expires_at.into()).await?;
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
/// A session without a role in the Org's organisation is that of a customer: it proves the wallet.
#[utoipa::path(post, operation_id = "sign_in", path = "/v1/auth/siws/verify", tag = "sign-in", request_body = SignIn,
    responses((status = 201, description = "A session.", body = SignedIn), EngineItemRefusals))]
async fn sign_in(
    State(api): State<ApiState>,

    Body(signed): Body<SignIn>,
) -> Result<(StatusCode, Json<SignedIn>), Error> {
    let message = parse(&signed.message).map_err(refused)?;
    let now = api.now();
    let expected = Expected {
        domain: api.config.domain(),
        origin: &api.config.public_url,
        network: api.config.network,
        // Whether it was given out is asked below, when it is used up.
        nonce: message.nonce.as_deref().unwrap_or_default(),
        now,
        max_age_secs: NONCE_SECS,
    };
    verify(&message, &expected).map_err(refused)?;
    verify_signature(&message, &signed)?;
    let wallet = tessera_store::Key(message.address);
    let mut transaction = api.engine.pool.begin().await.map_err(StoreError::from)?;
    if !session::use_nonce(&mut transaction, expected.nonce, now.into()).await? {
        return Err(refused(SignInError::WrongNonce));
    }
    let organisation = match signed.org {
        Some(org) => Some(
            organisation::by_org(&mut transaction, org.into())
                .await?
                .ok_or(Error::absent("organisation of the Org", org))?,
        ),
        None => None,
    };
    let token = Token::new(TokenKind::Session, rand::random());
    let expires_at = now.plus_secs(SESSION_SECS);
    session::insert(
        &mut transaction,
        token.hash(),
        wallet,
        organisation,
        expires_at.into(),
    )
    .await?;
    let holder = session::holder(&mut transaction, token.hash(), now.into()).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    let role = holder
        .and_then(|holder| holder.role)
        .and_then(|role| Role::parse(&role));
    let session = SessionBody {
        wallet: wallet.into(),
        org: signed.org,
        scopes: role.map_or_else(Vec::new, |role| role.scopes().to_vec()),
        expires_at: expires_at.into(),
    };
    let token = Secret(token.text());
    Ok((StatusCode::CREATED, Json(SignedIn { token, session })))
}

/// Strict: no key of small order, no second form of the same signature.
fn verify_signature(message: &Message, signed: &SignIn) -> Result<(), Error> {
    let refused = || {
        Error::refused(
            "signature",
            "the wallet's Ed25519 signature of `message`, 64 bytes in base58",
        )
    };
    let bytes: [u8; 64] = bs58::decode(&signed.signature)
        .into_vec()
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(refused)?;
    let key = VerifyingKey::from_bytes(&message.address).map_err(|_| refused())?;
    key.verify_strict(signed.message.as_bytes(), &Signature::from_bytes(&bytes))
        .map_err(|_| refused())
}

fn refused(error: SignInError) -> Error {
    Error::refused("message", error.to_string())
}
