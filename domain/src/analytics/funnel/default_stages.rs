//! The four stages of a sale.

use super::{FunnelDefinition, Mode, Step};
use crate::filter::EventFilter;

/// A quarter: a sale with a demo and a technical consultation in it seldom closes within a month.
const WINDOW_DAYS: u32 = 90;

/// The funnel that every organisation begins with: awareness, interest, consideration, conversion,
/// ordered, within 90 days, broken down by the channel of the first visit.
pub fn default_definition() -> FunnelDefinition {
    let step = |name: &str, events: &[&str]| Step {
        name: name.to_owned(),
        any_of: events
            .iter()
            .map(|event| EventFilter::named(*event))
            .collect(),
    };
    FunnelDefinition {
        mode: Mode::Ordered,
        steps: vec![
            step("awareness", &["page_viewed", "referral_clicked"]),
            step(
                "interest",
                &[
                    "whitepaper_downloaded",
                    "demo_requested",
                    "pricing_page_visited",
                ],
            ),
            step(
                "consideration",
                &[
                    "sales_demo_held",
                    "technical_consultation_held",
                    "roi_calculator_used",
                ],
            ),
            step("conversion", &["subscribed"]),
        ],
        window_secs: WINDOW_DAYS * 86_400,
        exclusions: Vec::new(),
        breakdown: Some("channel".to_owned()),
    }
}
