//! The e-mail address of a person. One that is stated may be anybody's: a wallet's session states what it likes.
//! What is said to an address, or follows from it, needs proof that it is the person's.

use crate::{Engine, Result};
use serde_json::Value;
use tessera_domain::{
    event::Properties,
    people::{Identifier, IdentifierKind},
};
use tessera_store::{
    OrganisationId, PgConnection,
    people::person::{self, IdentifierKey},
};
use uuid::Uuid;

/// An address that is proved to be the person's who states it.
pub(crate) struct ProvedAddress {
    /// The address.
    pub(crate) email: Identifier,
    /// The digest by which it is looked up.
    pub(crate) digest: [u8; 32],
}

/// The address that is stated among a person's traits; none that cannot be read.
pub(crate) fn stated_address(traits: &Properties) -> Option<Identifier> {
    let stated = traits.get("email").and_then(Value::as_str)?;
    Identifier::parse(IdentifierKind::Email, stated).ok()
}

/// Of the addresses that canonical people state, those that are proved to be theirs.
pub(crate) async fn proved_addresses(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    stated: Vec<(Uuid, Identifier)>,
) -> Result<Vec<ProvedAddress>> {
    let digests = engine.digest_key(organisation);
    let key = |(_, email): &(Uuid, Identifier)| IdentifierKey::of(email, &digests);
    let keys: Vec<IdentifierKey> = stated.iter().map(key).collect();
    let holders = person::resolve(conn, &keys).await?;
    let is_theirs = |person: Uuid, key: &IdentifierKey| {
        holders.get(key).is_some_and(|it| it.canonical == person)
    };
    Ok(stated
        .into_iter()
        .zip(keys)
        .filter(|((person, _), key)| is_theirs(*person, key))
        .map(|((_, email), key)| ProvedAddress {
            email,
            digest: key.digest,
        })
        .collect())
}
