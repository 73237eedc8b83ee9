//! Businesses that the model runs: valid receipts in chain order, the tokens that they move, and the
//! accounts that they make, without a network.

mod business;
mod history;

pub use business::{Business, Left, Size};
pub use history::{Reader, Record, Writer};
