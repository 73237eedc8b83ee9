//! Experiments, through the API.

mod asking;
mod assignment;
mod closing;
mod designs;
mod holdouts;
mod looks;
mod measurement;
mod metrics;
mod pages;
mod phases;
mod planning;
mod presets;
mod proof;
mod quotes;
mod races;
mod recount;
mod reports;
mod results;
mod returning;
mod sdks;
