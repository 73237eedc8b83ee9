//! Which part of the event log a measurement follows from.

use super::{EXPOSED_EVENT, Measurement};
use crate::{experiments::metric::Metric, time::Timestamp};

impl Measurement {
    /// Names of the events that can change a state; empty where any may.
    pub fn names(&self) -> Vec<String> {
        let mut names = vec![EXPOSED_EVENT];
        for metric in &self.metrics {
            match metric.names() {
                Some(more) => names.extend(more),
                None => return Vec::new(),
            }
        }
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(str::to_owned).collect()
    }

    /// The first moment whose events can change a state.
    pub fn since(&self) -> Timestamp {
        let covariates = self.metrics.iter().map(Metric::covariate_micros);
        let longest = covariates.max().unwrap_or_default();
        let since = Timestamp(self.starts_at.0.saturating_sub(longest));
        self.only_new_since.map_or(since, |first| first.min(since))
    }
}
