//! Tokens of the links in messages, by digest: which message one is of, and where it leads.

use crate::{OrganisationId, Result};
use sqlx::PgConnection;
use uuid::Uuid;

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// What the person wants to be sent.
    Choose,
    /// The address that reports about the message go to.
    Bounce,
    /// A page.
    Link,
    /// A picture that is loaded when the message is opened.
    Open,
}

impl TokenUse {
    /// Its name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Choose => "choose",
            Self::Bounce => "bounce",
            Self::Link => "link",
            Self::Open => "open",
        }
    }
}

/// A token to add.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Of its text.
    pub digest: [u8; 32],
    /// The message that it is in.
    pub message: Uuid,
    /// What it opens.
    pub opens: TokenUse,
    /// Where it leads, if it is a link.
    pub target: Option<String>,
}

/// What is behind a token.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The message.
    pub message: Uuid,
    /// Where it leads.
    pub target: Option<String>,
}

/// Adds tokens.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    tokens: &[NewToken],
) -> Result<()> {
    let digests: Vec<&[u8]> = tokens.iter().map(|it| it.digest.as_slice()).collect();
    let messages: Vec<Uuid> = tokens.iter().map(|it| it.message).collect();
    let kinds: Vec<&str> = tokens.iter().map(|it| it.opens.as_str()).collect();
    let targets: Vec<Option<&str>> = tokens.iter().map(|it| it.target.as_deref()).collect();
    sqlx::query!(
        "insert into engine.message_token (digest, organisation, message, kind, target)
         select digest, $1, message, kind, target
         from unnest($2::bytea[], $3::uuid[], $4::text[], $5::text[]) new (digest, message, kind, target)",
        organisation.0,
        &digests as _,
        &messages,
        &kinds as _,
        &targets as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is behind the token of a digest. For a plain connection: the organisation is not known before.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn find(
    conn: &mut PgConnection,
    digest: &[u8; 32],
    opens: TokenUse,
) -> Result<Option<TokenRow>> {
    Ok(sqlx::query_as!(
        TokenRow,
        r#"select organisation as "organisation: OrganisationId", message, target
           from engine.message_token where digest = $1 and kind = $2"#,
        digest.as_slice(),
        opens.as_str(),
    )
    .fetch_optional(conn)
    .await?)
}
