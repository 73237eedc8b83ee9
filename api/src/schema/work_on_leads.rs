//! Salespeople's hours and absences, and what is promised of tasks.

use super::{
    parts::{With, any_text, choice, list, object, or_null, text, whole},
    stand_ins,
};
use serde_json::json;
use std::collections::BTreeSet;
use tessera_domain::capture::{PERSONAL_TRAITS, PUBLIC_TRAITS};
use tessera_domain::leads::{
    deals::{
        Stage,
        pipeline::{DEAL_FIELDS, LEAD_FIELDS, MAX_REQUIREMENTS, MAX_STAGES, MAX_TITLE_CHARS},
    },
    tasks::{MAX_ESCALATIONS, MAX_TASK_SECS},
    working_hours::{MAX_HOLIDAYS, MAX_HOURS_A_DAY},
};
use utoipa::openapi::{KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, schema::Type};

/// The pattern of [`tessera_domain::capture::is_name`].
const NAME: &str = "^[a-z][a-z0-9_]{0,63}$";
/// A decimal number as text.
const DECIMAL: &str = r"^-?[0-9]{1,20}(\.[0-9]{1,8})?$";
const TIME: &str = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

stand_ins! {
    /// [`tessera_domain::leads::working_hours::WorkingHours`].
    WorkingHours() {
        let time = |about: &str, example: &str| any_text(about, example).pattern(Some(TIME));
        let hours = || object("Hours of a day; a night is two stretches, of two days.")
            .must("from", time("The first open minute.", "09:00"))
            .must("until", time("The first closed one, later than `from`.", "17:30"));
        let week = DAYS.iter().fold(
            object("The open hours of each day, in their order; none on a day that is not named. Some day has hours."),
            |week, day| week.may(day, list("Its hours.", hours(), 0..=MAX_HOURS_A_DAY)),
        );
        let day = any_text("A day.", "2026-12-25").pattern(Some("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"));
        object("When a member works.")
            .must("zone", any_text("A time zone of the IANA database, whose clocks count.", "Europe/Berlin"))
            .must("week", week)
            .may("holidays", list("Days on which nobody works.", day, 0..=MAX_HOLIDAYS))
            .examples([json!({
                "zone": "Europe/Berlin",
                "week": { "monday": [{ "from": "09:00", "until": "17:30" }] },
                "holidays": ["2026-12-25"]
            })])
    }

    /// [`tessera_domain::leads::routing::Away`].
    Absence() {
        let moment = |about: &str, example: &str| any_text(about, example)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        object("An absence.")
            .must("from", moment("Its first moment.", "2026-12-21T00:00:00Z"))
            .must("until", moment("The moment of the return, later than `from`.", "2027-01-04T00:00:00Z"))
    }

    /// [`tessera_domain::leads::tasks::TaskPolicy`].
    TaskPolicy() {
        let to = OneOfBuilder::new()
            .description(Some("Who hears of it."))
            .item(object("The manager of the task's owner; the team's queue where there is none.")
                .must("kind", constant("manager")))
            .item(object("A queue.")
                .must("kind", constant("queue"))
                .must("name", name("Its name.", "supervisors")));
        let escalation = object("What happens while a task is late.")
            .must("late_secs", whole("How late it is then, seconds of working time; each later than the one before.",
                0..=MAX_TASK_SECS, 7_200))
            .must("to", to);
        object("What is promised of a kind of task.")
            .must("kind", name("The kind.", "first_call"))
            .must("due_secs", whole("By when it is to be done, seconds of its owner's working time.",
                1..=MAX_TASK_SECS, 14_400))
            .may("escalations", list("What happens while it is late, in order.", escalation, 0..=MAX_ESCALATIONS))
            .examples([json!({
                "kind": "first_call",
                "due_secs": 14_400,
                "escalations": [{ "late_secs": 7_200, "to": { "kind": "manager" } }]
            })])
    }

    /// [`tessera_domain::leads::deals::pipeline::Pipeline`].
    DealPipeline() {
        let requirement = object("A field that must be known, and what it must be. Not both `at_least` and `one_of`.")
            .must("of", choice("What has the field: the deal, or its lead, whose traits count too.", ["deal", "lead"]))
            .must("field", choice("The field.", fields()))
            .may("at_least", or_null(
                any_text("The least that it may be, if it is a number.", "10000").pattern(Some(DECIMAL)), Type::String))
            .may("one_of", list("What it may be; anything, unless given.", text("A value.", 1..=100, "institution"), 0..=100));
        let stage = object("A stage.")
            .must("name", name("Its name, unique in the pipeline.", "security_review"))
            .must("title", text("Its name for people.", 1..=MAX_TITLE_CHARS, "Security review"))
            .must("stands_for", choice("The stage of every deal that it counts as.", Stage::ALL.map(Stage::as_str)))
            .may("next", list("The names of the stages that a deal can reach from it.", name("A stage.", "won"), 0..=MAX_STAGES))
            .may("requires", list("What must be known before a deal enters it.", requirement, 0..=MAX_REQUIREMENTS));
        object("The stages of a pipeline. Deals begin in the first, which stands for `new`. Every stage can be reached from it and leads to one that is won or lost. Each move is one that a deal without a pipeline can make, or leads to a stage that stands for the same.")
            .must("stages", list("The stages.", stage, 2..=MAX_STAGES))
            .examples([json!({
                "stages": [
                    { "name": "inbox", "title": "Inbox", "stands_for": "new", "next": ["review", "lost"] },
                    { "name": "review", "title": "Security review", "stands_for": "qualified", "next": ["won", "lost"],
                      "requires": [{ "of": "lead", "field": "company" }, { "of": "deal", "field": "amount", "at_least": "1000" }] },
                    { "name": "won", "title": "Won", "stands_for": "won" },
                    { "name": "lost", "title": "Lost", "stands_for": "lost" }
                ]
            })])
    }
}

/// Fields of a deal and of a lead that can be required.
fn fields() -> BTreeSet<&'static str> {
    let lead = LEAD_FIELDS
        .into_iter()
        .chain(PUBLIC_TRAITS)
        .chain(PERSONAL_TRAITS);
    DEAL_FIELDS.into_iter().chain(lead).collect()
}

fn name(about: &str, example: &str) -> ObjectBuilder {
    any_text(about, example).pattern(Some(NAME))
}

fn constant(value: &str) -> ObjectBuilder {
    any_text("Which of these it is.", value).enum_values(Some([value]))
}
