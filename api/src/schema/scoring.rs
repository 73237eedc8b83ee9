//! Scoring models.

use super::{
    filter::EventFilter,
    parts::{With, choice, list, object, or_null, text, this, this_as, whole},
    stand_ins,
};
use serde_json::json;
use tessera_domain::leads::scoring::{
    Count, MAX_CAP, MAX_DECAY_DAYS, MAX_GROUPS, MAX_NAME_CHARS, MAX_OCCURRENCES, MAX_POINTS,
    MAX_RULES,
};
use utoipa::openapi::{OneOfBuilder, schema::Type};

stand_ins! {
    /// [`tessera_domain::leads::scoring::ScoringModel`].
    ScoringModel(ScoringGroup, ScoringRule) {
        object("A scoring model: groups, and rules that give points for events.")
            .must("groups", list(
                "The groups by which points are summed, in the order in which they are shown.",
                this::<ScoringGroup>(),
                1..=MAX_GROUPS,
            ))
            .must("rules", list("The rules that give points.", this::<ScoringRule>(), 1..=MAX_RULES))
            .examples([json!({
                "groups": [{ "name": "behavior", "cap": 100 }],
                "rules": [{
                    "id": "demo_requested",
                    "group": "behavior",
                    "when": { "event": "demo_requested" },
                    "points": 40,
                    "count": { "up_to": 1 },
                    "decay_days": 90
                }]
            })])
    }

    /// [`tessera_domain::leads::scoring::Group`].
    ScoringGroup() {
        object("Rules that are summed together.")
            .must("name", text("Unique in the model.", 1..=MAX_NAME_CHARS, "behavior"))
            .may("cap", or_null(
                whole("Most points that the group adds; no limit, unless given.", 0..=MAX_CAP, 100),
                Type::Integer,
            ))
    }

    /// [`tessera_domain::leads::scoring::Rule`].
    ScoringRule(EventFilter) {
        let at_most = object("The latest occurrences that the filter matches.")
            .must("up_to", whole("At most this many.", 1..=MAX_OCCURRENCES, 1));
        let latest = choice(
            "One, if the filter matches the latest event of its name that has the properties in \
             its conditions.",
            [Count::LATEST],
        );
        let count = OneOfBuilder::new()
            .description(Some("Which occurrences count."))
            .item(at_most)
            .item(latest);
        object("Points for events of one kind.")
            .must("id", text("Unique in the model.", 1..=MAX_NAME_CHARS, "demo_requested"))
            .must("group", text("Name of the rule's group.", 1..=MAX_NAME_CHARS, "behavior"))
            .must("when", this_as::<EventFilter>("The events that it applies to."))
            .must("points", whole(
                "Points for each occurrence that counts; negative ones are taken away.",
                -MAX_POINTS..=MAX_POINTS,
                40,
            ))
            .must("count", count)
            .may("decay_days", or_null(
                whole(
                    "Days in which points shrink to nothing; they stay, unless given.",
                    1..=MAX_DECAY_DAYS,
                    90,
                ),
                Type::Integer,
            ))
    }
}
