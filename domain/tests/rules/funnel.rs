//! Funnels against `ClickHouse`, against every attempt there is, and against their laws.

mod attempts;
mod entries;
mod laws;
mod oracle;

use tessera_domain::{
    analytics::funnel::{FunnelDefinition, Mode, Step},
    filter::EventFilter,
};

/// A funnel whose step takes the events named by the letters of its text.
fn definition(mode: Mode, steps: &[&str], window_secs: u32) -> FunnelDefinition {
    FunnelDefinition {
        mode,
        steps: steps
            .iter()
            .map(|letters| Step {
                name: (*letters).to_owned(),
                any_of: letters.chars().map(EventFilter::named).collect(),
            })
            .collect(),
        window_secs,
        exclusions: Vec::new(),
        breakdown: None,
    }
}
