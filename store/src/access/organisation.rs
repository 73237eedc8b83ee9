//! Tenants. An organisation is bound to one on-chain Org, and an Org to one organisation at most.

use crate::{Key, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::analytics::succession::Grace;

/// An organisation's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct OrganisationId(pub i32);

/// A tenant.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// Given out in the order of creation.
    pub id: OrganisationId,
    /// The on-chain Org that it is bound to.
    pub org: Key,
    /// The organisation's name, for people.
    pub name: String,
    /// Where its referral links lead.
    pub referral_destination: Option<String>,
    /// Seconds between a cancellation and a new subscription that are a change of plan; none for the
    /// period of what was cancelled.
    pub plan_change_grace_secs: Option<i32>,
    /// Origins whose pages may send events; none for any.
    pub capture_origins: Option<Vec<String>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

impl Organisation {
    /// What is a change of plan.
    pub fn plan_change_grace(&self) -> Grace {
        let secs = self.plan_change_grace_secs;
        secs.map_or(Grace::OnePeriod, |secs| Grace::Secs(secs.unsigned_abs()))
    }
}

/// Adds the organisation of `org`; none when that Org has one. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    org: Key,
    name: &str,
) -> Result<Option<OrganisationId>> {
    Ok(sqlx::query_scalar!(
        r#"insert into engine.organisation (org, name) values ($1, $2)
           on conflict (org) do nothing returning id as "id: OrganisationId""#,
        org as _,
        name,
    )
    .fetch_optional(conn)
    .await?)
}

/// The organisation of `org`. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn by_org(conn: &mut PgConnection, org: Key) -> Result<Option<OrganisationId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: OrganisationId" from engine.organisation where org = $1"#,
        org as _,
    )
    .fetch_optional(conn)
    .await?)
}

/// The organisation that the transaction acts for.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn current(conn: &mut PgConnection) -> Result<Organisation> {
    Ok(sqlx::query_as!(
        Organisation,
        r#"select id as "id: OrganisationId", org as "org: Key", name, referral_destination,
                  plan_change_grace_secs, capture_origins, created_at
           from engine.organisation where id = engine.current_organisation()"#,
    )
    .fetch_one(conn)
    .await?)
}

/// Keeps other transactions that lock the organisation waiting until this one ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(conn: &mut PgConnection, id: OrganisationId) -> Result<()> {
    sqlx::query!(
        "select id from engine.organisation where id = $1 for no key update",
        id.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// What to change of an organisation; what is not given stays.
#[derive(Debug, Clone, Default)]
pub struct Settings<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// Where its referral links lead.
    pub referral_destination: Option<&'a str>,
    /// As [`Organisation::plan_change_grace_secs`].
    pub plan_change_grace_secs: Option<Option<i32>>,
    /// As [`Organisation::capture_origins`].
    pub capture_origins: Option<Option<&'a [String]>>,
}

/// Changes the fields that are given; the others stay.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn update(conn: &mut PgConnection, settings: &Settings<'_>) -> Result<()> {
    sqlx::query!(
        "update engine.organisation
         set name = coalesce($1, name),
             referral_destination = coalesce($2, referral_destination),
             plan_change_grace_secs = case when $3 then $4 else plan_change_grace_secs end,
             capture_origins = case when $5 then $6 else capture_origins end
         where id = engine.current_organisation()",
        settings.name,
        settings.referral_destination,
        settings.plan_change_grace_secs.is_some(),
        settings.plan_change_grace_secs.flatten(),
        settings.capture_origins.is_some(),
        settings.capture_origins.flatten(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Every organisation. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn all(conn: &mut PgConnection) -> Result<Vec<Organisation>> {
    Ok(sqlx::query_as!(
        Organisation,
        r#"select id as "id: OrganisationId", org as "org: Key", name, referral_destination,
                  plan_change_grace_secs, capture_origins, created_at
           from engine.organisation order by id"#,
    )
    .fetch_all(conn)
    .await?)
}

/// The mint of the Org's first plan, and the mint's decimals; none without a plan.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn first_token(conn: &mut PgConnection) -> Result<Option<(Key, i16)>> {
    let plan = sqlx::query!(
        r#"select mint as "mint: Key", decimals
           from plan join engine.organisation on organisation.org = plan.org
           where organisation.id = engine.current_organisation() and not closed
           order by plan.id limit 1"#,
    )
    .fetch_optional(conn)
    .await?;
    Ok(plan.map(|plan| (plan.mint, plan.decimals)))
}

/// The organisation after the number `after`, or the first one when there is none. For a plain
/// connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn next(conn: &mut PgConnection, after: i32) -> Result<Option<OrganisationId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: OrganisationId" from engine.organisation
           order by id <= $1, id limit 1"#,
        after,
    )
    .fetch_optional(conn)
    .await?)
}
