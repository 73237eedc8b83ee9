//! Urgency, which is that of an offer: whether it is real, and what is shown of it.

use super::{choice, only, text};
use crate::{
    pricing::{Offer, Urgency},
    refusal::Refusal,
    time::Timestamp,
};
use serde_json::{Value, json};

/// How urgency is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tactic {
    /// Not at all.
    None,
    /// An end in time.
    LimitedTime,
    /// A limited stock.
    CapacityLimited,
    /// Both.
    EarlyBird,
}

impl Tactic {
    /// Whether an offer, of which so many places are taken, can be had and ends as the tactic says.
    pub fn is_real(self, offer: &Offer, taken: u64, now: Timestamp) -> bool {
        let is_of_kind = matches!(
            (self, offer.urgency),
            (Self::LimitedTime, Urgency::LimitedTime { .. })
                | (Self::CapacityLimited, Urgency::CapacityLimited { .. })
                | (Self::EarlyBird, Urgency::EarlyBird { .. })
        );
        is_of_kind && offer.available(now, taken).is_ok()
    }
}

/// What an arm of urgency shows while its offer is real, with so many places taken: also the offer's end
/// and the places that are left, as far as these end it. Without a real offer, no urgency.
pub fn shown_now(value: &Value, real: Option<(Urgency, u64)>) -> Value {
    let Some((urgency, taken)) = real else {
        return json!({ "tactic": "none" });
    };
    let mut shown = value.clone();
    let places = urgency.stock().map(|stock| stock.saturating_sub(taken));
    let added = [
        ("ends_at", urgency.ends_at().map(|end| json!(end))),
        ("places_left", places.map(|left| json!(left))),
    ];
    for (field, known) in added {
        if let (Some(known), Some(fields)) = (known, shown.as_object_mut()) {
            fields.insert(field.to_owned(), known);
        }
    }
    shown
}

pub(super) fn tactic(value: &Value) -> Result<(Tactic, Option<&str>), Refusal> {
    let names = ["none", "limited_time", "capacity_limited", "early_bird"];
    let tactics = [
        Tactic::None,
        Tactic::LimitedTime,
        Tactic::CapacityLimited,
        Tactic::EarlyBird,
    ];
    let at = choice(value, "tactic", &names)?;
    match tactics.get(at).copied().unwrap_or(Tactic::None) {
        Tactic::None => {
            only(value, &["tactic"])?;
            Ok((Tactic::None, None))
        }
        tactic => {
            only(value, &["tactic", "offer"])?;
            Ok((tactic, Some(text(value, "offer")?)))
        }
    }
}
