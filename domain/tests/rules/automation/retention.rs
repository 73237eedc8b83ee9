//! Keeping customers: what journeys change, how likely customers are to stay, and journeys to start from.

mod health;
mod presets;
mod uplift;
