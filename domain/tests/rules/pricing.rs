//! Prices: abuse, laws, and other people's figures.

mod abuse;
mod charges;
mod laws;
mod offers;
mod oracle;
mod worked;

use tessera_domain::pricing::{Currency, PriceBook, PricingContext, seed_price_book};
use tessera_domain::refusal::Refusal;

/// A dollar coin with six decimals.
fn dollars() -> Currency {
    Currency {
        mint: "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v".to_owned(),
        decimals: 6,
    }
}

fn book() -> PriceBook {
    seed_price_book(dollars())
}

fn one_unit() -> PricingContext {
    PricingContext::new(dollars())
}

/// The field that a refusal names.
fn refused_field<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    result.expect_err("a refusal").field
}
