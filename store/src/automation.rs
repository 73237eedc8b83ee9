//! Journeys, and the runs of people through them.

pub mod journey;
pub mod journey_clock;
pub mod journey_flow;
pub mod journey_run;
