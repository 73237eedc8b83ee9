//! Sign in with Solana: a wallet signs a message that names this site, this network and a nonce
//! that works once, and gets a session. All of it happens on plain connections: no organisation is
//! known yet.

use crate::{Error, Result};
use ed25519_dalek::{Signature, VerifyingKey};
use tessera_domain::{
    access::{
        Role, Scope,
        secret::{Token, TokenKind},
        sign_in::{Expected, Message, Network, SignInError, parse, verify},
    },
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::{
    Key, PgConnection,
    access::{organisation, session},
};

/// Seconds within which a nonce must be signed.
const NONCE_SECS: i64 = 600;
/// Seconds that a session lasts.
const SESSION_SECS: i64 = 12 * 3_600;
/// Characters of a nonce.
const NONCE_CHARS: usize = 32;

/// Where wallets sign in.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// Host and perhaps port, as a browser shows it.
    pub domain: &'a str,
    /// Scheme, host and perhaps port, without a slash at the end.
    pub origin: &'a str,
    /// The network that the wallet is on.
    pub network: Network,
}

/// A session that was just opened.
#[derive(Debug)]
pub struct OpenedSession {
    /// The token, which is kept nowhere.
    pub token: String,
    /// The wallet that signed in.
    pub wallet: Key,
    /// Its scopes in the organisation of the session.
    pub scopes: Vec<Scope>,
    /// When the session ends.
    pub expires_at: Timestamp,
}

/// Issues a nonce; returns it and the moment it expires.
///
/// # Errors
/// [`Error::Store`].
pub async fn give_nonce(conn: &mut PgConnection, now: Timestamp) -> Result<(String, Timestamp)> {
    let nonce: String = rand::random::<[u8; NONCE_CHARS / 2]>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let expires_at = now.plus_secs(NONCE_SECS);
    session::insert_nonce(conn, &nonce, expires_at.into()).await?;
    Ok((nonce, expires_at))
}

/// Opens a session for the wallet that signed `text`, for the organisation of `org` where it names
/// one.
///
/// # Errors
/// [`Error::Refused`], [`Error::NotFound`] when the Org has no organisation, [`Error::Store`].
pub async fn sign_in(
    conn: &mut PgConnection,
    site: Site<'_>,
    text: &str,
    signature: &str,
    org: Option<Key>,
    now: Timestamp,
) -> Result<OpenedSession> {
    let message = parse(text).map_err(Refusal::from)?;
    let expected = Expected {
        domain: site.domain,
        origin: site.origin,
        network: site.network,
        // Whether it was issued is checked below, when it is used up.
        nonce: message.nonce.as_deref().unwrap_or_default(),
        now,
        max_age_secs: NONCE_SECS,
    };
    verify(&message, &expected).map_err(Refusal::from)?;
    verify_signature(&message, text, signature)?;
    if !session::use_nonce(conn, expected.nonce, now.into()).await? {
        return Err(Refusal::from(SignInError::WrongNonce).into());
    }
    let organisation = match org {
        Some(org) => Some(
            organisation::by_org(conn, org)
                .await?
                .ok_or_else(|| Error::not_found("organisation of the Org", format!("at {org}")))?,
        ),
        None => None,
    };
    let wallet = Key(message.address);
    let token = Token::new(TokenKind::Session, rand::random());
    let expires_at = now.plus_secs(SESSION_SECS);
    let until = expires_at.into();
    session::insert(conn, token.hash(), wallet, organisation, until).await?;
    let holder = session::holder(conn, token.hash(), now.into()).await?;
    let role = holder
        .and_then(|holder| holder.role)
        .and_then(|role| Role::parse(&role));
    Ok(OpenedSession {
        token: token.text(),
        wallet,
        scopes: role.map_or_else(Vec::new, |role| role.scopes().to_vec()),
        expires_at,
    })
}

/// Strict: no key of small order, no second form of the same signature.
fn verify_signature(message: &Message, text: &str, signature: &str) -> Result<()> {
    let refused = || {
        let rule = "must be the wallet's Ed25519 signature of message, 64 bytes in base58";
        Error::refused("signature", rule)
    };
    let bytes: [u8; 64] = bs58::decode(signature)
        .into_vec()
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(refused)?;
    let key = VerifyingKey::from_bytes(&message.address).map_err(|_| refused())?;
    key.verify_strict(text.as_bytes(), &Signature::from_bytes(&bytes))
        .map_err(|_| refused())
}
