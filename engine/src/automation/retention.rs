//! Keeping customers: what journeys change, and how likely customers are to stay.

pub mod health;
pub mod uplift;
