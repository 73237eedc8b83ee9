//! Referral campaigns: each is a series of versions of a rule set, and those that were published have a time
//! in which a registration counts for them.

use crate::{
    OrganisationId, Result, StoreError,
    read::Page,
    rule_set::{self, RuleKind},
    rules::stored,
};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::automation::referral::Campaign;

/// A version of a campaign.
#[derive(Debug, Clone)]
pub struct CampaignRow {
    /// The campaign's name.
    pub name: String,
    /// From 1, in the order of addition.
    pub version: i32,
    /// Its rules.
    pub campaign: Campaign,
    /// `draft`, `published` or `retired`.
    pub status: String,
    /// The API key or wallet that wrote it.
    pub created_by: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// The first moment of registrations that count for it; none of a draft.
    pub starts_at: Option<DateTime<Utc>>,
    /// The first moment of registrations that no longer do.
    pub ends_at: Option<DateTime<Utc>>,
    /// The network's clock at the last evaluation.
    pub evaluated_at: Option<DateTime<Utc>>,
}

/// A version that was published, to be evaluated.
#[derive(Debug, Clone)]
pub struct RunningCampaign {
    /// The campaign's name.
    pub name: String,
    /// The version.
    pub version: i32,
    /// Its rules.
    pub campaign: Campaign,
    /// The first moment of registrations that count for it.
    pub starts_at: DateTime<Utc>,
    /// The first moment of registrations that no longer do.
    pub ends_at: DateTime<Utc>,
    /// The network's clock at the last evaluation.
    pub evaluated_at: Option<DateTime<Utc>>,
}

/// Adds a version as a draft; returns its number.
///
/// # Errors
/// [`StoreError::Raced`], [`StoreError::Database`], [`StoreError::Stored`].
pub async fn draft(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    campaign: &Campaign,
    created_by: &str,
) -> Result<i32> {
    let body = serde_json::to_value(campaign).map_err(|source| StoreError::Stored {
        what: "referral campaign",
        source,
    })?;
    let kind = RuleKind::ReferralCampaign;
    rule_set::insert_named(conn, organisation, kind, name, &body, created_by).await
}

/// A version; without a number, the one that was published last, else the newest.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn get(
    conn: &mut PgConnection,
    name: &str,
    version: Option<i32>,
) -> Result<Option<CampaignRow>> {
    let row = sqlx::query!(
        r#"select rules.version, body, status, created_by, created_at, published_at,
                  starts_at as "starts_at?", ends_at as "ends_at?", evaluated_at as "evaluated_at?"
           from engine.rule_set rules
           left join engine.referral_campaign running
             on running.organisation = rules.organisation and running.name = rules.name
                and running.version = rules.version
           where rules.organisation = engine.current_organisation() and kind = $1 and rules.name = $2
             and ($3::integer is null or rules.version = $3)
           order by status = 'published' desc, published_at desc nulls last, rules.version desc limit 1"#,
        RuleKind::ReferralCampaign.as_str(),
        name,
        version,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(CampaignRow {
            name: name.to_owned(),
            version: row.version,
            campaign: stored(row.body, "referral campaign")?,
            status: row.status,
            created_by: row.created_by,
            created_at: row.created_at,
            published_at: row.published_at,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            evaluated_at: row.evaluated_at,
        })
    })
    .transpose()
}

/// A page of names of campaigns.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn names(conn: &mut PgConnection, page: Page<String>) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select distinct name from engine.rule_set
         where organisation = engine.current_organisation() and kind = $1
           and ($2::text is null or name > $2)
         order by name limit $3",
        RuleKind::ReferralCampaign.as_str(),
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// How many campaigns of other names there are.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn others(conn: &mut PgConnection, name: &str) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(distinct name) as "count!" from engine.rule_set
           where organisation = engine.current_organisation() and kind = $1 and name <> $2"#,
        RuleKind::ReferralCampaign.as_str(),
        name,
    )
    .fetch_one(conn)
    .await?)
}

/// Ends the times of a campaign's versions that last beyond a moment, then; returns the latest end of all,
/// and the highest version. Runs under [`rules::lock`](crate::rules::lock).
///
/// # Errors
/// [`StoreError::Database`].
pub async fn end(
    conn: &mut PgConnection,
    name: &str,
    at: DateTime<Utc>,
) -> Result<Option<(DateTime<Utc>, i32)>> {
    sqlx::query!(
        "update engine.referral_campaign set ends_at = greatest(starts_at, $2)
         where organisation = engine.current_organisation() and name = $1 and ends_at > $2",
        name,
        at,
    )
    .execute(&mut *conn)
    .await?;
    let row = sqlx::query!(
        "select max(ends_at) as ends_at, max(version) as version from engine.referral_campaign
         where organisation = engine.current_organisation() and name = $1",
        name,
    )
    .fetch_one(conn)
    .await?;
    Ok(row.ends_at.zip(row.version))
}

/// Opens the time of a version that is published.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn open(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    version: i32,
    [starts_at, ends_at, settled_at]: [DateTime<Utc>; 3],
) -> Result<()> {
    sqlx::query!(
        "insert into engine.referral_campaign (organisation, name, version, starts_at, ends_at, settled_at)
         values ($1, $2, $3, $4, $5, $6)",
        organisation.0,
        name,
        version,
        starts_at,
        ends_at,
        settled_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The published versions that receipts may still change at `now`, by name and version.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn unsettled(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<(String, i32)>> {
    let rows = sqlx::query!(
        "select name, version from engine.referral_campaign
         where organisation = engine.current_organisation() and settled_at > $1
         order by name, version",
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.name, row.version))
        .collect())
}

/// Whether a published version is not settled, by the network's clock.
///
/// # Errors
/// [`StoreError::Database`].
pub(crate) async fn is_any_unsettled(conn: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from engine.referral_campaign
                          where organisation = engine.current_organisation()
                            and settled_at > coalesce((select to_timestamp(final_at) from cursor), '-infinity'))
               as "is_any!""#,
    )
    .fetch_one(conn)
    .await?)
}

/// A published version, locked until the transaction ends: evaluations and decisions wait for each other, so
/// that no cap is exceeded.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn lock(
    conn: &mut PgConnection,
    name: &str,
    version: i32,
) -> Result<Option<RunningCampaign>> {
    // The row first and its rules with it: both are of after the wait.
    let row = sqlx::query!(
        "select starts_at, ends_at, evaluated_at, body
         from engine.referral_campaign running
         join engine.rule_set rules
           on rules.organisation = running.organisation and rules.kind = $3
              and rules.name = running.name and rules.version = running.version
         where running.organisation = engine.current_organisation() and running.name = $1
           and running.version = $2
         for no key update of running",
        name,
        version,
        RuleKind::ReferralCampaign.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(RunningCampaign {
            name: name.to_owned(),
            version,
            campaign: stored(row.body, "referral campaign")?,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            evaluated_at: row.evaluated_at,
        })
    })
    .transpose()
}

/// The network's clock at the last evaluation of any version of a campaign.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn last_evaluated(conn: &mut PgConnection, name: &str) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select max(evaluated_at) from engine.referral_campaign
         where organisation = engine.current_organisation() and name = $1",
        name,
    )
    .fetch_one(conn)
    .await?)
}

/// Notes the moment of an evaluation.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn evaluated(
    conn: &mut PgConnection,
    name: &str,
    version: i32,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update engine.referral_campaign set evaluated_at = $3
         where organisation = engine.current_organisation() and name = $1 and version = $2",
        name,
        version,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
