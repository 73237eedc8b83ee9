//! Reports of mail servers: what came back, and what readers complained about.
//!
//! Law: anybody can write such a report, so one is believed only if it knows what nobody but the servers on the
//! way and the reader of the message can know, and if it is about the address that the message went to.

use super::{
    happened::{self, Happened},
    suppressions::{digest, suppress},
};
use crate::{Caller, Engine, Result};
use serde_json::json;
use tessera_domain::{
    automation::delivery::{MessageToken, Reason, names_no_mailbox},
    time::Timestamp,
};
use tessera_mail::{Report, read_report};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{
        message::{self, AboutRow},
        message_token::{self, TokenUse},
        suppression,
    },
};
use uuid::Uuid;

/// What a report led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// It is no report.
    NoReport,
    /// It is about no message that this organisation sent to that address.
    Unknown,
    /// Mail came back for a while: it may be that the next arrives.
    SoftBounce(Uuid),
    /// Mail came back for good; the message failed.
    HardBounce(Uuid),
    /// A reader complained.
    Complaint(Uuid),
}

/// Reads a report and does what follows from it: the message failed, and nothing more is sent to an address
/// where nobody reads mail, or whose reader complained.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn note(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Noted> {
    let organisation = caller.organisation;
    let Some(report) = read_report(bytes) else {
        return Ok(Noted::NoReport);
    };
    let (Report::Bounce {
        message_id,
        envelope_token,
        recipient,
        ..
    }
    | Report::Complaint {
        message_id,
        envelope_token,
        recipient,
        ..
    }) = &report;
    // In this order everywhere: first the rules, then what keeps mail from being sent, then messages.
    let rules = engine.rules.current(conn, organisation).await?;
    suppression::lock(conn, organisation).await?;
    let recipient = match recipient {
        Some(address) => match digest(engine, organisation, address) {
            Ok(digest) => Some(digest),
            Err(_) => return Ok(Noted::Unknown),
        },
        None => None,
    };
    let by_token = by_token(conn, organisation, envelope_token.as_deref()).await?;
    let found = match (by_token, recipient) {
        (Some(row), _) => Some(row),
        // The Message-ID is seen by more people than the envelope, so the address must be known too.
        (None, Some(_)) => by_message_id(conn, message_id.as_deref()).await?,
        (None, None) => None,
    };
    let is_about = |row: &AboutRow| {
        recipient.is_none_or(|digest| row.address.as_deref() == Some(digest.as_slice()))
    };
    let Some(row) = found.filter(is_about) else {
        return Ok(Noted::Unknown);
    };
    let address: Option<[u8; 32]> = row.address.as_deref().and_then(|it| it.try_into().ok());
    let Some(address) = address else {
        return Ok(Noted::Unknown);
    };
    let (noted, kind) = match &report {
        Report::Complaint { .. } => {
            suppress(conn, organisation, &address, Reason::Complaint).await?;
            message::bounced(conn, row.id, Reason::Complaint.as_str(), None).await?;
            return Ok(Noted::Complaint(row.id));
        }
        Report::Bounce {
            is_permanent: false,
            ..
        } => (Noted::SoftBounce(row.id), "soft"),
        Report::Bounce {
            status, diagnostic, ..
        } => {
            let is_gone = names_no_mailbox(status);
            let reason = if is_gone {
                Reason::NoMailbox
            } else {
                Reason::Bounced
            };
            let shown = diagnostic.as_deref().unwrap_or(status);
            let shown: String = shown
                .replace(char::is_control, " ")
                .chars()
                .take(500)
                .collect();
            message::bounced(conn, row.id, reason.as_str(), Some(&shown)).await?;
            if is_gone {
                suppress(conn, organisation, &address, reason).await?;
            }
            (Noted::HardBounce(row.id), "hard")
        }
    };
    let properties = [
        ("campaign", row.template.clone()),
        ("email_id", row.id.to_string()),
        ("kind", kind.to_owned()),
    ];
    let happened = Happened {
        name: "email_bounced",
        key: format!("{}:{kind}", row.id),
        address,
        properties: properties
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect(),
    };
    happened::record(conn, &rules, organisation, vec![happened], now).await?;
    Ok(noted)
}

/// The message whose envelope had this token.
async fn by_token(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    token: Option<&str>,
) -> Result<Option<AboutRow>> {
    let Some(token) = token.and_then(MessageToken::parse) else {
        return Ok(None);
    };
    // Row-level security shows this organisation's alone.
    let found = message_token::find(conn, &token.digest(), TokenUse::Bounce).await?;
    match found.filter(|row| row.organisation == organisation) {
        Some(row) => Ok(message::sent(conn, row.message).await?),
        None => Ok(None),
    }
}

/// The message of a Message-ID.
async fn by_message_id(conn: &mut PgConnection, id: Option<&str>) -> Result<Option<AboutRow>> {
    let id = id.and_then(|it| it.split('@').next()?.parse().ok());
    match id {
        Some(id) => Ok(message::sent(conn, id).await?),
        None => Ok(None),
    }
}
