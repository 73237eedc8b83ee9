//! What becomes of an allocation once a phase runs.

use super::assignment::{Allocation, StickyDocument, versioned};
use crate::refusal::Refusal;

impl Allocation {
    /// Refuses what only a phase settles, in what a team writes.
    ///
    /// # Errors
    /// When it names a version under which arms are remembered.
    pub fn unless_begun(&self) -> Result<(), Refusal> {
        let versions = [
            ("bucket_version", self.bucket_version),
            ("min_bucket_version", self.min_bucket_version),
        ];
        match versions.into_iter().find(|(_, version)| *version != 0) {
            Some((field, _)) => Err(Refusal::new(field, "must be left out: each phase sets it")),
            None => Ok(()),
        }
    }

    /// Settles what a phase of the experiment of this key deals by. Each phase deals again, unless the
    /// design names a seed, and remembers arms under a version of its own; with `only_new`, visitors of whom
    /// an arm of an earlier phase is remembered take no part.
    pub fn begin(&mut self, key: &str, phase: u32, only_new: bool) {
        if self.seed.is_none() {
            self.seed = Some(format!("{key}/{phase}"));
        }
        self.bucket_version = phase;
        self.min_bucket_version = if only_new { phase } else { 0 };
    }

    /// Brings coverage and weights, in ten-thousandths, up to date; what is out of range stays as it is.
    pub fn share_out(&mut self, coverage_bps: i32, weights_bps: &[i32]) {
        self.coverage_bps = u16::try_from(coverage_bps).unwrap_or(self.coverage_bps);
        for (arm, weight) in self.arms.iter_mut().zip(weights_bps) {
            arm.weight_bps = u16::try_from(*weight).unwrap_or(arm.weight_bps);
        }
    }
}

impl StickyDocument {
    /// Remembers an arm in the phase of an experiment.
    pub fn put(&mut self, experiment: &str, bucket_version: u32, arm: &str) {
        let place = versioned(experiment, bucket_version);
        self.assignments.insert(place, arm.to_owned());
    }
}
