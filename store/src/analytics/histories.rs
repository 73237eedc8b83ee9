//! The history of each person, for queries over all people.
//!
//! Every such query reduces one person's events to a result, and adds the results over people. So
//! another event store, such as one that is sharded by organisation and person, need only implement
//! [`EventStore`]: each shard reduces its own people, and the sums are the answer.

use crate::{OrganisationId, Result, tenant};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sqlx::PgPool;
use tessera_domain::{
    event::{Event, Properties},
    time::Timestamp,
};
use uuid::Uuid;

/// Which events a query reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// Only events of these names; all names when empty.
    pub names: Vec<String>,
    /// Only events at or after this moment.
    pub from: Option<Timestamp>,
    /// Only events before this moment.
    pub until: Option<Timestamp>,
}

/// A person's events in [`Event::order`].
pub type OnPerson<'a> = &'a mut (dyn FnMut(Uuid, &[Event]) + Send);

/// An event log that can be read person by person.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Calls `each` once for every canonical person with events that match, in any order of people,
    /// with the events of everybody who was merged into them.
    ///
    /// # Errors
    /// [`StoreError`](crate::StoreError) when the store fails or takes too long.
    async fn histories(
        &self,
        organisation: OrganisationId,
        question: &Question,
        each: OnPerson<'_>,
    ) -> Result<()>;
}

/// The event log in Postgres.
#[async_trait]
impl EventStore for PgPool {
    async fn histories(
        &self,
        organisation: OrganisationId,
        question: &Question,
        each: OnPerson<'_>,
    ) -> Result<()> {
        let mut transaction = tenant::snapshot(self, organisation).await?;
        let mut rows = sqlx::query!(
            r#"select canonical, message_key, name, at,
                      properties as "properties: sqlx::types::Json<Properties>"
               from engine.event join engine.person on person.id = event.person
               where event.organisation = engine.current_organisation()
                 and (cardinality($1::text[]) = 0 or name = any($1))
                 and at >= coalesce($2, '-infinity'::timestamptz)
                 and at < coalesce($3, 'infinity'::timestamptz)
               order by canonical, at, message_key"#,
            &question.names,
            question.from.map(DateTime::<Utc>::from),
            question.until.map(DateTime::<Utc>::from),
        )
        .fetch(&mut *transaction);
        let mut people = ByPerson::new(each);
        while let Some(row) = rows.try_next().await? {
            let event = Event {
                id: row.message_key,
                name: row.name,
                at: row.at.into(),
                properties: row.properties.0,
            };
            people.push(row.canonical, event);
        }
        people.end();
        Ok(())
    }
}

/// Gathers events that come person by person.
pub(super) struct ByPerson<'a> {
    person: Option<Uuid>,
    events: Vec<Event>,
    each: OnPerson<'a>,
}

impl<'a> ByPerson<'a> {
    pub(super) fn new(each: OnPerson<'a>) -> Self {
        Self {
            person: None,
            events: Vec::new(),
            each,
        }
    }

    pub(super) fn push(&mut self, person: Uuid, event: Event) {
        if let Some(before) = self.person.filter(|before| *before != person) {
            (self.each)(before, &self.events);
            self.events.clear();
        }
        self.person = Some(person);
        self.events.push(event);
    }

    pub(super) fn end(self) {
        if let Some(person) = self.person {
            (self.each)(person, &self.events);
        }
    }
}
