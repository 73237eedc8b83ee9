//! How far models disagree on a channel's share.

use super::{model::Model, report::AttributionReport};
use serde::Serialize;
use std::collections::BTreeMap;

/// The span of a channel's shares over models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelDisagreement {
    /// Name of the channel.
    pub channel: String,
    /// The model that gives it the least.
    pub lowest: ModelShare,
    /// The model that gives it the most.
    pub highest: ModelShare,
}

/// A channel's share of the conversions under a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ModelShare {
    /// The model.
    pub model: Model,
    /// The share.
    pub share: f64,
}

/// The span of each channel's shares over reports on the same journeys, the widest first, then by
/// name. Of models with equal shares the first reported is named. Reports without conversions say
/// nothing.
pub fn compare(reports: &[AttributionReport]) -> Vec<ChannelDisagreement> {
    let mut spans: BTreeMap<&str, (ModelShare, ModelShare)> = BTreeMap::new();
    for report in reports {
        for credit in &report.channels {
            let Some(share) = credit.share else {
                continue;
            };
            let found = ModelShare {
                model: report.model,
                share,
            };
            let (lowest, highest) = spans.entry(&credit.channel).or_insert((found, found));
            if share < lowest.share {
                *lowest = found;
            }
            if share > highest.share {
                *highest = found;
            }
        }
    }
    let mut disagreements: Vec<ChannelDisagreement> = spans
        .into_iter()
        .map(|(channel, (lowest, highest))| ChannelDisagreement {
            channel: channel.to_owned(),
            lowest,
            highest,
        })
        .collect();
    let width = |it: &ChannelDisagreement| it.highest.share - it.lowest.share;
    // A stable sort, so that equal widths stay in the order of names.
    disagreements.sort_by(|a, b| width(b).total_cmp(&width(a)));
    disagreements
}
