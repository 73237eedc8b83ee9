//! What a person wants to be sent, by the link in a message: only a person who got the message has the link.

use super::suppressions::{people_of, suppress};
use crate::{Engine, Error, Result};
use tessera_domain::automation::delivery::{MessageToken, Reason};
use tessera_store::{
    OrganisationId, PgConnection, StoreError, Transaction,
    access::organisation,
    automation::{
        message,
        message_token::{self, TokenRow, TokenUse},
        suppression, template,
    },
    tenant,
};

/// What a person is sent, and by which organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// The organisation's name.
    pub organisation: String,
    /// The topics that there are, each with whether it is wanted.
    pub topics: Vec<(String, bool)>,
    /// Whether marketing is refused altogether.
    pub unsubscribed: bool,
}

/// What a person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// No marketing.
    Unsubscribe,
    /// These topics, and no others; marketing again, if it was refused.
    Topics(Vec<String>),
}

/// What is behind a token. For a plain connection.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn find(engine: &Engine, token: &MessageToken, opens: TokenUse) -> Result<TokenRow> {
    let mut conn = engine.pool.acquire().await.map_err(StoreError::from)?;
    let found = message_token::find(&mut conn, &token.digest(), opens).await?;
    found.ok_or_else(|| Error::not_found("link", "of this token"))
}

/// What the person of a token is sent. Changes nothing: programs follow every link of a mail.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn show(engine: &Engine, token: &MessageToken) -> Result<Preferences> {
    let row = find(engine, token, TokenUse::Choose).await?;
    let mut transaction = tenant::snapshot(&engine.pool, row.organisation).await?;
    let digest = address(&mut transaction, &row).await?;
    current(&mut transaction, &digest).await
}

/// Does what the person of a token chose, and cancels what they are not to be sent any more, in the given
/// transaction of the token's organisation.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn choose(
    transaction: &mut Transaction,
    row: &TokenRow,
    choice: Choice,
) -> Result<Preferences> {
    let organisation = row.organisation;
    let conn = &mut **transaction;
    suppression::lock(conn, organisation).await?;
    let digest = address(conn, row).await?;
    match choice {
        Choice::Unsubscribe => {
            suppress(conn, organisation, &digest, Reason::Unsubscribed).await?;
        }
        Choice::Topics(wanted) => want(conn, organisation, &digest, &wanted).await?,
    }
    current(conn, &digest).await
}

async fn want(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    digest: &[u8],
    wanted: &[String],
) -> Result<()> {
    let known = template::topics(conn).await?;
    let refused: Vec<String> = known
        .iter()
        .filter(|topic| !wanted.contains(topic))
        .cloned()
        .collect();
    suppression::remove(conn, digest, Some("unsubscribed")).await?;
    suppression::refuse_topics(conn, organisation, digest, &known, &refused).await?;
    let people = people_of(conn, digest).await?;
    let reason = Reason::TopicRefused.as_str();
    message::cancel(conn, &people, None, Some(&refused), reason).await?;
    Ok(())
}

async fn current(conn: &mut PgConnection, digest: &[u8]) -> Result<Preferences> {
    let refused = suppression::refused_topics(conn, digest).await?;
    let topics = template::topics(conn).await?;
    let found = suppression::in_the_way(conn, digest, "").await?;
    Ok(Preferences {
        organisation: organisation::current(conn).await?.name,
        topics: topics
            .into_iter()
            .map(|topic| {
                let is_wanted = !refused.contains(&topic);
                (topic, is_wanted)
            })
            .collect(),
        unsubscribed: found.suppression.is_some(),
    })
}

/// The digest of the address that the message of a token went to.
async fn address(conn: &mut PgConnection, row: &TokenRow) -> Result<Vec<u8>> {
    let address = message::address(conn, row.message).await?;
    address.ok_or_else(|| Error::not_found("link", "of this token"))
}
