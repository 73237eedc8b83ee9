//! What recommendation models learn from.

use super::{
    parts::{With, any_text, choice, list, number, object, text, whole},
    stand_ins,
};
use serde_json::json;
use tessera_domain::automation::recommendation::{
    MAX_LEARNED_DAYS, MAX_SHOWN, MAX_SOURCES, MAX_WEIGHT,
};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder};

stand_ins! {
    /// [`tessera_domain::automation::recommendation::LearningRules`].
    RecommendationRules() {
        let weight = || number("How much it says.", 1.0).exclusive_minimum(Some(0)).maximum(Some(MAX_WEIGHT));
        let kind = |name: &str, about: &str| object(about)
            .must("kind", choice("The kind.", [name]))
            .must("weight", weight());
        let source = OneOfBuilder::new()
            .description(Some("What counts as taking an item; each one once."))
            .item(kind("plan_taken", "A subscription to a plan."))
            .item(kind("plan_upgraded", "A payment under another plan than the one before it."))
            .item(kind("product_event", "An event with a property that names an item.")
                .must("event", any_text("The event.", "product_viewed").pattern(Some("^[a-z][a-z0-9_]{0,63}$")))
                .must("property", text("The property.", 1..=100, "product")));
        object("What models learn from, and how they are trained.")
            .must("interactions", list("What counts as taking an item.", source, 1..=MAX_SOURCES))
            .may("group", choice("The trait by whose groups popularity is counted too.", ["segment", "country"]))
            .must("days", whole("How many days of the past are learned from.", 2..=MAX_LEARNED_DAYS, 365))
            .must("holdout_days", whole("The last days, whose choices methods are compared by; fewer than `days`.", 1..=MAX_LEARNED_DAYS - 1, 30))
            .may("settings", settings())
            .examples([json!({
                "interactions": [
                    { "kind": "plan_taken", "weight": 5.0 },
                    { "kind": "product_event", "event": "product_viewed", "property": "product", "weight": 1.0 }
                ],
                "days": 365,
                "holdout_days": 30
            })])
    }
}

fn settings() -> ObjectBuilder {
    let between = |about: &str, from: f64, to: f64, example: f64| {
        number(about, example).minimum(Some(from)).maximum(Some(to))
    };
    object("How a model is trained; what is left out is usual.")
        .may(
            "shown",
            whole(
                "How many are shown at a time, which is what methods are compared by.",
                1..=MAX_SHOWN,
                3,
            ),
        )
        .may(
            "half_life_days",
            whole(
                "Days after which a choice counts half as much for popularity.",
                1..=3_650,
                90,
            ),
        )
        .may(
            "neighbours",
            whole("Most neighbours of an item.", 1..=100, 20),
        )
        .may(
            "shrinkage",
            between(
                "People by which counts of pairs are shrunk.",
                0.0,
                10_000.0,
                10.0,
            ),
        )
        .may(
            "factors",
            whole("Factors of a person and of an item.", 1..=64, 8),
        )
        .may(
            "iterations",
            whole("Rounds of alternating least squares.", 1..=50, 15),
        )
        .may(
            "regularisation",
            between("Penalty on squared factors.", 0.001, 10_000.0, 0.1),
        )
        .may(
            "alpha",
            between(
                "Confidence that a weight of 1 adds to that of an item that was not taken.",
                0.001,
                1_000.0,
                40.0,
            ),
        )
        .may(
            "seed",
            whole(
                "Where the factors of items begin, and who is tested where too many could be.",
                0..=u32::MAX,
                0,
            ),
        )
}
