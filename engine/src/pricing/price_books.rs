//! Price books: drafted, put in force, and never changed.

use crate::{Caller, Error, Result};
use tessera_domain::pricing::PriceBook;
use tessera_store::{
    PgConnection,
    pricing::price_book,
    rule_set::{self, RuleKind},
};

/// Adds a price book as a draft; returns the number that the organisation gives it, which replaces
/// the book's own.
///
/// # Errors
/// [`Error::Refused`] when the book could give a wrong price or none, [`Error::Store`].
pub async fn draft(conn: &mut PgConnection, caller: &Caller, book: &PriceBook) -> Result<i32> {
    book.validate()?;
    let actor = caller.actor.to_string();
    Ok(price_book::insert(conn, caller.organisation, book, &actor).await?)
}

/// Puts a price book in force, and retires the one that was. Quotes keep their price.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn publish(conn: &mut PgConnection, version: i32) -> Result<()> {
    // Read first: publishing a version that is not there would still retire the one in force.
    let row = rule_set::get(conn, RuleKind::PriceBook, version)
        .await?
        .ok_or_else(|| absent(version))?;
    if row.status != "published" {
        rule_set::publish(conn, RuleKind::PriceBook, version).await?;
    }
    Ok(())
}

/// The price book of a number, or without one the book in force.
pub(super) async fn wanted(conn: &mut PgConnection, version: Option<i32>) -> Result<PriceBook> {
    match version {
        Some(version) => price_book::get(conn, version)
            .await?
            .ok_or_else(|| absent(version)),
        None => price_book::published(conn)
            .await?
            .ok_or_else(|| Error::Conflict("no price book is published yet".to_owned())),
    }
}

fn absent(version: i32) -> Error {
    Error::not_found("price book", version)
}
