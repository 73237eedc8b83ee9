//! What can be asked for together, and what visitors may say of themselves.

use super::{Features, Visitor, Wanted};
use std::collections::BTreeSet;
use tessera_domain::{capture::check_properties, event::Properties, refusal::Refusal};
use tessera_store::experiments::live::Live;

/// Most visitors times features of a request; a holdout counts as a feature.
pub const MAX_ASKED: usize = 10_000;
/// As [`MAX_ASKED`], when they are shown: as many events as a request may capture.
pub const MAX_EXPOSED: usize = 1_000;

/// Refuses what is too much together.
pub(super) fn check_extent(
    live: &Live,
    visitors: usize,
    wanted: Wanted<'_>,
) -> Result<(), Refusal> {
    let asked = match wanted.features {
        Features::All => live.payload.keys().count(),
        Features::Named(keys) | Features::Only(keys) => keys.len(),
    };
    let features = asked + usize::from(live.holdout.is_some());
    let most = if wanted.expose {
        MAX_EXPOSED
    } else {
        MAX_ASKED
    };
    let fitting = (most / features.max(1)).max(1);
    if visitors <= fitting {
        return Ok(());
    }
    let rule = format!(
        "must have at most {fitting} visitors for {features} features, since both multiply to at most {most}"
    );
    Err(Refusal::new("visitors", rule))
}

/// Refuses properties that exposures would keep and that no event may have.
pub(super) fn check_kept(live: &Live, visitors: &[Visitor]) -> Result<(), Refusal> {
    let dimensions: BTreeSet<&str> = live
        .running()
        .flat_map(|it| &it.design.dimensions)
        .map(|it| it.property.as_str())
        .collect();
    for (at, visitor) in visitors.iter().enumerate() {
        let properties = visitor.properties.iter();
        let kept = properties.filter(|(name, _)| dimensions.contains(name.as_str()));
        let kept: Properties = kept
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !kept.is_empty() {
            check_properties(&kept, &format!("visitors[{at}].properties"))?;
        }
    }
    Ok(())
}
