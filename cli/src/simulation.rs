//! Simulates an org's offer: customers who come, refer, pay, miss, churn and redeem, month by
//! month, on the model of the rules that audit and fuzz use, without a network.
//!
//! Law: every amount comes from events that the model decided; behaviour alone is drawn, from the
//! scenario's seed, so the same file gives the same figures.

mod behaviour;
mod business;
mod figures;
mod print;
mod scenario;
#[cfg(test)]
mod tests;

pub use figures::{Figures, Month};
pub use print::print;
pub use scenario::{Scenario, ScenarioError};

use behaviour::Behaviour;
use business::Business;

/// Plays a scenario, month by month.
///
/// # Errors
/// [`ScenarioError`] when the program would not take the org or a plan as they are written.
pub fn simulate(scenario: &Scenario) -> Result<Figures, ScenarioError> {
    let business = Business::open(scenario)?;
    Ok(Behaviour::new(scenario, business).play())
}
