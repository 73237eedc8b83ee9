//! Inboxes that are watched: what comes to one is sent as it comes.
//!
//! Law: a watcher misses nothing and holds up nobody. It waits without a connection, wakes when something is
//! new, and then reads what came after the last message that it has seen, so what wakes it may be late, early or
//! lost. What it sends waits for its reader alone, and it ends after a while whether that reads or not, so that
//! credentials are looked at again.

mod places;

pub use places::{InboxStreamLimits, InboxStreams, Place};

use super::inbox;
use crate::{Error, Result};
use tessera_store::{
    OrganisationId, PgConnection, PgPool,
    automation::{inbox::InboxRow, inbox_stream},
    people::person::IdentifierKey,
    tenant,
};
use tokio::sync::mpsc::{self, Receiver, Sender};
use uuid::Uuid;

/// Most messages that are read at a time.
const PAGE: i64 = 50;
/// Messages that wait for a reader, beside those that were read with them.
const WAITING: usize = 8;

/// Where a watcher begins: behind which message.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// The message; nil before all.
    pub message: Uuid,
    person: Option<Uuid>,
    arrival: i64,
}

/// Finds where a watcher begins: behind the message that it has seen last, at the very beginning for the nil
/// UUID, and behind the latest message when it names none.
///
/// # Errors
/// [`Error::Refused`] of a message that is not in the inbox, [`Error::Store`].
pub async fn start(
    conn: &mut PgConnection,
    key: &IdentifierKey,
    seen: Option<Uuid>,
) -> Result<Start> {
    let person = inbox::behind(conn, key).await?;
    let nothing = Start {
        message: Uuid::nil(),
        person,
        arrival: 0,
    };
    let found = match (person, seen) {
        (_, Some(seen)) if seen.is_nil() => return Ok(nothing),
        (Some(person), seen) => inbox_stream::arrival(conn, person, seen).await?,
        (None, _) => None,
    };
    match found {
        Some((message, arrival)) => Ok(Start {
            message,
            person,
            arrival,
        }),
        None if seen.is_none() => Ok(nothing),
        None => {
            let rule = "must be the id of a message in this inbox, or the nil UUID";
            Err(Error::refused("Last-Event-ID", rule))
        }
    }
}

/// Whose inbox is watched, and with which connections.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Connections that only read.
    pub pool: PgPool,
    /// The organisation.
    pub organisation: OrganisationId,
    /// By what the inbox is known.
    pub key: IdentifierKey,
}

/// Sends what comes to an inbox, until the place's time is over, the reader is gone, or the person is erased.
pub fn follow(watched: Watched, place: Place, start: Start) -> Receiver<InboxRow> {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let mut place = place;
        let end = place.ends_at();
        tokio::select! {
            () = sender.closed() => {}
            () = tokio::time::sleep_until(end) => {}
            followed = send(&watched, &mut place, start, &sender) => {
                if let Err(error) = followed {
                    let error: &(dyn std::error::Error + 'static) = &error;
                    // Its reader asks again from where it is.
                    tracing::warn!(error, "an inbox cannot be watched any longer");
                }
            }
        }
    });
    receiver
}

async fn send(
    watched: &Watched,
    place: &mut Place,
    start: Start,
    sender: &Sender<InboxRow>,
) -> Result<()> {
    let (mut person, mut last) = (start.person, start.arrival);
    loop {
        // Marked as seen before it is read, so that what comes meanwhile wakes.
        place.note();
        let (found, rows) = {
            let _turn = place.turn().await?;
            read(watched, last).await?
        };
        if person.is_some() && found.is_none() {
            return Ok(());
        }
        person = found;
        let is_full = i64::try_from(rows.len()).is_ok_and(|it| it >= PAGE);
        for arrived in rows {
            last = arrived.arrival;
            if sender.send(arrived.row).await.is_err() {
                return Ok(());
            }
        }
        if !is_full {
            place.woken().await?;
        }
    }
}

/// The person whose inbox it is, and what came after an arrival.
async fn read(
    watched: &Watched,
    last: i64,
) -> Result<(Option<Uuid>, Vec<inbox_stream::ArrivedRow>)> {
    let mut transaction = tenant::snapshot(&watched.pool, watched.organisation).await?;
    let person = inbox::behind(&mut transaction, &watched.key).await?;
    let rows = match person {
        Some(person) => inbox_stream::after(&mut transaction, person, last, PAGE).await?,
        None => Vec::new(),
    };
    Ok((person, rows))
}
