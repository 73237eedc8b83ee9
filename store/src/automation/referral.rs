//! Where referrals of a campaign stand, as its last evaluation says, and what people decided about them.

use crate::{Key, OrganisationId, Result, StoreError, read::Page, rules::stored};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use tessera_domain::automation::referral::{Decision, Standing};
use uuid::Uuid;

/// A referral.
#[derive(Debug, Clone)]
pub struct ReferralRow {
    /// Its id.
    pub id: Uuid,
    /// The campaign's version.
    pub version: i32,
    /// The wallet that referred.
    pub referrer: Key,
    /// The wallet that was referred.
    pub referred: Key,
    /// Where it stands.
    pub state: String,
    /// All that the evaluation says.
    pub outcome: Value,
    /// Whether something was released.
    pub has_claims: bool,
    /// The network's clock at the evaluation.
    pub evaluated_at: DateTime<Utc>,
}

/// A decision about a referral.
#[derive(Debug, Clone)]
pub struct DecisionRow {
    /// What was decided.
    pub decision: Decision,
    /// Why.
    pub reason: Option<String>,
    /// When, by this machine's clock.
    pub decided_at: DateTime<Utc>,
}

/// Which referrals are listed.
#[derive(Debug, Clone, Default)]
pub struct ReferralFilter {
    /// Only those in this state.
    pub state: Option<&'static str>,
    /// Only those with something that was released.
    pub has_claims: bool,
}

