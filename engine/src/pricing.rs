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
