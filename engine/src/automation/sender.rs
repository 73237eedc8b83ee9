//! The sender: messages that are due, claimed, sent and settled.
//!
//! Law: that a message is being sent is committed before a byte of it leaves, and what came of it afterwards.
//! So a message whose sender vanished in between is known to be uncertain, and its template says whether it
//! is sent again, under the same Message-ID: none is lost, and none is sent twice without anybody knowing.

mod attempt;
mod claim;
mod compose;
mod desk;
mod rates;
mod settle;

use crate::{
    Engine, Error, Result,
    clock::now,
    work::{Kind, schedule_at, until},
};
use claim::Claimed;
use futures::StreamExt;
use serde_json::json;
use std::time::Duration;
use tessera_domain::time::Timestamp;
use tessera_store::{
    OrganisationId, PgConnection,
    automation::outbox,
    tenant,
    work::{self, Due, Work},
};

/// Messages that are sent at a time.
const AT_A_TIME: usize = 8;
/// How long mail waits for a way out.
const WITHOUT_WAY_OUT: Duration = Duration::from_secs(300);

/// Sends a page of what is due, and goes on when more is.
///
/// # Errors
/// [`Error::Store`], [`Error::Internal`].
pub(crate) async fn send(engine: &Engine, work: &Work) -> Result<()> {
    let absent = || Error::Internal("find the organisation of a message");
    let organisation = work.organisation.ok_or_else(absent)?;
    let Claimed { letters, is_full } = claim::claim(engine, organisation, now()).await?;
    let attempts: Vec<_> = letters
        .into_iter()
        .map(|letter| attempt::attempt(engine, organisation, letter))
        .collect();
    let mut settled = futures::stream::iter(attempts)
        .buffer_unordered(AT_A_TIME)
        .ready_chunks(AT_A_TIME);
    while let Some(tried) = settled.next().await {
        settle::settle(engine, organisation, &tried).await?;
    }
    go_on(engine, organisation, work, is_full).await
}

/// Makes the work due again when there is next something to do.
async fn go_on(
    engine: &Engine,
    organisation: OrganisationId,
    work: &Work,
    is_full: bool,
) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let with_mail = engine.mail.is_some();
    let next = outbox::next(&mut transaction, with_mail).await?;
    let waits = if with_mail {
        None
    } else {
        let mail = outbox::next(&mut transaction, true).await?;
        mail.map(|_| WITHOUT_WAY_OUT)
    };
    let due = next.map(|at| until(at.into(), now()));
    let due = if is_full {
        Some(Due::Now)
    } else {
        due.into_iter()
            .chain(waits.map(Due::After))
            .min_by_key(wait)
    };
    let noted = match due {
        Some(due) => work::go_on(&mut transaction, work, &json!({}), due).await?,
        None => work::finish(&mut transaction, work).await?,
    };
    if noted {
        transaction
            .commit()
            .await
            .map_err(tessera_store::StoreError::from)?;
    }
    Ok(())
}

fn wait(due: &Due) -> Duration {
    match due {
        Due::After(time) => *time,
        Due::Now | Due::OnNetwork(_) => Duration::ZERO,
    }
}

/// Schedules the organisation's sender.
pub(super) async fn schedule(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    schedule_at(conn, Kind::Send, organisation, until(at, now)).await
}
