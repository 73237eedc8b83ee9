//! Who is likely to buy: scores by rules, probabilities by trained models, and deals.

pub mod deals;
pub mod prediction;
pub mod scoring;
