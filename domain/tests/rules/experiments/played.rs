//! Whole experiments, played from what a measurement keeps to the decision: how often those err whose truth
//! is known, and whether what breaks them is found.

mod bandit;
mod errors;
mod harm;
mod play;
