//! What a mining farm earns, and what a plan that makes it better is worth to it: a calculation from stated
//! inputs alone, with no price or difficulty of our own.
//!
//! A farm of `H` TH/s finds `H * 10^12 * 86,400 / (D * 2^32)` blocks a day on a network of difficulty `D`,
//! since a block takes `D * 2^32` hashes on average (Rosenfeld, "Analysis of Bitcoin Pooled Mining Reward
//! Systems", arXiv:1112.4980, section 2). Where a network's hash rate `N` is stated in place of its
//! difficulty, they are `H / N * 86,400 / block_secs`: the share of the blocks that come. Each block pays
//! reward and fees; the pool keeps its fee; a farm works, and draws power, for the part of the time that is
//! its uptime. All of it is an expectation: what a solo miner finds varies widely around it.
//!
//! Everything is decimal. What is shown is rounded once, half away from zero, and what is undefined is null
//! with a reason.

mod answer;
mod arithmetic;
mod daily;
mod forecast;
mod inputs;
mod plan;
mod report;
mod sensitivity;
mod tornado;

pub use answer::{Answer, Undefined};
pub use daily::Daily;
pub use forecast::{Forecast, HORIZON_MONTHS};
pub use inputs::{Inputs, Network, PlanEffect};
pub use plan::PlanValue;
pub use report::{MONEY_DECIMALS, Report, report};
pub use sensitivity::{Cell, STEPS_PERCENT};
pub use tornado::{Bar, Input};
