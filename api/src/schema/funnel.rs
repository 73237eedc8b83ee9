//! Funnels.

use super::{
    filter::EventFilter,
    parts::{With, choice, list, object, or_null, text, this, this_as, whole},
    stand_ins,
};
use serde_json::json;
use tessera_domain::analytics::funnel::{
    MAX_EXCLUSIONS, MAX_FILTERS, MAX_NAME_CHARS, MAX_STEPS, MAX_WINDOW_SECS, Mode,
};
use utoipa::openapi::schema::Type;

stand_ins! {
    /// [`tessera_domain::analytics::funnel::FunnelDefinition`].
    FunnelDefinition(FunnelStep, FunnelExclusion) {
        object("A funnel: its steps, their order, and the window of time.")
            .must("mode", choice(
                "`ordered`: one step after the other, whatever happens in between; `strict`: a \
                 person who skips a step gets no further; `unordered`: in any order.",
                [Mode::Ordered, Mode::Strict, Mode::Unordered].map(|mode| json!(mode)),
            ))
            .must("steps", list("The steps.", this::<FunnelStep>(), 2..=MAX_STEPS))
            .must("window_secs", whole(
                "An attempt's last event is at most this much later than its first, seconds.",
                1..=MAX_WINDOW_SECS,
                2_592_000,
            ))
            .may("exclusions", list(
                "Events that void an attempt.",
                this::<FunnelExclusion>(),
                0..=MAX_EXCLUSIONS,
            ))
            .may("breakdown", or_null(
                text(
                    "The property of an attempt's first event by which people are grouped.",
                    1..=MAX_NAME_CHARS,
                    "channel",
                ),
                Type::String,
            ))
            .examples([json!({
                "mode": "ordered",
                "steps": [
                    { "name": "demo", "any_of": [{ "event": "demo_requested" }] },
                    { "name": "pricing", "any_of": [{
                        "event": "pricing_page_visited",
                        "where": [{ "property": "plan", "is": "equal", "value": "institutional" }]
                    }] },
                    { "name": "subscription", "any_of": [{ "event": "subscribed" }] }
                ],
                "window_secs": 2_592_000,
                "exclusions": [{
                    "filter": { "event": "email_unsubscribed" }, "from_step": 1, "to_step": 3
                }],
                "breakdown": "channel"
            })])
    }

    /// [`tessera_domain::analytics::funnel::Step`].
    FunnelStep(EventFilter) {
        object("A step of a funnel.")
            .must("name", text("The step's name, for people.", 1..=MAX_NAME_CHARS, "demo"))
            .must("any_of", list(
                "An event that one of these matches takes the step.",
                this::<EventFilter>(),
                1..=MAX_FILTERS,
            ))
    }

    /// [`tessera_domain::analytics::funnel::Exclusion`].
    FunnelExclusion(EventFilter) {
        object("Events that void an attempt between two of its steps, counted from 1.")
            .must("filter", this_as::<EventFilter>("The events."))
            .must("from_step", whole(
                "The step after which they void it.",
                1..=MAX_STEPS - 1,
                1,
            ))
            .must("to_step", whole(
                "The step before which they void it; in an unordered funnel the last one.",
                2..=MAX_STEPS,
                3,
            ))
    }
}
