//! A lead's company, looked up: what is to be asked is read, and the domain claimed, in one transaction,
//! providers are asked without any, and what they say is written in another, unless the lead was erased
//! meanwhile.

use super::{
    lookups::Problem,
    provider::{Domain, Provider},
    service::Service,
    settings,
    site::Site,
};
use crate::{
    Engine, Result,
    clock::now,
    leads::{appear, locked, mail_domain_of},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};
use tessera_domain::{
    leads::enrichment::{Fact, MailDomain, MailKind, SourcePolicies},
    time::{MICROS_PER_DAY, Timestamp},
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    leads::{
        company::{self, FactRow},
        company_claim,
    },
    people::person,
    tenant,
    work::{self, Due, Work},
};
use uuid::Uuid;

/// For how long a domain is not asked about again.
const FRESH: TimeDelta = TimeDelta::days(1);
/// How old the claim of another work is when that work is taken for lost: much longer than asking lasts.
const STALE: TimeDelta = TimeDelta::minutes(10);
/// How long a lead waits while another lead's work asks about the domain.
const WAIT: Duration = Duration::from_secs(60);

/// Looks up the company of a lead.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store), [`Error::Internal`](crate::Error::Internal).
pub(crate) async fn look_up(engine: &Engine, work: &Work) -> Result<()> {
    let (organisation, id) = appear::named(work)?;
    let at = now();
    let mut found = Found::default();
    let next = next(engine, organisation, work, id, at).await?;
    if let Next::Ask(question) = &next {
        for provider in &question.providers {
            found.ask(provider.as_ref(), question, at).await?;
        }
    }
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let noted = match next {
        Next::Wait => work::go_on(&mut transaction, work, &json!({}), Due::After(WAIT)).await?,
        Next::Nothing => finish(&mut transaction, work).await?,
        Next::Ask(question) => {
            let person = locked(&mut transaction, id).await?.id;
            // Who they are may have changed meanwhile.
            let company = mail_domain_of(engine, &mut transaction, organisation, person).await?;
            if company.as_ref() == Some(&question.company) {
                found
                    .write(&mut transaction, organisation, person, &question)
                    .await?;
            }
            finish(&mut transaction, work).await?
        }
    };
    if noted {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Finishes the work, and lets others ask about what it has claimed, whatever came of it.
async fn finish(conn: &mut PgConnection, work: &Work) -> Result<bool> {
    company_claim::release(conn, work.id).await?;
    Ok(work::finish(conn, work).await?)
}

/// What a look-up does next.
enum Next {
    /// Nothing: there is nobody to ask about.
    Nothing,
    /// It waits: another lead's look-up asks about the domain.
    Wait,
    /// It asks.
    Ask(Question),
}

/// What is to be asked, and of which providers.
struct Question {
    company: MailDomain,
    policies: SourcePolicies,
    /// None where all that can be asked was asked not long ago, or there is nothing to ask.
    providers: Vec<Box<dyn Provider>>,
    /// When the domain was asked about: now, or not long ago for another lead.
    looked_at: DateTime<Utc>,
}

/// What is to be asked. A domain that is asked about is claimed first, so that of the leads of a company that
/// appear together one asks; a claim whose work is lost is taken over.
async fn next(
    engine: &Engine,
    organisation: OrganisationId,
    work: &Work,
    id: Uuid,
    at: Timestamp,
) -> Result<Next> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let Some(person) = person::get(&mut transaction, id).await? else {
        return Ok(Next::Nothing);
    };
    let company = mail_domain_of(engine, &mut transaction, organisation, person.id).await?;
    let Some(company) = company else {
        return Ok(Next::Nothing);
    };
    let policies = settings::settings(&mut transaction).await?.policies;
    let mut question = Question {
        company,
        policies,
        providers: Vec::new(),
        looked_at: at.into(),
    };
    // A mailbox provider's site says nothing of those who have mailboxes there.
    if question.company.kind != MailKind::Own {
        return Ok(Next::Ask(question));
    }
    let domain = question.company.domain.as_str();
    let (now, stale) = (question.looked_at, question.looked_at - STALE);
    let claimed =
        company_claim::take(&mut transaction, organisation, domain, work.id, now, stale).await?;
    // After the claim, since who had it before has written this in the transaction that gave it up.
    let looked_at = company::looked_at(&mut transaction, domain).await?;
    if let Some(fresh) = looked_at.filter(|it| now - it < FRESH) {
        // The claim ends with the transaction, which is not committed.
        question.looked_at = fresh;
        return Ok(Next::Ask(question));
    }
    if !claimed {
        return Ok(Next::Wait);
    }
    let service = settings::service(engine, &mut transaction, organisation).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    question.providers.push(Box::new(Domain));
    question
        .providers
        .push(Box::new(Site(engine.lookups.clone())));
    if let Some((url, key)) = service {
        let lookups = engine.lookups.clone();
        let service = Service { lookups, url, key };
        question.providers.push(Box::new(service));
    }
    Ok(Next::Ask(question))
}

/// What providers have said.
#[derive(Default)]
struct Found {
    sources: Vec<&'static str>,
    facts: Vec<Fact>,
    problems: BTreeMap<String, String>,
}

impl Found {
    async fn ask(
        &mut self,
        provider: &dyn Provider,
        question: &Question,
        at: Timestamp,
    ) -> Result<()> {
        match provider.look(&question.company, at).await? {
            Ok(facts) => {
                self.sources
                    .extend(provider.sources().iter().map(|it| it.as_str()));
                self.facts.extend(facts);
            }
            // What it has said before stays until its time is over.
            Err(Problem(what)) => {
                self.problems.insert(provider.name().to_owned(), what);
            }
        }
        Ok(())
    }

    async fn write(
        self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
        person: Uuid,
        question: &Question,
    ) -> Result<()> {
        let company = &question.company;
        let rows: Vec<FactRow> = self
            .facts
            .into_iter()
            .filter_map(|fact| kept(fact, &question.policies))
            .collect();
        if !self.sources.is_empty() {
            company::put_facts(conn, organisation, &company.domain, &self.sources, &rows).await?;
        }
        let named = (company.domain.as_str(), company.kind);
        let at = question.looked_at;
        Ok(company::put(conn, organisation, person, named, &self.problems, at).await?)
    }
}

/// A fact as it is kept; none whose source has no policy, since nothing says why it may be kept.
fn kept(fact: Fact, policies: &SourcePolicies) -> Option<FactRow> {
    let policy = policies.0.get(&fact.source)?;
    let kept = i64::from(policy.ttl_days).saturating_mul(MICROS_PER_DAY);
    Some(FactRow {
        source: fact.source.as_str().to_owned(),
        attribute: fact.attribute.into(),
        value: fact.value,
        legal_basis: policy.legal_basis.as_str().to_owned(),
        seen_at: fact.seen_at.into(),
        expires_at: Timestamp(fact.seen_at.0.saturating_add(kept)).into(),
    })
}
