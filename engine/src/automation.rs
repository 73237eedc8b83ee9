//! Follow-up that runs itself.

pub mod journeys;
