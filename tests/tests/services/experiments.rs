//! Experiments, through the API.

mod assignment;
mod designs;
mod holdouts;
mod measurement;
mod metrics;
mod phases;
mod results;
