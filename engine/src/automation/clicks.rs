//! Links that were followed in a mail, and mails that were opened. Programs do both before any person does, so
//! each event says what caused it.

use super::happened::{self, Happened};
use crate::{Engine, Result};
use tessera_domain::{
    automation::delivery::MessageToken,
    capture::note_agent,
    event::{Agent, Properties},
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    automation::{
        message,
        message_token::{TokenRow, TokenUse},
    },
};

/// Records that a link was followed or a mail opened by such a program; of each link and kind of program once,
/// so that nobody fills the event log with one link.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn note(
    engine: &Engine,
    conn: &mut PgConnection,
    (token, row): (&MessageToken, &TokenRow),
    opens: TokenUse,
    agent: Agent,
    now: Timestamp,
) -> Result<()> {
    let organisation = row.organisation;
    let rules = engine.rules.current(conn, organisation).await?;
    let Some(message) = message::sent(conn, row.message).await? else {
        return Ok(());
    };
    let address: Option<[u8; 32]> = message.address.and_then(|it| it.try_into().ok());
    let Some(address) = address else {
        return Ok(());
    };
    let mut properties = Properties::from_iter([
        ("campaign".to_owned(), message.template.into()),
        ("email_id".to_owned(), message.id.to_string().into()),
    ]);
    note_agent(agent, &mut properties);
    let happened = Happened {
        name: if opens == TokenUse::Open {
            "email_opened"
        } else {
            "email_clicked"
        },
        key: format!("{}:{}", token.text(), agent.as_str()),
        address,
        properties,
    };
    happened::record(conn, &rules, organisation, vec![happened], now).await
}
