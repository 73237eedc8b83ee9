//! Journeys.

use super::{
    experiment::KEY,
    filter::EventFilter,
    parts::{
        With, any_text, choice, list, map, object, only, or_null, text, this, this_as,
        this_or_null, whole,
    },
    people::PersonTraits,
    registry::NAME,
    segment::SegmentCondition,
    stand_ins,
};
use serde_json::json;
use tessera_domain::{
    automation::{
        journey::{MAX_DELAY_SECS, MAX_HOLDOUT_BPS, MAX_NODES, MAX_WAYS, MAX_WORKING_DAYS},
        local_time::Weekday,
    },
    leads::{scoring::MAX_CAP, tasks::MAX_TITLE_CHARS},
};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, schema::Type};

/// A time of the day.
pub(super) const CLOCK: &str = "^([01][0-9]|2[0-3]):[0-5][0-9]$";

stand_ins! {
    /// [`tessera_domain::automation::journey::Journey`].
    Journey(JourneyEntry, JourneyNode, EventFilter) {
        let key = OneOfBuilder::new()
            .description(Some("What a run is about: each enters once. The person, unless given."))
            .item(choice("The person, who enters once; or each event.", ["person", "event"]))
            .item(object("A property of the event: the person enters once for each of its values.")
                .must("property", text("The property's name.", 1..=100, "account")));
        let holdout = object("A share of those who enter, who are left alone for comparison. Required where the entry is `subscription`.")
            .must("holdout_bps", whole("How many, in ten-thousandths of those who enter; a person is held out of all runs or of none.",
                1..=MAX_HOLDOUT_BPS, 1_000));
        let nodes = format!("The steps, by name: 1 to {MAX_NODES}. They lead to no circle, and each is reached.");
        object("A journey.")
            .must("entry", this::<JourneyEntry>())
            .may("key", key)
            .may("holdout", or_null(holdout, Type::Object))
            .may("goal", this_or_null::<EventFilter>("Those of whom this happens leave."))
            .must("start", name("The name of the first node.", "greet"))
            .must("nodes", map(&nodes, this::<JourneyNode>()).min_properties(Some(1)).max_properties(Some(MAX_NODES)))
            .examples([json!({
                "entry": { "event": { "event": "signed_up" } },
                "goal": { "event": "subscribed" },
                "start": "wait",
                "nodes": {
                    "wait": { "delay": { "until": { "local_time": "09:00" }, "next": "tell" } },
                    "tell": { "announce": { "name": "has not subscribed", "next": "end" } },
                    "end": { "exit": {} }
                }
            })])
    }

    /// [`tessera_domain::automation::journey::Entry`].
    JourneyEntry(EventFilter) {
        let days = |about: &str| whole(about, 1..=366, 3);
        let weekdays = [
            Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday,
            Weekday::Saturday, Weekday::Sunday,
        ];
        let on = OneOfBuilder::new()
            .description(Some("On which days."))
            .item(choice("Every day.", ["daily"]))
            .item(only("weekly", choice("This day of each week.", weekdays.map(|it| json!(it)))))
            .item(only("monthly", whole("This day of each month, or the last one of months that have fewer.", 1..=31, 1)));
        let schedule = object("Members of a segment, at an hour.")
            .must("segment", name("The segment.", "idle"))
            .must("on", on)
            .must("at", any_text("The time of the day.", "09:00").pattern(Some(CLOCK)))
            .must("zone", any_text("A time zone of the IANA database, whose clocks show it.", "Europe/Berlin"));
        let moment = OneOfBuilder::new()
            .description(Some("A moment of a subscription, as the chain has it."))
            .item(choice("A payment was missed: it can still be made up, or its grace is over.", ["payment_missed", "past_due"]))
            .item(only("renewal_within_days", days("The next payment is due within so many days.")))
            .item(only("trial_ends_within_days", days("The trial ends within so many days.")))
            .item(only("approval_below_periods",
                whole("What the wallet has approved does not pay for so many more periods.", 1..=100, 1)));
        OneOfBuilder::new()
            .description(Some("Who enters, and when: an object with exactly one of these fields."))
            .item(only("event", this_as::<EventFilter>("A person of whom such an event arrives.")))
            .item(only("segment", name("A person who becomes a member of this segment.", "idle")))
            .item(only("score", whole("A person whose score comes to so many points.", 1..=MAX_CAP, 50)))
            .item(only("schedule", schedule))
            .item(only("subscription", moment))
            .examples([json!({ "event": { "event": "signed_up" } })])
    }

    /// [`tessera_domain::automation::journey::Node`].
    JourneyNode(EventFilter, SegmentCondition, PersonTraits) {
        let next = |about: &str| name(about, "end");
        let then = || next("What comes then.");
        let secs = |about: &str| whole(about, 1..=MAX_DELAY_SECS, 86_400);
        let calendar = object("Which days these are.")
            .may("weekdays", list("Days of the week; Monday to Friday, unless given.",
                choice("A day.", ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]), 1..=7))
            .may("holidays", list("Days without work.", any_text("A day.", "2026-12-25"), 0..=400));
        let until = OneOfBuilder::new()
            .description(Some("For how long, or until when."))
            .item(only("secs", secs("So many seconds.")))
            .item(only("local_time", any_text("Until clocks where the person lives next show this.", "09:00")
                .pattern(Some(CLOCK))))
            .item(only("quiet_hours", object("Until these hours are over, if clocks where the person lives show one of them.")
                .must("from", any_text("The first minute that is quiet.", "21:00").pattern(Some(CLOCK)))
                .must("until", any_text("The first minute that is not.", "08:00").pattern(Some(CLOCK)))))
            .item(only("working_days", object("So many working days.")
                .must("count", whole("How many.", 1..=MAX_WORKING_DAYS, 2))
                .may("calendar", calendar)));
        let case = object("A way, and who goes it.")
            .must("when", this::<SegmentCondition>())
            .must("next", then());
        let part = object("A way, and how many go it.")
            .must("weight_bps", whole("How many, in ten-thousandths; those of all ways add up to 10,000.", 0..=10_000, 5_000))
            .must("next", then());
        let experiment = any_text("The experiment's key.", "subject").pattern(Some(KEY));
        OneOfBuilder::new()
            .description(Some("A step: an object with exactly one of these fields."))
            .item(only("delay", object("Waits.").must("until", until).must("next", then())))
            .item(only("wait_for", object("Waits for an event.")
                .must("event", this::<EventFilter>())
                .must("timeout_secs", secs("For how long."))
                .must("then", next("What comes when it arrives."))
                .must("otherwise", next("What comes when it does not."))))
            .item(only("branch", object("Goes one way or another by what is known of the person.")
                .must("cases", list("The ways; the first whose condition holds is gone.", case, 1..=MAX_WAYS))
                .must("otherwise", next("What comes when none holds."))))
            .item(only("split", object("Goes one way or another by chance.")
                .must("parts", list("The ways.", part, 2..=MAX_WAYS))))
            .item(only("experiment", object("Goes by the arm of an experiment that the person has seen.")
                .must("experiment", experiment)
                .must("arms", map("What comes for each arm.", then().into())
                    .min_properties(Some(1)).max_properties(Some(MAX_WAYS)))
                .must("otherwise", next("What comes for those who have seen none of these."))))
            .item(only("message", object("Sends a message, on the channel of its template.")
                .must("template", name("The template, whose version in force then is sent.", "welcome"))
                .must("next", then())))
            .item(only("announce", object("Records the event `journey_reached` of the person, with `journey`, `node` and `name`.")
                .must("name", text("What the event says in its property `name`.", 1..=100, "has not paid"))
                .must("next", then())))
            .item(only("update", object("States traits of the person, of those that are not personal.")
                .must("traits", this::<PersonTraits>())
                .must("next", then())))
            .item(only("task", object("Creates a task for the person; it goes to the member who has the lead, or to the team's queue.")
                .must("kind", name("Its kind, by whose policy it is due.", "call_back"))
                .must("title", text("What is to be done, for people.", 1..=MAX_TITLE_CHARS, "Call about the trial"))
                .must("next", then())))
            .item(only("exit", object("Ends the run.")))
            .examples([json!({ "exit": {} })])
    }
}

fn name(about: &str, example: &str) -> ObjectBuilder {
    any_text(about, example).pattern(Some(NAME))
}
