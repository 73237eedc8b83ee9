//! Keeping customers: what journeys change, how likely customers are to stay, and journeys to start from.

pub mod health;
pub mod preset;
pub mod uplift;
