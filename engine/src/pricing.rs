//! Prices: from a purchase to what it costs, to what a customer is promised, and to the transaction
//! by which the chain keeps the promise.

pub mod offers;
pub mod price_books;

mod accept;
mod authority;
mod blockhash;
mod buyer;
mod checkout;
mod estimate;
mod issue;
mod purchase;
mod record;

pub use accept::{accept, quote};
pub use blockhash::{Blockhashes, Chain, Unreachable};
pub use estimate::{Imagined, estimate};
pub use issue::{Issued, Unsigned, Wanted, issue};
pub use purchase::offer_inside;

use crate::{Error, Result};
use tessera_domain::refusal::Refusal;

/// Refuses all fields that break a rule together.
fn unless_refused(refusals: Vec<Refusal>) -> Result<()> {
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(refusals))
    }
}
