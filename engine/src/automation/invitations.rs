//! Invitations: who may come by a referral code, until when and how often.

use crate::{Caller, Engine, Error, Result, clock::now, people};
use std::collections::BTreeSet;
use tessera_domain::{
    automation::referral::{Guest, Invitation},
    people::Identifier,
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    automation::invitation::{self, InvitationRow},
    people::{identifier, person::IdentifierKey},
};
use uuid::Uuid;

/// An invitation to create.
#[derive(Debug)]
pub struct NewInvitation<'a> {
    /// The referral code, which a wallet of the inviter owns.
    pub code: &'a str,
    /// The person who invites.
    pub inviter: Uuid,
    /// The only guest that it is for.
    pub guest: Option<&'a Identifier>,
    /// The first moment at which it holds; now, unless given.
    pub from: Option<Timestamp>,
    /// The first moment at which it no longer does.
    pub until: Timestamp,
    /// How many persons may use it.
    pub most_uses: u32,
}

/// Creates an invitation.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] when a rule is broken or the code is not the inviter's,
/// [`Error::Store`].
pub async fn create(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    new: NewInvitation<'_>,
) -> Result<InvitationRow> {
    let digests = engine.digest_key(caller.organisation);
    let now = now();
    let invitation = Invitation {
        code: new.code.to_owned(),
        inviter: people::canonical(conn, new.inviter).await?.id,
        guest: new.guest.map(|it| text(&IdentifierKey::of(it, &digests))),
        from: new.from.unwrap_or(now),
        until: new.until,
        most_uses: new.most_uses,
    };
    invitation.validate()?;
    let owner = invitation::owner_of_code(conn, caller.org, new.code).await?;
    let known = people::holders(engine, conn, caller.organisation, owner).await?;
    if !known.values().any(|it| *it == invitation.inviter) {
        let rule = "must be a referral code of a wallet of the inviter";
        return Err(Refusal::new("code", rule).into());
    }
    let id = Uuid::now_v7();
    let actor = caller.actor.to_string();
    let organisation = caller.organisation;
    invitation::insert(conn, organisation, id, &invitation, &actor, now.into()).await?;
    get(conn, id).await
}

/// An invitation.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<InvitationRow> {
    let found = invitation::get(conn, id).await?;
    found.ok_or_else(|| Error::not_found("invitation", id))
}

/// Notes that a person uses an invitation; once, however often they come.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] with the rule that keeps them out, [`Error::Store`].
pub async fn admit(
    conn: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
    person: Uuid,
) -> Result<InvitationRow> {
    // One use after another, so that there are not more than it allows.
    invitation::lock(conn, id).await?;
    let row = get(conn, id).await?;
    let person = people::canonical(conn, person).await?.id;
    let members = people::merge::members(conn, person).await?;
    let known = identifier::digests(conn, &members).await?;
    let identifiers: BTreeSet<String> = known.iter().map(text).collect();
    let used_by = invitation::used_by(conn, id).await?;
    let guest = Guest {
        person,
        identifiers: &identifiers,
    };
    let now = now();
    row.invitation.admit(guest, &used_by, now)?;
    invitation::note_use(conn, caller.organisation, id, person, now.into()).await?;
    get(conn, id).await
}

/// The digest of an identifier, as an invitation has it.
fn text(key: &IdentifierKey) -> String {
    bs58::encode(key.digest).into_string()
}
