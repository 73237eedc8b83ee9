//! What may change while an experiment runs, and which experiments may run side by side.

use super::allocation::Allocation;
use crate::refusal::Refusal;

impl Allocation {
    /// Refuses to follow `before` with anything but a larger coverage, which moves nobody who has an arm.
    ///
    /// # Errors
    /// When the coverage does not grow, or anything else differs.
    pub fn unless_grown(&self, before: &Self) -> Result<(), Refusal> {
        const CODE: &str = "allocation_runs";
        if self.coverage_bps <= before.coverage_bps {
            let rule = format!("must be more than now, which is {}", before.coverage_bps);
            return Err(Refusal::coded(CODE, "coverage_bps", rule));
        }
        let grown = Self {
            coverage_bps: self.coverage_bps,
            ..before.clone()
        };
        if *self == grown {
            return Ok(());
        }
        let rule = "must stay as it is while the experiment runs, except for coverage_bps";
        Err(Refusal::coded(CODE, "", rule))
    }

    /// Refuses to run beside `others` of its namespace that could hold the same identifier.
    ///
    /// # Errors
    /// When one of them shares a place with it, or shares places out by another identifier.
    pub fn unless_apart<'a>(
        &self,
        others: impl IntoIterator<Item = &'a Self>,
    ) -> Result<(), Refusal> {
        const CODE: &str = "namespace_taken";
        let Some(namespace) = &self.namespace else {
            return Ok(());
        };
        for other in others {
            let Some(taken) = other
                .namespace
                .as_ref()
                .filter(|it| it.key == namespace.key)
            else {
                continue;
            };
            if other.hash_attribute != self.hash_attribute {
                let rule = format!(
                    "must be {}, as in the other experiments of the namespace",
                    other.hash_attribute.name()
                );
                return Err(Refusal::coded(CODE, "hash_attribute", rule));
            }
            if taken.overlaps(namespace) {
                let rule = format!(
                    "must leave {} to {} to another experiment",
                    taken.from_bps, taken.to_bps
                );
                return Err(Refusal::coded(CODE, "namespace", rule));
            }
        }
        Ok(())
    }
}
