//! Scores, predictive models and deals.

pub mod deal;
pub mod outcome;
pub mod prediction_model;
pub mod score;
