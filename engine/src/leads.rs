//! Who is likely to buy: models that are compared with the outcomes of past leads, and trained on
//! them.

mod backtest;
pub mod deals;
mod history;
mod job;
mod progress;
pub mod ranking;
pub mod scoring_models;
mod train;
mod training;

pub use backtest::{BacktestComparison, BacktestReport};
pub use job::{JobRequest, request};
pub(crate) use job::{give_up, perform};
pub use train::known;
pub use training::{Abstention, TrainedVersion, Training};
