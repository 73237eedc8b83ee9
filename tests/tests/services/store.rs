//! The store's promises.

mod accounts;
mod receipts;
mod releases;
mod standing;
mod sums;
