//! Price books: versions of all prices, numbered within an organisation. The stored body carries
//! its own number.

use crate::{
    OrganisationId, Result,
    access::organisation,
    rule_set::{self, RuleKind},
    rules::stored,
};
use sqlx::PgConnection;
use tessera_domain::pricing::PriceBook;

/// Adds a book as the next version, as a draft; returns its number, which replaces the book's own.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    book: &PriceBook,
    created_by: &str,
) -> Result<i32> {
    // One transaction at a time, so that no number is given out twice.
    organisation::lock(conn, organisation).await?;
    Ok(sqlx::query_scalar!(
        "insert into engine.rule_set (organisation, kind, version, body, status, created_by)
         select $1, $2, next.version, jsonb_set($3, '{version}', to_jsonb(next.version)), 'draft', $4
         from (select coalesce(max(version), 0) + 1 as version
               from engine.rule_set where organisation = $1 and kind = $2) next
         returning version",
        organisation.0,
        RuleKind::PriceBook.as_str(),
        sqlx::types::Json(book) as _,
        created_by,
    )
    .fetch_one(conn)
    .await?)
}

/// One version.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn get(conn: &mut PgConnection, version: i32) -> Result<Option<PriceBook>> {
    let found = rule_set::get(conn, RuleKind::PriceBook, version).await?;
    found.map(|set| stored(set.body, "price book")).transpose()
}

/// The version in force.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn published(conn: &mut PgConnection) -> Result<Option<PriceBook>> {
    let found = rule_set::published(conn, RuleKind::PriceBook).await?;
    found.map(|set| stored(set.body, "price book")).transpose()
}
