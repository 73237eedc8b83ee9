//! Who is likely to buy: models that are compared with the outcomes of past leads, and trained on
//! them.

mod backtest;
pub mod deals;
mod history;
pub mod ranking;
pub mod scoring_models;
mod train;
mod training;

pub(crate) use backtest::backtest;
pub use backtest::{BacktestComparison, BacktestReport};
pub(crate) use scoring_models::absent;
pub use train::known;
pub(crate) use train::train;
pub(crate) use training::NewModel;
pub use training::{Abstention, TrainedVersion, Training};
