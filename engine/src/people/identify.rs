//! Identifying people. What a caller may claim depends on what they can prove: a page's key links a
//! browser to a user, a server states e-mail addresses, a wallet speaks for itself.

use super::personal_traits;
use crate::{
    Caller, Engine, Error, Result,
    capture::{Occurrence, Outcome, record},
    error::unless_refused,
    leads,
};
use serde_json::{Map, Value};
use tessera_domain::{
    access::Scope,
    capture::{AD_CONSENT, Traits, Window, split_traits},
    people::{Identifier, IdentifierKind, Proof},
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    capture::event::EventSource,
    people::person::{self, IdentifierKey},
};
use uuid::Uuid;

/// What a caller claims about a person, as it was given.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// The sender's id for a visitor.
    pub anonymous_id: Option<String>,
    /// The organisation's id for a user.
    pub user_id: Option<String>,
    /// An e-mail address that the caller has verified.
    pub email: Option<String>,
    /// See [`split_traits`].
    pub traits: Map<String, Value>,
    /// When all of this was known; when it is claimed, unless given.
    pub at: Option<Timestamp>,
}

impl Claim {
    /// As it comes, about what is or was a short while ago.
    fn is_live(&self, now: Timestamp) -> Result<()> {
        self.at
            .map_or(Ok(()), |at| Window::live(now, None).check(at))?;
        Ok(())
    }
}

/// Identifies a person, and keeps their traits: of several statements the newest. Returns the canonical
/// person.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Refused`], [`Error::TwoPeople`], [`Error::Store`].
pub async fn identify(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    claim: Claim,
    now: Timestamp,
) -> Result<Uuid> {
    claim.is_live(now)?;
    let id = (Uuid::now_v7(), EventSource::Engine);
    let identified = claimed(engine, conn, caller, claim, id, now).await?;
    settle(conn, caller, identified).await
}

/// The same of a claim that is recorded once under its id, as an event from there; none when it was before.
pub(crate) async fn claimed(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    claim: Claim,
    (id, source): (Uuid, EventSource),
    now: Timestamp,
) -> Result<Option<Identified>> {
    let rights = Rights::of(caller)?;
    let mut traits = split_traits(&Value::Object(claim.traits))?;
    let mut refusals = Vec::new();
    if claim.email.is_some() && !rights.trusted {
        let rule = "must not be there without the scope identify";
        refusals.push(Refusal::new("email", rule));
    }
    if claim.user_id.is_some() && rights.wallet.is_some() {
        let rule = "must not be there in a wallet's session, which does not prove it";
        refusals.push(Refusal::new("user_id", rule));
    }
    if !rights.trusted && rights.wallet.is_none() {
        let rule = "must not be there without the scope identify or a session";
        let personal = traits.personal.keys();
        refusals.extend(personal.map(|name| Refusal::new(format!("traits.{name}"), rule)));
    }
    if !rights.trusted && traits.public.contains_key(AD_CONSENT) {
        let rule = "must not be there without the scope identify";
        refusals.push(Refusal::new(format!("traits.{AD_CONSENT}"), rule));
    }
    unless_refused(refusals)?;
    let mut identifiers = Vec::new();
    for (kind, field, text) in [
        (
            IdentifierKind::Anonymous,
            "anonymous_id",
            claim.anonymous_id,
        ),
        (IdentifierKind::User, "user_id", claim.user_id),
        (IdentifierKind::Email, "email", claim.email),
    ] {
        if let Some(text) = text {
            identifiers.push(parsed(kind, field, &text)?);
        }
    }
    // Mail goes to the address that was proved; its digest alone leads to nobody.
    if let Some(email) = identifiers
        .iter()
        .find(|it| it.kind() == IdentifierKind::Email)
    {
        let address = email.value().into();
        traits.personal.insert("email".to_owned(), address);
    }
    let proof = rights.proof();
    identifiers.extend(rights.wallet);
    if identifiers.is_empty() {
        let rule = "must be there, unless user_id or email is, or a wallet's session";
        return Err(Error::refused("anonymous_id", rule));
    }
    let at = claim.at.unwrap_or(now);
    let said = Said {
        name: "identified",
        id,
        source,
        proof,
        identifiers: &identifiers,
        traits,
        at,
    };
    state(engine, conn, caller, said, now).await
}

