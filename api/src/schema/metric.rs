//! Metrics of experiments.

use super::{
    filter::EventFilter,
    parts::{
        With, amount_above_0, any_text, choice, object, or_null, switch, this, this_as,
        this_or_null, whole,
    },
    registry::NAME,
    stand_ins,
};
use serde_json::json;
use tessera_domain::experiments::metric::{MAX_COVARIATE_DAYS, MAX_WINDOW_DAYS};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, schema::Type};

const MAX_HOURS: u32 = MAX_WINDOW_DAYS * 24;

stand_ins! {
    /// [`tessera_domain::experiments::metric::Metric`].
    Metric(Measure) {
        fields(object("What an experiment measures of each person."))
            .examples([json!({
                "measure": { "mean": { "value": { "event": { "event": "charged" } } } },
                "window_hours": 336, "covariate_days": 14
            })])
    }

    /// [`tessera_domain::experiments::metric::Measure`].
    Measure(MeasuredPart, EventFilter) {
        let form = |name: &str, schema: ObjectBuilder| {
            object("").must(name, schema).max_properties(Some(1))
        };
        let part = |about: &str| this_as::<MeasuredPart>(about);
        let quantile = whole("Which quantile, in ten-thousandths.", 1..=9_999, 5_000);
        let currency = "The mint of the payments, in whole tokens; or `USD`, at the rates in force at \
            launch.";
        OneOfBuilder::new()
            .description(Some("What is measured: an object with exactly one of these fields."))
            .item(form("binomial", object("Whether there is such an event: a share of people.")
                .must("event", this::<EventFilter>())))
            .item(form("mean", object("How many such events there are, or what they add up to.")
                .must("value", part("What is added up."))))
            .item(form("ratio", object("One sum over another, over all people.")
                .must("numerator", part("What is divided."))
                .must("denominator", part("What it is divided by."))))
            .item(form("revenue", object("What the chain says was paid, net of refunds.")
                .must("currency", any_text(currency, "USD").pattern(Some("^(USD|[1-9A-HJ-NP-Za-km-z]{32,44})$")))))
            .item(form("retention", object("Whether the person acts at all in the window, a share of people.")
                .may("event", this_or_null::<EventFilter>("The act; any of their own, unless given."))))
            .item(form("quantile", object("A quantile over people.")
                .must("value", part("What is added up of each."))
                .must("quantile_bps", quantile)
                .may("ignore_zeros", switch("Whether people with a value of 0 are left out."))))
            .examples([json!({ "binomial": { "event": { "event": "subscribed" } } })])
    }

    /// [`tessera_domain::experiments::metric::Part`].
    MeasuredPart(EventFilter) {
        let property = any_text("The property whose values are added; events are counted, unless given.", "amount")
            .pattern(Some(NAME));
        object("What of a person's events is added up.")
            .must("event", this_as::<EventFilter>("Which events."))
            .may("property", or_null(property, Type::String))
            .examples([json!({ "event": { "event": "charged" } })])
    }
}

/// The fields of a metric.
pub(super) fn fields(metric: ObjectBuilder) -> ObjectBuilder {
    let window =
        "Hours for which events count after the delay; until the experiment ends, unless given.";
    let cap = "Most that a person's value counts, in units, whatever its sign.";
    let covariate = "Days before the first exposure in which the same is measured, to take out what \
        people brought along (CUPED).";
    metric
        .must("measure", this::<Measure>())
        .may(
            "better",
            choice("Which direction is an improvement.", ["higher", "lower"])
                .default(Some("higher".into())),
        )
        .may(
            "delay_hours",
            whole(
                "Hours from the first exposure before anything counts; at least 1 of retention.",
                0..=MAX_HOURS,
                24,
            )
            .default(Some(0.into())),
        )
        .may(
            "window_hours",
            or_null(whole(window, 1..=MAX_HOURS, 336), Type::Integer),
        )
        .may(
            "only_complete",
            switch("Whether people count only once their window is over; always so of retention."),
        )
        .may("cap", or_null(amount_above_0(cap, 6, "1000"), Type::String))
        .may(
            "covariate_days",
            or_null(whole(covariate, 1..=MAX_COVARIATE_DAYS, 14), Type::Integer),
        )
}
