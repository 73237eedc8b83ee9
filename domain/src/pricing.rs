//! What a customer pays and why: price books, charge models, discounts and offers.
//!
//! Laws: amounts are exact decimals, and only a step that says so rounds; every step can be
//! recomputed from the one before; what a book and its offers state is for a month, unless they
//! state a period, and follows in proportion for any other one; the price is at least the floor and
//! at most the list price, all three whole units of the book's mint; an offer whose urgency has no real end or stock cannot be
//! published.

mod book;
mod breakdown;
mod charge;
pub(crate) mod decimal_text;
mod eligibility;
mod exact;
mod kind;
mod offer;
mod quote;
mod seed;
mod token;

pub use book::{
    Currency, Discount, MAX_CONDITIONS, MAX_DISCOUNTS, MAX_PRICES, MAX_SEGMENTS, PeriodPrice,
    PriceBook, Segment, Stacking, StackingMode,
};
pub use breakdown::{Operation, PriceBreakdown, Reason, Step};
pub use charge::{
    ChargeLine, ChargeModel, MAX_TIERS, MAX_TRANSACTIONS, MAX_USAGE_DECIMALS, Tier, Usage,
};
pub use eligibility::{Condition, Flag, MAX_QUANTITY, PricingContext};
pub use exact::{MAX_AMOUNT, MAX_FACTOR_DECIMALS, MAX_MINT_DECIMALS, MAX_UNIT_PRICE_DECIMALS};
pub use offer::{
    MAX_OFFER_CODE_BYTES, MAX_STOCK, Offer, OfferClaim, OfferRefusal, Reduction, Urgency,
    is_offer_code,
};
pub use quote::price;
pub use seed::seed_price_book;
pub use token::{to_token_units, within_plan};
