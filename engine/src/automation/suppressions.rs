//! Addresses to which nothing is sent. They are kept by digest, so that an address stays on the list when the
//! person whose it was is erased.
//!
//! Law: what is intended for an address is cancelled in the transaction that suppresses it, and no claim that
//! begins afterwards overlooks it.

use crate::{Caller, Engine, Error, Result, automation::journeys, caller::ENGINE};
use tessera_domain::{
    automation::{delivery::Reason, template::Purpose},
    people::{Identifier, IdentifierKind},
};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{message, suppression},
    people::person::{self, IdentifierKey},
};
use uuid::Uuid;

/// The digest by which an organisation knows an e-mail address.
///
/// # Errors
/// [`Error::Refused`] when it is none.
pub fn digest(engine: &Engine, organisation: OrganisationId, email: &str) -> Result<[u8; 32]> {
    let parsed = Identifier::parse(IdentifierKind::Email, email);
    let email = parsed.map_err(|error| error.refusal("email"))?;
    Ok(IdentifierKey::of(&email, &engine.digest_key(organisation)).digest)
}

/// Suppresses an address by hand.
///
/// # Errors
/// [`Error::Refused`], [`Error::Store`].
pub async fn add(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    email: &str,
) -> Result<()> {
    let organisation = caller.organisation;
    let digest = digest(engine, organisation, email)?;
    suppression::lock(conn, organisation).await?;
    let actor = caller.actor.to_string();
    suppression::add(conn, organisation, &digest, "manual", &actor).await?;
    cancel(conn, &digest, None, Reason::Suppressed).await
}

/// Takes an address off the list.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn remove(conn: &mut PgConnection, digest: &[u8]) -> Result<()> {
    if suppression::remove(conn, digest, None).await? {
        Ok(())
    } else {
        Err(Error::not_found("suppression", "of this digest"))
    }
}

/// Suppresses an address because of what came of mail to it, or because its reader wants no marketing. Runs
/// under [`suppression::lock`].
pub(super) async fn suppress(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    digest: &[u8],
    why: Reason,
) -> Result<()> {
    let (reason, purpose, cancelled) = match why {
        Reason::Unsubscribed => ("unsubscribed", Some(Purpose::Marketing), why),
        Reason::Complaint => ("complaint", None, Reason::Suppressed),
        _ => ("hard_bounce", None, Reason::Suppressed),
    };
    suppression::add(conn, organisation, digest, reason, ENGINE).await?;
    cancel(conn, digest, purpose, cancelled).await?;
    if matches!(why, Reason::Unsubscribed | Reason::Complaint) {
        let people = people_of(conn, digest).await?;
        journeys::leave_marketing(conn, organisation, &people).await?;
    }
    Ok(())
}

/// Cancels what is intended for the person of an address.
async fn cancel(
    conn: &mut PgConnection,
    digest: &[u8],
    purpose: Option<Purpose>,
    reason: Reason,
) -> Result<()> {
    let people = people_of(conn, digest).await?;
    let purpose = purpose.map(Purpose::as_str);
    message::cancel(conn, &people, purpose, None, reason.as_str()).await?;
    Ok(())
}

/// Everybody who counts as the person of an address.
pub(super) async fn people_of(conn: &mut PgConnection, digest: &[u8]) -> Result<Vec<Uuid>> {
    let key = IdentifierKey {
        kind: IdentifierKind::Email,
        digest: digest
            .try_into()
            .map_err(|_| Error::Internal("read a digest"))?,
    };
    let found = person::resolve(conn, std::slice::from_ref(&key)).await?;
    let Some(known) = found.get(&key) else {
        return Ok(Vec::new());
    };
    let group = person::group(conn, &[known.canonical]).await?;
    Ok(group.into_iter().map(|(person, _)| person).collect())
}
