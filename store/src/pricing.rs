//! Price books, offers and quotes.

pub mod checkout;
pub mod offer;
pub mod offer_hold;
pub mod price_book;
pub mod quote;
