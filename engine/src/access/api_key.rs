//! API keys. A key is shown once, when it is created; its hash is kept.

use crate::{Caller, Error, Result};
use tessera_domain::{
    access::{KeyKind, Scope, secret::Token},
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    access::api_key::{self, NewApiKey},
};
use uuid::Uuid;

/// Characters of a key that are kept to recognise it by.
const SHOWN_CHARS: usize = 14;

/// A key to create.
#[derive(Debug, Clone)]
pub struct KeyRequest<'a> {
    /// What it is for.
    pub name: &'a str,
    /// Its kind, which limits its scopes.
    pub kind: KeyKind,
    /// Its scopes.
    pub scopes: Vec<Scope>,
    /// When it expires; never, unless given.
    pub expires_at: Option<Timestamp>,
}

/// A key that was just created.
#[derive(Debug)]
pub struct CreatedKey {
    /// Its id, for revoking it.
    pub id: Uuid,
    /// The key itself.
    pub text: String,
    /// Its scopes.
    pub scopes: Vec<Scope>,
}

/// Creates a key for the caller, who cannot give a right that they lack. Without `scopes`, it gets
/// all scopes that its kind allows and the caller has.
///
/// # Errors
/// [`Error::Refused`], [`Error::Store`].
pub async fn create_key(
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    kind: KeyKind,
    scopes: Option<Vec<Scope>>,
    expires_at: Option<Timestamp>,
) -> Result<CreatedKey> {
    let held: Vec<Scope> = kind
        .scopes()
        .iter()
        .copied()
        .filter(|scope| caller.may(*scope))
        .collect();
    let scopes = scopes.unwrap_or_else(|| held.clone());
    if scopes.is_empty() || !scopes.iter().all(|scope| held.contains(scope)) {
        return Err(Error::refused(
            "scopes",
            "must be at least one, each a scope of the kind that the caller has itself",
        ));
    }
    let request = KeyRequest {
        name,
        kind,
        scopes,
        expires_at,
    };
    let actor = caller.actor.to_string();
    insert_key(conn, caller.organisation, request, &actor, rand::random()).await
}

/// Creates a key from `secret`, regardless of the rights of `created_by`.
///
/// # Errors
/// [`Error::Store`].
pub async fn insert_key(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    request: KeyRequest<'_>,
    created_by: &str,
    secret: [u8; 32],
) -> Result<CreatedKey> {
    let token = Token::new(request.kind.token(), secret);
    let text = token.text();
    let names: Vec<String> = request
        .scopes
        .iter()
        .map(|scope| scope.as_str().to_owned())
        .collect();
    let key = NewApiKey {
        id: Uuid::now_v7(),
        name: request.name,
        kind: request.kind.as_str(),
        scopes: &names,
        prefix: text.get(..SHOWN_CHARS).unwrap_or_default(),
        hash: token.hash(),
        created_by,
        expires_at: request.expires_at.map(Into::into),
    };
    api_key::insert(conn, organisation, &key).await?;
    Ok(CreatedKey {
        id: key.id,
        text,
        scopes: request.scopes,
    })
}

/// Creates an admin key of the organisation, with all scopes.
///
/// # Errors
/// As [`insert_key`].
pub async fn admin_key(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    created_by: &str,
    secret: [u8; 32],
) -> Result<CreatedKey> {
    let request = KeyRequest {
        name,
        kind: KeyKind::Admin,
        scopes: Scope::ALL.to_vec(),
        expires_at: None,
    };
    insert_key(conn, organisation, request, created_by, secret).await
}

/// Revokes a key. Revoking it again changes nothing.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn revoke_key(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    if api_key::revoke(conn, id).await? {
        Ok(())
    } else {
        Err(Error::not_found("API key", id))
    }
}
