//! Exposures: events that say which arm a person saw.

use super::{Dimension, DimensionValue, Measurement};
use crate::{
    capture::reason,
    event::{Agent, Event, Properties},
    refusal::Refusal,
};
use serde_json::Value;
use std::borrow::Cow;

/// Name of the event.
pub const EXPOSED_EVENT: &str = "experiment_exposed";
/// Property with the experiment's key.
pub const EXPERIMENT_PROPERTY: &str = "experiment";
/// Property with the arm's key.
pub const ARM_PROPERTY: &str = "arm";
/// Property with the number of the phase; without it, the event is of the phase of its time.
pub const PHASE_PROPERTY: &str = "phase";

/// The place, beyond those of all arms, of what was seen in an earlier phase.
pub(super) const EARLIER_PHASE: usize = u8::MAX as usize;

/// Refuses properties of an exposure that cannot say what a person saw.
///
/// # Errors
/// When the experiment or the arm is no text, or is not there.
pub fn check_exposure(properties: &Properties) -> Result<(), Refusal> {
    for name in [EXPERIMENT_PROPERTY, ARM_PROPERTY] {
        let field = format!("properties.{name}");
        match properties.get(name).filter(|it| !it.is_null()) {
            Some(Value::String(_)) => {}
            Some(_) => return Err(Refusal::coded(reason::WRONG_TYPE, field, "must be text")),
            None => {
                let rule = "must be there for this event";
                return Err(Refusal::coded(reason::MISSING_FIELD, field, rule));
            }
        }
    }
    Ok(())
}

/// The experiment, the arm and, where it is stated, the phase of an exposure.
pub fn exposure_of(event: &Event) -> Option<(&str, &str, Option<u64>)> {
    if event.name != EXPOSED_EVENT {
        return None;
    }
    let text = |name: &str| event.properties.get(name)?.as_str();
    let phase = event.properties.get(PHASE_PROPERTY);
    let phase = phase.and_then(|it| it.as_u64().or_else(|| it.as_str()?.parse().ok()));
    Some((text(EXPERIMENT_PROPERTY)?, text(ARM_PROPERTY)?, phase))
}

impl Measurement {
    /// The place of the arm that an event says a person saw; none when it is no exposure of the phase, one
    /// to an arm that the phase does not have, or a machine's. In a phase for new people, an exposure to any
    /// arm of an earlier phase has the place [`EARLIER_PHASE`].
    pub(super) fn exposed(&self, event: &Event) -> Option<usize> {
        if event.name != EXPOSED_EVENT || self.is_over(event.at) {
            return None;
        }
        let of = |name: &str| event.properties.get(name).filter(|it| !it.is_null());
        if of(EXPERIMENT_PROPERTY)?.as_str()? != self.experiment
            || Agent::of(&event.properties) == Agent::Machine
        {
            return None;
        }
        let arm = of(ARM_PROPERTY)?.as_str()?;
        let begun = event.at >= self.starts_at;
        let phase = match of(PHASE_PROPERTY) {
            None if begun => self.phase,
            None => self.phase.saturating_sub(1),
            Some(Value::String(text)) => text.parse().ok()?,
            Some(number) => number.as_u64()?.try_into().ok()?,
        };
        if phase < self.phase {
            return self.only_new_since.map(|_| EARLIER_PHASE);
        }
        let is_of_phase = begun && phase == self.phase;
        let place = || self.arms.iter().position(|key| key == arm);
        is_of_phase.then(place).flatten()
    }

    /// The values of the dimensions in an exposure: of a text the text, of anything else its JSON.
    pub(super) fn dimension_values(&self, exposure: &Event) -> Vec<DimensionValue> {
        let of = |dimension: &Dimension| match exposure.properties.get(&dimension.property) {
            None | Some(Value::Null) => DimensionValue::Absent,
            Some(value) => {
                let text = match value {
                    Value::String(text) => Cow::Borrowed(text),
                    other => Cow::Owned(other.to_string()),
                };
                let place = dimension.values.iter().position(|listed| *listed == *text);
                place.map_or(DimensionValue::Other, DimensionValue::Listed)
            }
        };
        self.dimensions.iter().map(of).collect()
    }
}
