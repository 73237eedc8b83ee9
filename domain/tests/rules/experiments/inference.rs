//! What an experiment may conclude: its laws, other people's answers, and how often it errs.

mod cases;
mod fixture;
mod generator;
mod laws;
mod oracle;
mod quantile_laws;
mod simulation;
