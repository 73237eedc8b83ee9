//! Who is behind the events.

mod erase;
mod identify;
pub mod merge;
mod personal_traits;
pub mod segment;

pub use erase::erase;
pub(crate) use identify::claimed;
pub use identify::{Claim, alias, identify};
pub(crate) use personal_traits::opened;
pub use personal_traits::personal_traits;

use crate::{Error, Result};
use tessera_store::{
    PgConnection,
    people::person::{self, PersonRow},
};
use uuid::Uuid;

/// The person behind `id` after all merges.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn canonical(conn: &mut PgConnection, id: Uuid) -> Result<PersonRow> {
    let person = person::get(conn, id).await?;
    person.ok_or_else(|| Error::not_found("person", id))
}