/// Records that a visitor is a user. Returns the canonical person.
///
/// # Errors
/// As [`identify`].
pub async fn alias(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    anonymous_id: &str,
    user_id: &str,
    now: Timestamp,
) -> Result<Uuid> {
    let rights = Rights::of(caller)?;
    if rights.wallet.is_some() {
        return Err(Error::Forbidden(Scope::Capture));
    }
    let identifiers = [
        parsed(IdentifierKind::Anonymous, "anonymous_id", anonymous_id)?,
        parsed(IdentifierKind::User, "user_id", user_id)?,
    ];
    let said = Said {
        name: "aliased",
        id: Uuid::now_v7(),
        source: EventSource::Engine,
        proof: rights.proof(),
        identifiers: &identifiers,
        traits: Traits::default(),
        at: now,
    };
    let identified = state(engine, conn, caller, said, now).await?;
    settle(conn, caller, identified).await
}

/// A person who was identified.
pub(crate) struct Identified {
    /// The canonical person.
    pub(crate) person: Uuid,
    /// Whether they are a lead that waits to be assigned: then [`leads::route_soon`] ends the transaction.
    pub(crate) waits: bool,
}

/// Has the lead assigned, if it waits for that; returns the person.
async fn settle(
    conn: &mut PgConnection,
    caller: &Caller,
    identified: Option<Identified>,
) -> Result<Uuid> {
    let identified = identified.ok_or(Error::Internal("identify a person"))?;
    if identified.waits {
        leads::route_soon(conn, caller.organisation).await?;
    }
    Ok(identified.person)
}

/// What a caller may claim about people.
struct Rights {
    /// Whether the organisation vouches for the claim.
    trusted: bool,
    /// The wallet that speaks for itself.
    wallet: Option<Identifier>,
}

impl Rights {
    fn of(caller: &Caller) -> Result<Self> {
        let trusted = caller.may(Scope::Identify);
        let customer = caller.customer();
        if !trusted && customer.is_none() {
            caller.require(Scope::Capture)?;
        }
        let wallet = customer
            .map(|wallet| Identifier::wallet(wallet.0))
            .transpose()
            .map_err(|_| Error::Internal("name the wallet"))?;
        Ok(Self { trusted, wallet })
    }

    fn proof(&self) -> Proof {
        if self.trusted || self.wallet.is_some() {
            Proof::Possession
        } else {
            Proof::Claimed
        }
    }
}

fn parsed(kind: IdentifierKind, field: &str, text: &str) -> Result<Identifier> {
    Ok(Identifier::parse(kind, text).map_err(|error| error.refusal(field))?)
}

/// What is said of a person, once it is allowed.
struct Said<'a> {
    name: &'static str,
    id: Uuid,
    source: EventSource,
    proof: Proof,
    identifiers: &'a [Identifier],
    traits: Traits,
    at: Timestamp,
}

/// Records what is said and keeps the traits; returns who is identified, or none when it was said
/// before.
async fn state(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    said: Said<'_>,
    now: Timestamp,
) -> Result<Option<Identified>> {
    let organisation = caller.organisation;
    let Said {
        identifiers,
        traits,
        at,
        ..
    } = said;
    let public = Value::Object(traits.public.clone());
    let occurrence = Occurrence {
        name: said.name,
        id: said.id,
        identifiers,
        proof: said.proof,
        source: said.source,
        at,
        properties: traits.public,
    };
    let rules = engine.rules.current(conn, organisation).await?;
    let outcome = record(engine, conn, &rules, organisation, occurrence, now).await?;
    if outcome != Outcome::Accepted {
        return Ok(None);
    }
    let absent = || Error::Internal("find the person");
    let digests = engine.digest_key(organisation);
    let named = identifiers.last().ok_or_else(absent)?;
    let named = IdentifierKey::of(named, &digests);
    let resolved = person::resolve(conn, std::slice::from_ref(&named)).await?;
    let canonical = resolved.get(&named).ok_or_else(absent)?.canonical;
    personal_traits::keep(engine, conn, canonical, &public, traits.personal, at).await?;
    // What anybody can claim in a page, as often as they like, makes no lead.
    let waits = said.proof != Proof::Claimed
        && leads::appeared(conn, organisation, rules.leads, canonical).await?;
    Ok(Some(Identified {
        person: canonical,
        waits,
    }))
}
