//! People for tests: what they do, in whatever order it arrives, and what is kept of it.

use super::tenant::Tenant;
use crate::support::client::master_key;
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use tessera_domain::{
    people::{Identifier, IdentifierKind, Proof},
    time::Timestamp,
};
use tessera_engine::{
    RulesCache,
    capture::{EventBatch, Item, ingest},
    projection::{Touched, project},
};
use tessera_store::{
    OrganisationId,
    access::organisation,
    capture::event::{EventCounts, EventSource},
    people::person::{self, IdentifierKey},
    tenant,
};
use uuid::Uuid;

/// The moment `secs` seconds ago, to the second.
pub(crate) fn ago(secs: i64) -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_secs(i64::try_from(since.as_secs()).unwrap_or_default() - secs)
}

impl Tenant {
    /// The organisation's number.
    pub(crate) async fn organisation(&self) -> Result<OrganisationId> {
        let mut conn = self.api.mirror.acquire().await?;
        let org = crate::support::rows::key(crate::support::rows::ORG, self.number);
        organisation::by_org(&mut conn, org)
            .await?
            .context("an organisation")
    }

    /// A visitor does something; the message's id is the visitor's, the event's and the moment's.
    pub(crate) async fn does(
        &self,
        visitor: &str,
        event: &str,
        at: Timestamp,
        properties: Value,
    ) -> Result<()> {
        let body = json!({
            "message_id": format!("{visitor}-{event}-{}", at.0),
            "event": event,
            "anonymous_id": visitor,
            "timestamp": at,
            "properties": properties,
        });
        let answer = self.post("/v1/events", &body).await?;
        ensure!(answer.status.is_success(), "{answer:?}");
        Ok(())
    }

    /// Events of this service or of the chain, which no client can send:
    /// `(visitor, event, at, properties)`.
    pub(crate) async fn witness(&self, events: &[(&str, &str, Timestamp, Value)]) -> Result<()> {
        let organisation = self.organisation().await?;
        let digests = master_key().digest_key(organisation.0);
        let mut items = Vec::new();
        for (visitor, event, at, properties) in events {
            let anonymous = Identifier::parse(IdentifierKind::Anonymous, visitor)?;
            items.push(Item {
                identifiers: vec![IdentifierKey::of(&anonymous, &digests)],
                message_key: Uuid::new_v4(),
                body_hash: Uuid::new_v4(),
                name: (*event).to_owned(),
                at: (*at).into(),
                properties: properties.as_object().cloned().unwrap_or_default(),
            });
        }
        self.take_in(&items).await
    }

    /// Takes events in that are found good.
    pub(crate) async fn take_in(&self, items: &[Item]) -> Result<()> {
        let organisation = self.organisation().await?;
        let mut transaction = tenant::begin(&self.api.mirror, organisation).await?;
        let rules = RulesCache::default()
            .current(&mut transaction, organisation)
            .await?;
        let batch = EventBatch {
            organisation,
            source: EventSource::Engine,
            received_at: ago(0).into(),
            proof: Proof::Claimed,
            items,
            withheld: &EventCounts::new(),
        };
        ingest(&mut transaction, &rules, batch, Uuid::now_v7).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The person that holds a visitor's id, whatever they are merged into.
    pub(crate) async fn person(&self, visitor: &str) -> Result<Uuid> {
        let organisation = self.organisation().await?;
        let digests = master_key().digest_key(organisation.0);
        let anonymous = Identifier::parse(IdentifierKind::Anonymous, visitor)?;
        let key = IdentifierKey::of(&anonymous, &digests);
        let mut transaction = tenant::begin(&self.api.mirror, organisation).await?;
        let known = person::resolve(&mut transaction, std::slice::from_ref(&key)).await?;
        Ok(known.get(&key).context("a person")?.person)
    }

    /// A person's total now.
    pub(crate) async fn score(&self, person: Uuid) -> Result<Value> {
        let score = self.json(&format!("/v1/leads/{person}/score")).await?;
        Ok(score["total"].clone())
    }

    /// Everything that follows from events, as it is kept: scores, funnel states and sums.
    pub(crate) async fn kept(&self) -> Result<Vec<String>> {
        let mut kept = Vec::new();
        for query in [
            // When a score's place was computed is no part of what events say.
            "select row(projection, person, order_key, label, case kind
                     when 'scoring_model' then convert_from(state, 'UTF8')::jsonb ->> 'score'
                     else concat(at, next_at, encode(state, 'hex')) end)::text
             from engine.projection_person join engine.projection on id = projection
             where kind <> 'events'
             order by projection, person",
            "select row(projection, day, label, measure, sum(amount))::text
             from engine.projection_sum join engine.projection on id = projection
             where kind <> 'events'
             group by projection, day, label, measure having sum(amount) <> 0
             order by projection, day, label, measure",
        ] {
            let rows: Vec<String> = sqlx::query_scalar(query)
                .fetch_all(&self.api.mirror)
                .await?;
            kept.extend(rows);
        }
        Ok(kept)
    }

    /// Computes everything of everybody anew from the events.
    pub(crate) async fn rebuild(&self) -> Result<()> {
        let organisation = self.organisation().await?;
        let mut transaction = tenant::begin(&self.api.mirror, organisation).await?;
        let rules = RulesCache::default()
            .current(&mut transaction, organisation)
            .await?;
        let people = person::ids(&mut transaction, None, 10_000).await?;
        person::lock(&mut transaction, &people, &[]).await?;
        let touched = Touched {
            rebuilt: people.into_iter().collect(),
            ..Touched::default()
        };
        project(&mut transaction, organisation, &rules, &touched, ago(0)).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Deals that were decided: `(person, won, when)`.
    pub(crate) async fn decided(&self, deals: &[(Uuid, bool, Timestamp)]) -> Result<()> {
        let organisation = self.organisation().await?;
        let people: Vec<Uuid> = deals.iter().map(|(person, _, _)| *person).collect();
        let won: Vec<bool> = deals.iter().map(|(_, won, _)| *won).collect();
        let moments: Vec<DateTime<Utc>> = deals.iter().map(|(_, _, at)| (*at).into()).collect();
        sqlx::query(
            "insert into engine.deal (id, organisation, person, name, stage, amount, currency,
                                      findings, version, created_at, updated_at, closed_at)
             select gen_random_uuid(), $1, person, 'Deal', case when won then 'won' else 'lost' end,
                    100, 'USDC', '{\"objections\": [], \"solutions\": [], \"barriers\": []}', 1, at, at, at
             from unnest($2::uuid[], $3::bool[], $4::timestamptz[]) new (person, won, at)",
        )
        .bind(organisation.0)
        .bind(people)
        .bind(won)
        .bind(moments)
        .execute(&self.api.mirror)
        .await?;
        Ok(())
    }
}
