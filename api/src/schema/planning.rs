//! What is asked of a plan.

use super::{
    parts::{With, list, number, object, or_null, this, this_as, whole},
    stand_ins,
};
use crate::wire::Name;
use serde_json::json;
use tessera_domain::experiments::measurement::MAX_METRICS;
use utoipa::openapi::schema::Type;

stand_ins! {
    /// [`tessera_domain::experiments::planning::Asked`].
    PowerQuestion(StatedBaseline) {
        let effect = "The relative effect that shall be found, in ten-thousandths of the base; the least that is worthwhile by the design, unless given.";
        object("What is asked of a plan.")
            .must("people_a_day", number("People who would see the experiment on a day, at full coverage.", 500.0).exclusive_minimum(Some(0)).maximum(Some(1_000_000_000)))
            .may("power_bps", whole("The chance with which an effect shall be found, in ten-thousandths.", 1_000..=9_999_u32, 8_000).default(Some(8_000.into())))
            .may("effect_bps", or_null(whole(effect, 1..=10_000_u32, 500), Type::Integer))
            .may("baselines", list("What is known of metrics; of others, what the base of the latest phase has shown.", this::<StatedBaseline>(), 0..=MAX_METRICS))
            .examples([json!({ "people_a_day": 500, "baselines": [{ "metric": "subscribed", "mean": 0.1 }] })])
    }

    /// [`tessera_domain::experiments::planning::StatedBaseline`].
    StatedBaseline(Name) {
        let deviation = number("Its standard deviation over people; not there for a share, which has its own.", 40.0).exclusive_minimum(Some(0));
        object("What is known of a metric.")
            .must("metric", this_as::<Name>("Its name."))
            .must("mean", number("Its mean over people; of a share, the share.", 0.1))
            .may("deviation", or_null(deviation, Type::Number))
    }
}
