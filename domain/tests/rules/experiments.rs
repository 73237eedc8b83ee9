//! Experiments: what is kept of people and arms, who sees which arm, and what may be concluded.

mod assignment;
mod bandit;
pub(crate) mod chance;
mod corrected;
mod decisions;
mod designs;
mod factorial;
mod health;
mod inference;
mod measurement;
mod metrics;
mod mismatch;
mod multiplicity;
mod planning;
mod played;
mod policy;
mod presets;
mod shown;
mod stage;

use tessera_domain::experiments::results::{Observed, Results, new_readings, results};

/// What a phase shows once the regular look has kept what was to be read.
fn looked_at(observed: Observed<'_>) -> Results {
    let readings = [observed.readings, &new_readings(&observed)].concat();
    results(&Observed {
        readings: &readings,
        ..observed
    })
}
