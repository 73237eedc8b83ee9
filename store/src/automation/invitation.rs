//! Invitations, and who used them.

use crate::{Key, OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use tessera_domain::automation::referral::Invitation;
use uuid::Uuid;

/// An invitation as it is kept.
#[derive(Debug, Clone)]
pub struct InvitationRow {
    /// Its id.
    pub id: Uuid,
    /// What it says; the inviter is who they are now.
    pub invitation: Invitation,
    /// The API key or wallet that created it.
    pub created_by: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// How many persons have used it.
    pub uses: i64,
}

/// Keeps an invitation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: Uuid,
    invitation: &Invitation,
    created_by: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.invitation
             (organisation, id, code, inviter, guest, valid_from, valid_until, most_uses, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        organisation.0,
        id,
        invitation.code,
        invitation.inviter,
        invitation.guest,
        DateTime::<Utc>::from(invitation.from),
        DateTime::<Utc>::from(invitation.until),
        i32::try_from(invitation.most_uses).unwrap_or(i32::MAX),
        created_by,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An invitation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<InvitationRow>> {
    let page = Page {
        after: None,
        limit: 1,
    };
    Ok(select(conn, Some(id), page).await?.pop())
}

/// A page of invitations, by id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(conn: &mut PgConnection, page: Page<Uuid>) -> Result<Vec<InvitationRow>> {
    select(conn, None, page).await
}

async fn select(
    conn: &mut PgConnection,
    id: Option<Uuid>,
    page: Page<Uuid>,
) -> Result<Vec<InvitationRow>> {
    let rows = sqlx::query!(
        r#"select invitation.id, code, person.canonical as inviter, guest, valid_from, valid_until, most_uses,
                  created_by, invitation.created_at, uses.count as "uses!"
           from engine.invitation
           join engine.person on person.id = invitation.inviter
           cross join lateral (
               select count(distinct guest.canonical) as count
               from engine.invitation_use used join engine.person guest on guest.id = used.person
               where used.organisation = invitation.organisation and used.invitation = invitation.id
           ) uses
           where invitation.organisation = engine.current_organisation()
             and ($1::uuid is null or invitation.id = $1) and ($2::uuid is null or invitation.id > $2)
           order by invitation.id limit $3"#,
        id,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter().map(|row| InvitationRow {
        id: row.id,
        invitation: Invitation {
            code: row.code,
            inviter: row.inviter,
            guest: row.guest,
            from: row.valid_from.into(),
            until: row.valid_until.into(),
            most_uses: row.most_uses.unsigned_abs(),
        },
        created_by: row.created_by,
        created_at: row.created_at,
        uses: row.uses,
    });
    Ok(rows.collect())
}

/// Locks an invitation until the transaction ends, so that its uses come one after another.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query!(
        "select from engine.invitation
         where organisation = engine.current_organisation() and id = $1 for no key update",
        id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(())
}

/// The canonical people who have used an invitation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn used_by(conn: &mut PgConnection, id: Uuid) -> Result<BTreeSet<Uuid>> {
    let people = sqlx::query_scalar!(
        "select canonical from engine.invitation_use used join engine.person on person.id = used.person
         where used.organisation = engine.current_organisation() and invitation = $1",
        id,
    )
    .fetch_all(conn)
    .await?;
    Ok(people.into_iter().collect())
}

/// Notes that a person has used an invitation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn note_use(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: Uuid,
    person: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.invitation_use (organisation, invitation, person, used_at)
         values ($1, $2, $3, $4) on conflict do nothing",
        organisation.0,
        id,
        person,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The wallet that owns a code of an org.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn owner_of_code(conn: &mut PgConnection, org: Key, code: &str) -> Result<Option<Key>> {
    Ok(sqlx::query_scalar!(
        r#"select owner as "owner: Key" from code where org = $1 and code = $2 and not closed limit 1"#,
        org as _,
        code,
    )
    .fetch_optional(conn)
    .await?)
}

/// Deletes the invitations of these people, and that they used others'.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn erase(conn: &mut PgConnection, people: &[Uuid], digests: &[String]) -> Result<()> {
    sqlx::query!(
        "delete from engine.invitation
         where inviter = any($1) or organisation = engine.current_organisation() and guest = any($2)",
        people,
        digests,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from engine.invitation_use where person = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}