/// A page of a campaign's referrals, of all its versions, by id.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn list(
    conn: &mut PgConnection,
    campaign: &str,
    filter: &ReferralFilter,
    page: Page<Uuid>,
) -> Result<Vec<ReferralRow>> {
    Ok(sqlx::query_as!(
        ReferralRow,
        r#"select id, version, referrer as "referrer: Key", referred as "referred: Key", state, outcome,
                  has_claims, evaluated_at
           from engine.referral
           where organisation = engine.current_organisation() and campaign = $1
             and ($2::text is null or state = $2) and (has_claims or not $3)
             and ($4::uuid is null or id > $4)
           order by id limit $5"#,
        campaign,
        filter.state,
        filter.has_claims,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// A referral of a campaign.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn get(conn: &mut PgConnection, campaign: &str, id: Uuid) -> Result<Option<ReferralRow>> {
    Ok(sqlx::query_as!(
        ReferralRow,
        r#"select id, version, referrer as "referrer: Key", referred as "referred: Key", state, outcome,
                  has_claims, evaluated_at
           from engine.referral
           where organisation = engine.current_organisation() and campaign = $1 and id = $2"#,
        campaign,
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// What the leader board reads of a version's referrals that qualified.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn standings(
    conn: &mut PgConnection,
    campaign: &str,
    version: i32,
) -> Result<Vec<Standing>> {
    let rows = sqlx::query_scalar!(
        r#"select outcome - 'findings' as "outcome!" from engine.referral
           where organisation = engine.current_organisation() and campaign = $1 and version = $2
             and state in ('qualified', 'released')"#,
        campaign,
        version,
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter();
    rows.map(|outcome| stored(outcome, "referral")).collect()
}

/// The states of a version's referrals, by id.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn states(
    conn: &mut PgConnection,
    campaign: &str,
    version: i32,
) -> Result<BTreeMap<Uuid, String>> {
    let rows = sqlx::query!(
        "select id, state from engine.referral
         where organisation = engine.current_organisation() and campaign = $1 and version = $2",
        campaign,
        version,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.state)).collect())
}

/// What people decided about a version's referrals, by the referred, in the order in which they did.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn decisions(
    conn: &mut PgConnection,
    campaign: &str,
    version: i32,
) -> Result<BTreeMap<String, Vec<Decision>>> {
    let rows = sqlx::query!(
        r#"select referred as "referred: Key", decision
           from engine.referral
           join engine.referral_decision made
             on made.organisation = referral.organisation and made.referral = referral.id
           where referral.organisation = engine.current_organisation() and campaign = $1 and version = $2
           order by referral.id, number"#,
        campaign,
        version,
    )
    .fetch_all(conn)
    .await?;
    let mut decisions: BTreeMap<String, Vec<Decision>> = BTreeMap::new();
    for row in rows {
        let of_referred = decisions.entry(row.referred.to_string()).or_default();
        of_referred.push(stored(row.decision, "decision about a referral")?);
    }
    Ok(decisions)
}

/// What people decided about a referral, first one first.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn decisions_of(conn: &mut PgConnection, referral: Uuid) -> Result<Vec<DecisionRow>> {
    let rows = sqlx::query!(
        "select decision, reason, decided_at from engine.referral_decision
         where organisation = engine.current_organisation() and referral = $1 order by number",
        referral,
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter();
    rows.map(|row| {
        Ok(DecisionRow {
            decision: stored(row.decision, "decision about a referral")?,
            reason: row.reason,
            decided_at: row.decided_at,
        })
    })
    .collect()
}

/// Keeps a decision about a referral. The campaign's version is locked.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn decide(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    referral: Uuid,
    decision: &Decision,
    (decided_by, reason): (&str, Option<&str>),
) -> Result<()> {
    let body = serde_json::to_value(decision).map_err(|source| StoreError::Stored {
        what: "decision about a referral",
        source,
    })?;
    sqlx::query!(
        "insert into engine.referral_decision
             (organisation, referral, number, decision, decided_by, reason, decided_at)
         select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, now()
         from engine.referral_decision where organisation = $1 and referral = $2",
        organisation.0,
        referral,
        body,
        decided_by,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes where referrals of a version stand. It is locked.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn write(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    campaign: &str,
    rows: &[ReferralRow],
) -> Result<()> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let versions: Vec<i32> = rows.iter().map(|row| row.version).collect();
    let referrers: Vec<Key> = rows.iter().map(|row| row.referrer).collect();
    let referred: Vec<Key> = rows.iter().map(|row| row.referred).collect();
    let states: Vec<&str> = rows.iter().map(|row| row.state.as_str()).collect();
    let outcomes: Vec<Value> = rows.iter().map(|row| row.outcome.clone()).collect();
    let claims: Vec<bool> = rows.iter().map(|row| row.has_claims).collect();
    let moments: Vec<DateTime<Utc>> = rows.iter().map(|row| row.evaluated_at).collect();
    sqlx::query!(
        "insert into engine.referral as kept
             (organisation, id, campaign, version, referrer, referred, state, outcome, has_claims, evaluated_at)
         select $1, id, $2, version, referrer, referred, state, outcome, has_claims, evaluated_at
         from unnest($3::uuid[], $4::integer[], $5::pubkey[], $6::pubkey[], $7::text[], $8::jsonb[],
                     $9::boolean[], $10::timestamptz[])
             given (id, version, referrer, referred, state, outcome, has_claims, evaluated_at)
         on conflict (organisation, id) do update
         set referrer = excluded.referrer, state = excluded.state, outcome = excluded.outcome,
             has_claims = excluded.has_claims, evaluated_at = excluded.evaluated_at
         where (kept.state, kept.outcome) is distinct from (excluded.state, excluded.outcome)",
        organisation.0,
        campaign,
        &ids,
        &versions,
        &referrers as _,
        &referred as _,
        &states as _,
        &outcomes,
        &claims,
        &moments,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A referral that concerns people, by its wallets or by its evidence.
#[derive(Debug, Clone)]
pub struct Concerned {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub state: String,
    /// The wallet that was referred.
    pub referred: Key,
    /// The network's clock at the evaluation.
    pub evaluated_at: DateTime<Utc>,
}

/// The referrals from or to these wallets, those whose evidence holds one of these texts, and those of the
/// circles that these show: evidence of a long circle lists only some of its people.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn concerning(
    conn: &mut PgConnection,
    wallets: &[Key],
    texts: &[String],
) -> Result<Vec<Concerned>> {
    Ok(sqlx::query_as!(
        Concerned,
        r#"with named as (
               select id, outcome from engine.referral
               where organisation = engine.current_organisation()
                 and (referrer = any($1) or referred = any($1)
                      or exists (select from unnest($2::text[]) wanted (text)
                                 where strpos((outcome -> 'findings')::text, wanted.text) > 0))
           ), circle as (
               select distinct jsonb_path_query(outcome, '$.findings[*].evidence[*] ? (@.kind == "circle")')
                   as evidence
               from named
           )
           select id, state, referred as "referred: Key", evaluated_at from engine.referral
           where organisation = engine.current_organisation()
             and (id in (select id from named)
                  or exists (select from circle
                             where jsonb_path_query_array(outcome, '$.findings[*].evidence[*]')
                                   @> jsonb_build_array(circle.evidence)))
           order by id"#,
        wallets as _,
        texts,
    )
    .fetch_all(conn)
    .await?)
}

/// The wallets of all referrals.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn wallets(conn: &mut PgConnection) -> Result<Vec<Key>> {
    Ok(sqlx::query_scalar!(
        r#"select referrer as "wallet!: Key" from engine.referral
           where organisation = engine.current_organisation()
           union select referred from engine.referral
           where organisation = engine.current_organisation()"#,
    )
    .fetch_all(conn)
    .await?)
}

/// Takes what checks found out of these referrals, and what people wrote about referrals of these wallets.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn forget(conn: &mut PgConnection, wallets: &[Key], referrals: &[Uuid]) -> Result<()> {
    sqlx::query!(
        r#"update engine.referral
           set outcome = jsonb_set(case when outcome #> '{reason,why}' is null then outcome
                                        else jsonb_set(outcome, '{reason,why}', '"erased"') end,
                                   '{findings}', '[]')
           where organisation = engine.current_organisation() and id = any($1)"#,
        referrals,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"update engine.referral_decision made
           set reason = null,
               decision = case when decision ? 'reason' then jsonb_set(decision, '{reason}', '"erased"')
                               else decision end
           from engine.referral
           where made.organisation = engine.current_organisation()
             and referral.organisation = made.organisation and referral.id = made.referral
             and (referrer = any($1) or referred = any($1))"#,
        wallets as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}
