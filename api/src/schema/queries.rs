//! The options of queries and of training.

use super::{
    filter::EventFilter,
    parts::{
        With, at_least, choice, list, number, object, or_null, switch, text, this_or_null, whole,
    },
    stand_ins,
};
use serde_json::json;
use tessera_domain::{
    analytics::{attribution, lifetime_value, paths::MAX_PATH_STEPS},
    leads::prediction,
};
use utoipa::openapi::{ArrayBuilder, schema::Type};

stand_ins! {
    /// [`tessera_domain::analytics::paths::PathDefinition`].
    PathDefinition(EventFilter) {
        object("Which stretches of a person's events are paths.")
            .may("start", this_or_null::<EventFilter>(
                "Where paths begin: at the first such event of a session, which must have one; at \
                 its first event, unless given.",
            ))
            .may("end", this_or_null::<EventFilter>(
                "Where paths end: at the first such event from the start on, which must be there; \
                 with the session, unless given.",
            ))
            .must("max_steps", whole("Most steps of a path.", 2..=MAX_PATH_STEPS, 8))
            .may("session_gap_secs", or_null(
                at_least(
                    "Silence after which the next event begins another session, seconds; all \
                     events of a person are one, unless given.",
                    1,
                    1_800,
                ),
                Type::Integer,
            ))
            .examples([json!({
                "start": { "event": "page_viewed" }, "end": { "event": "subscribed" },
                "max_steps": 8, "session_gap_secs": 1_800
            })])
    }

    /// [`tessera_domain::analytics::attribution::Model`]s.
    AttributionModels() {
        let known = attribution::Model::ALL.map(attribution::Model::as_str);
        ArrayBuilder::new()
            .description(Some("Models of attribution; all of them, unless given."))
            .items(choice("A model.", known))
            .min_items(Some(1))
            .unique_items(true)
            .examples([json!(["first", "linear", "markov"])])
    }

    /// [`tessera_domain::analytics::attribution::AttributionRules`].
    AttributionRules() {
        let span = |about: &str, usual: i64| {
            whole(about, 1..=attribution::MAX_SECS, usual).default(Some(usual.into()))
        };
        let usual = attribution::AttributionRules::default();
        object("How touches are found and joined to conversions. Spans are in seconds.")
            .may("lookback_secs", span(
                "How long before a conversion a touch may lie.",
                usual.lookback_secs,
            ))
            .may("across_conversions", switch(
                "Whether a conversion also takes touches before an earlier one of the same person.",
            ))
            .may("half_life_secs", span(
                "Age at which a touch weighs half under `time_decay`.",
                usual.half_life_secs,
            ))
            .may("session_gap_secs", span(
                "Silence after which a person's next event begins another session.",
                usual.session_gap_secs,
            ))
            .examples([json!(usual)])
    }

    /// [`tessera_domain::analytics::lifetime_value::Horizon`].
    Horizon() {
        object("How far ahead value is computed, and how it is discounted.")
            .must("steps", whole(
                "Steps at whose ends the money is assumed to come in.",
                1..=lifetime_value::MAX_STEPS,
                12,
            ))
            .must("periods_per_step", number("Length of a step in periods.", 30.0)
                .exclusive_minimum(Some(0.0)))
            .must("discount_rate_per_step", number("Discount rate of a step.", 0.01)
                .minimum(Some(0.0)))
            .examples([json!({
                "steps": 12, "periods_per_step": 30.0, "discount_rate_per_step": 0.01
            })])
    }

    /// [`tessera_domain::leads::prediction::TrainingConfig`].
    TrainingConfig() {
        let usual = prediction::TrainingConfig::default();
        object("How a predictive model is trained.")
            .may("smoothing", number("Naive Bayes' smoothing, in leads.", usual.smoothing)
                .exclusive_minimum(Some(0.0))
                .default(Some(usual.smoothing.into())))
            .may("l2", number(
                "Penalty on the regression's squared coefficients, of standardised features.",
                usual.l2,
            )
                .exclusive_minimum(Some(0.0))
                .default(Some(usual.l2.into())))
            .may("min_outcomes", at_least(
                "Leads of each outcome below which it abstains.",
                0,
                50,
            ).maximum(Some(usize::MAX)).default(Some(usual.min_outcomes.into())))
            .may("keep", list(
                "Features to learn from although they separate won leads from lost ones alone.",
                text("A feature's name.", 1..=500, "had.demo_requested"),
                0..=prediction::MAX_KEPT,
            ))
            .examples([json!(usual)])
    }
}
