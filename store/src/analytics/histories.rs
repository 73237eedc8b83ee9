//! The history of each person, for queries over all people.
//!
//! Every such query reduces one person's events to a result, and adds the results over people. So
//! another event store, such as one that is sharded by organisation and person, need only implement
//! [`EventStore`]: each shard reduces its own people, and the sums are the answer.

use crate::{OrganisationId, Result, tenant};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::{Stream, TryStreamExt};
use sqlx::{PgPool, types::Json};
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
        let rows = sqlx::query_as!(
            OfPerson,
            r#"select canonical, message_key, name, at,
                      properties as "properties: Json<Properties>"
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
        by_person(rows, each).await
    }
}

/// An event and whose it is.
pub(super) struct OfPerson {
    pub(super) canonical: Uuid,
    pub(super) message_key: Uuid,
    pub(super) name: String,
    pub(super) at: DateTime<Utc>,
    pub(super) properties: Json<Properties>,
}

/// Gathers events that come person by person.
pub(super) async fn by_person(
    mut rows: impl Stream<Item = sqlx::Result<OfPerson>> + Unpin,
    each: OnPerson<'_>,
) -> Result<()> {
    let mut person = None;
    let mut events = Vec::new();
    while let Some(row) = rows.try_next().await? {
        if let Some(before) = person.filter(|before| *before != row.canonical) {
            each(before, &events);
            events.clear();
        }
        person = Some(row.canonical);
        events.push(Event {
            id: row.message_key,
            name: row.name,
            at: row.at.into(),
            properties: row.properties.0,
        });
    }
    if let Some(person) = person {
        each(person, &events);
    }
    Ok(())
}
