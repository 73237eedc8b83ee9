//! The sales engine, through its API.

mod capture;
mod checkout;
mod offers;
mod price_books;
mod quotes;
mod shop;
mod sign_in;
mod tenancy;
mod tenant;
