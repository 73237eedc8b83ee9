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
mod quotes;
mod results;
mod sdks;
