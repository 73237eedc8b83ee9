//! Inboxes: what people find where they are signed in.

use crate::{Caller, Engine, Error, Result};
use tessera_domain::{
    access::Scope,
    people::{Identifier, IdentifierKind},
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    automation::inbox,
    people::person::{self, IdentifierKey},
};
use uuid::Uuid;

/// The identifier by which the inbox is known that a caller looks at: a customer's wallet at its own, and a
/// server with the scope `identify` at that of the user of this id.
///
/// # Errors
/// [`Error::Refused`], [`Error::Forbidden`].
pub fn key(engine: &Engine, caller: &Caller, user_id: Option<&str>) -> Result<IdentifierKey> {
    let identifier = match (caller.customer(), user_id) {
        (Some(_), Some(_)) => {
            let rule = "must not be there in a wallet's session, which has its own inbox";
            return Err(Error::refused("user_id", rule));
        }
        (Some(wallet), None) => {
            Identifier::wallet(wallet.0).map_err(|_| Error::Internal("name the wallet"))?
        }
        (None, Some(user_id)) => {
            caller.require(Scope::Identify)?;
            let parsed = Identifier::parse(IdentifierKind::User, user_id);
            parsed.map_err(|error| error.refusal("user_id"))?
        }
        (None, None) => {
            let rule = "must be there, unless a customer's wallet asks";
            return Err(Error::refused("user_id", rule));
        }
    };
    let digests = engine.digest_key(caller.organisation);
    Ok(IdentifierKey::of(&identifier, &digests))
}

/// The person whose inbox is known by this; none when nothing is known of them yet, or any more.
///
/// # Errors
/// [`Error::Store`].
pub async fn behind(conn: &mut PgConnection, key: &IdentifierKey) -> Result<Option<Uuid>> {
    let found = person::resolve(conn, std::slice::from_ref(key)).await?;
    Ok(found.get(key).map(|known| known.canonical))
}

/// The person whose inbox a caller looks at; none when nothing is known of them yet.
///
/// # Errors
/// Those of [`key`], [`Error::Store`].
pub async fn whose(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    user_id: Option<&str>,
) -> Result<Option<Uuid>> {
    behind(conn, &key(engine, caller, user_id)?).await
}

/// Notes that a person has read a message of theirs.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn read(
    conn: &mut PgConnection,
    person: Option<Uuid>,
    message: Uuid,
    now: Timestamp,
) -> Result<()> {
    let is_there = match person {
        Some(person) => inbox::read(conn, person, message, now.into()).await?,
        None => false,
    };
    if is_there {
        Ok(())
    } else {
        Err(Error::not_found("message in the inbox", message))
    }
}
