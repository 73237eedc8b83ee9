//! Messages: intended in the transaction of what causes them, and sent later.

use super::{arms, sender, templates};
use crate::{Engine, Error, Result, clock::now, people};
use serde_json::{Value, json};
use tessera_domain::{
    automation::template::Arms, capture::check_properties, event::Properties, time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{
        message::{self, MessageRow, NewMessage, TransitionRow},
        template,
    },
};
use uuid::Uuid;

/// Most characters of a cause.
const MAX_CAUSE_CHARS: usize = 300;

/// A message to intend.
#[derive(Debug, Clone)]
pub struct NewIntent<'a> {
    /// To whom.
    pub person: Uuid,
    /// Name of the template, whose version in force is sent.
    pub template: &'a str,
    /// What causes it: a cause has one message, however often it is intended.
    pub cause: &'a str,
    /// The run of a journey that sends it, if one does.
    pub run: Option<Uuid>,
    /// Properties of the event that causes it, an object.
    pub context: Value,
    /// From when on it may be sent.
    pub due_at: Timestamp,
}

/// A message that is intended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intended {
    /// Its id.
    pub message: Uuid,
    /// Whether it is intended from now on; false when its cause had it already.
    pub is_new: bool,
}

/// Intends a message, and sees to it that it is sent once the transaction has committed.
///
/// # Errors
/// [`Error::NotFound`] without such a person or a template in force, [`Error::Refused`], [`Error::Store`].
pub async fn intend(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    new: &NewIntent<'_>,
) -> Result<Intended> {
    if new.cause.is_empty() || new.cause.chars().count() > MAX_CAUSE_CHARS {
        let rule = format!("must have 1 to {MAX_CAUSE_CHARS} characters");
        return Err(Error::refused("cause", rule));
    }
    if !new.context.is_object() {
        return Err(Error::refused("context", "must be an object"));
    }
    if let Some(message) = message::of_cause(conn, new.cause).await? {
        return Ok(Intended {
            message,
            is_new: false,
        });
    }
    let person = people::canonical(conn, new.person).await?;
    let absent = || Error::not_found("template in force with the name", new.template);
    let row = template::in_force(conn, new.template)
        .await?
        .ok_or_else(absent)?;
    let arms = if row.template.experiments().is_empty() {
        Arms::new()
    } else {
        let traits = templates::traits(engine, conn, &person).await?;
        arms::deal(engine, conn, organisation, &row.template, &traits, now()).await?
    };
    let id = Uuid::now_v7();
    let message = NewMessage {
        id,
        person: person.id,
        name: &row.name,
        version: row.version,
        template: &row.template,
        cause: new.cause,
        run: new.run,
        arms: &json!(arms),
        context: &new.context,
        due_at: new.due_at.into(),
    };
    let inserted = message::insert(conn, organisation, &message).await?;
    if inserted.is_none() {
        // Another transaction was first; it is seen once this one has begun again.
        return Err(tessera_store::StoreError::Raced.into());
    }
    sender::schedule(conn, organisation, new.due_at, now()).await?;
    Ok(Intended {
        message: id,
        is_new: true,
    })
}

/// Intends a message that the organisation orders, now.
///
/// # Errors
/// As [`intend`].
pub async fn order(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    (person, template): (Uuid, &str),
    cause: &str,
    event: Properties,
    now: Timestamp,
) -> Result<Intended> {
    check_properties(&event, "event")?;
    let new = NewIntent {
        person,
        template,
        cause,
        run: None,
        context: Value::Object(event),
        due_at: now,
    };
    intend(engine, conn, organisation, &new).await
}

/// A message and every status that it came to, oldest first.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<(MessageRow, Vec<TransitionRow>)> {
    let found = message::get(conn, id).await?;
    let row = found.ok_or_else(|| Error::not_found("message", id))?;
    Ok((row, message::history(conn, id).await?))
}

/// Sends a message again of which nobody knows whether it was sent, under the same Message-ID.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] when its outcome is known, [`Error::Store`].
pub async fn resend(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: Uuid,
    now: Timestamp,
) -> Result<()> {
    let (row, _) = get(conn, id).await?;
    if !message::resend(conn, id, now.into()).await? {
        let status = row.status;
        return Err(Error::Conflict(format!(
            "the message is {status}; only an uncertain one is sent again"
        )));
    }
    sender::schedule(conn, organisation, now, now).await
}
