//! Experiments, through the API.

mod assignment;
mod designs;
mod holdouts;
mod looks;
mod measurement;
mod metrics;
mod phases;
mod planning;
mod presets;
mod proof;
mod quotes;
mod recount;
mod reports;
mod results;
mod sdks;
