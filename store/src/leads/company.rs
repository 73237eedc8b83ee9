//! What is known of leads' companies. A lead is tied to a domain; facts are the domain's, so that a company
//! is looked up once for all of its leads.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use std::collections::BTreeMap;
use tessera_domain::leads::enrichment::{Attribute, MailKind};
use uuid::Uuid;

/// The company of a lead.
#[derive(Debug, Clone)]
pub struct CompanyRow {
    /// The domain of the lead's address.
    pub domain: String,
    /// What kind of mailbox the address has.
    pub kind: String,
    /// When it was looked up.
    pub looked_at: DateTime<Utc>,
    /// What kept a provider from answering, by its name.
    pub problems: Json<BTreeMap<String, String>>,
}

/// A fact about a company.
#[derive(Debug, Clone)]
pub struct FactRow {
    /// Where it was seen.
    pub source: String,
    /// What it is about.
    pub attribute: Json<Attribute>,
    /// What it says.
    pub value: String,
    /// Why it may be kept.
    pub legal_basis: String,
    /// When it was seen.
    pub seen_at: DateTime<Utc>,
    /// Until when it is used.
    pub expires_at: DateTime<Utc>,
}

/// The company of a canonical person: of those who are one person, what was looked up last.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of(conn: &mut PgConnection, canonical: Uuid) -> Result<Option<CompanyRow>> {
    Ok(sqlx::query_as!(
        CompanyRow,
        r#"select domain, kind, looked_at, problems as "problems: Json<BTreeMap<String, String>>"
           from engine.person join engine.lead_company on lead_company.person = person.id
           where person.organisation = engine.current_organisation() and person.canonical = $1
           order by looked_at desc limit 1"#,
        canonical,
    )
    .fetch_optional(conn)
    .await?)
}

/// When the company of a domain was last looked up, for whichever lead; none when it never was.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn looked_at(conn: &mut PgConnection, domain: &str) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select max(looked_at) from engine.lead_company
         where organisation = engine.current_organisation() and domain = $1",
        domain,
    )
    .fetch_one(conn)
    .await?)
}

/// Ties a person to a domain. What is known of the domain before is forgotten when it is nobody's then.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    person: Uuid,
    (domain, kind): (&str, MailKind),
    problems: &BTreeMap<String, String>,
    looked_at: DateTime<Utc>,
) -> Result<()> {
    let former = sqlx::query_scalar!(
        "select domain from engine.lead_company
         where organisation = engine.current_organisation() and person = $1 and domain <> $2",
        person,
        domain,
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into engine.lead_company (organisation, person, domain, kind, looked_at, problems)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organisation, person) do update
         set domain = excluded.domain, kind = excluded.kind, looked_at = excluded.looked_at,
             problems = excluded.problems",
        organisation.0,
        person,
        domain,
        kind.as_str(),
        looked_at,
        Json(problems) as _,
    )
    .execute(&mut *conn)
    .await?;
    forget_unused(conn, &former).await
}

/// Replaces the facts that some sources have of a domain.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put_facts(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    domain: &str,
    sources: &[&str],
    facts: &[FactRow],
) -> Result<()> {
    sqlx::query!(
        "delete from engine.company_fact
         where organisation = engine.current_organisation() and domain = $1 and source = any($2)",
        domain,
        sources as _,
    )
    .execute(&mut *conn)
    .await?;
    for fact in facts {
        sqlx::query!(
            "insert into engine.company_fact
                 (organisation, domain, source, attribute, value, legal_basis, seen_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (organisation, domain, source, attribute) do nothing",
            organisation.0,
            domain,
            fact.source,
            &fact.attribute as _,
            fact.value,
            fact.legal_basis,
            fact.seen_at,
            fact.expires_at,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// The facts about a domain that are used at a moment.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn facts(
    conn: &mut PgConnection,
    domain: &str,
    at: DateTime<Utc>,
) -> Result<Vec<FactRow>> {
    Ok(sqlx::query_as!(
        FactRow,
        r#"select source, attribute as "attribute: Json<Attribute>", value, legal_basis, seen_at,
                  expires_at
           from engine.company_fact
           where organisation = engine.current_organisation() and domain = $1 and expires_at > $2
           order by source, attribute"#,
        domain,
        at,
    )
    .fetch_all(conn)
    .await?)
}

/// Forgets which companies people are of, and what is known of companies that are nobody's then.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn erase(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    let domains = sqlx::query_scalar!(
        "delete from engine.lead_company
         where organisation = engine.current_organisation() and person = any($1) returning domain",
        people,
    )
    .fetch_all(&mut *conn)
    .await?;
    forget_unused(conn, &domains).await
}

/// Forgets what is known of those of these domains that are nobody's.
async fn forget_unused(conn: &mut PgConnection, domains: &[String]) -> Result<()> {
    sqlx::query!(
        "delete from engine.company_fact
         where organisation = engine.current_organisation() and domain = any($1)
           and not exists (select from engine.lead_company other
                           where other.organisation = company_fact.organisation
                             and other.domain = company_fact.domain)",
        domains,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets facts of all organisations that are used no longer. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget_expired(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("delete from engine.company_fact where expires_at <= now()")
        .execute(conn)
        .await?;
    Ok(())
}
