//! Who is behind the events.

mod address;
mod erase;
mod holders;
mod identify;
pub mod merge;
mod personal_traits;
pub mod segment;

pub(crate) use address::{proved_addresses, stated_address};
pub use erase::erase;
pub(crate) use holders::holders;
pub use identify::{Claim, alias, identify};
pub(crate) use identify::{Identified, claimed};
pub use personal_traits::personal_traits;
pub(crate) use personal_traits::{opened, opened_of};

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
