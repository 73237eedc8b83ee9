//! Segments' conditions.

use super::{
    capture::PropertyValue,
    filter::{EventFilter, condition},
    parts::{With, choice, list, object, only, or_null, this, this_as, this_or_null, whole},
    stand_ins,
};
use crate::wire::Key;
use serde_json::json;
use tessera_domain::{
    capture::PUBLIC_TRAITS,
    leads::scoring::MAX_CAP,
    people::segment::{MAX_DEPTH, MAX_OCCURRENCES, MAX_TESTS, MAX_WITHIN_DAYS, SubscriptionStatus},
};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, OneOfBuilder, schema::Type},
};

stand_ins! {
    /// [`tessera_domain::people::segment::Condition`].
    SegmentCondition(EventTest, ActiveTest, TraitTest, ScoreTest, SubscriptionTest) {
        let these = |about: &str| list(about, this::<SegmentCondition>(), 1..=usize::MAX);
        let about = format!(
            "What a person must meet: an object with exactly one of these fields. At most \
             {MAX_DEPTH} conditions deep, and {MAX_TESTS} tests in all."
        );
        OneOfBuilder::new()
            .description(Some(about))
            .item(only("all", these("All of these.")))
            .item(only("any", these("At least one of these.")))
            .item(only("not", this_as::<SegmentCondition>("Everything but this.")))
            .item(part::<EventTest>("event"))
            .item(part::<ActiveTest>("active"))
            .item(part::<TraitTest>("trait"))
            .item(part::<ScoreTest>("score"))
            .item(part::<SubscriptionTest>("subscription"))
            .examples([json!({ "all": [
                { "event": {
                    "when": { "event": "pricing_page_visited" }, "at_least": 2, "within_days": 30
                } },
                { "trait": { "property": "segment", "is": "equal", "value": "institution" } },
                { "score": { "at_least": 40 } },
                { "not": { "subscription": { "status": ["trial", "active", "past_due"] } } }
            ] })])
    }

    /// [`tessera_domain::people::segment::EventCondition`].
    EventTest(EventFilter) {
        occurrences("Events that happened at least so often.")
            .must("when", this_as::<EventFilter>("The events that count."))
    }

    /// [`tessera_domain::people::segment::ActiveCondition`].
    ActiveTest() {
        occurrences(
            "Acts of the person, whatever they did, at least so many; `not` it means that they are \
             idle.",
        )
    }

    /// A condition on a trait.
    TraitTest(PropertyValue) {
        condition(|| choice("A trait, as `identify` last stated it.", PUBLIC_TRAITS))
    }

    /// [`tessera_domain::people::segment::ScoreCondition`].
    ScoreTest() {
        object("A score under the model in force.")
            .must("at_least", whole("Whole points.", 1..=MAX_CAP, 40))
    }

    /// [`tessera_domain::people::segment::SubscriptionCondition`].
    SubscriptionTest(Key) {
        let states = [
            SubscriptionStatus::Trial,
            SubscriptionStatus::Active,
            SubscriptionStatus::PastDue,
            SubscriptionStatus::Cancelled,
            SubscriptionStatus::Lapsed,
        ];
        let state = choice("A state, by the latest event.", states.map(|state| json!(state)));
        object("A subscription in one of these states.")
            .must("status", list("The states.", state, 1..=usize::MAX))
            .may("plan", this_or_null::<Key>("Of this plan; of any, unless given."))
    }
}

/// An object with how often and in what time something happened.
fn occurrences(about: &str) -> ObjectBuilder {
    let at_least = whole("How many there must be.", 1..=MAX_OCCURRENCES, 2);
    let days = "In how many days before now; ever, unless given.";
    object(about)
        .may("at_least", at_least.default(Some(1.into())))
        .may(
            "within_days",
            or_null(whole(days, 1..=MAX_WITHIN_DAYS, 30), Type::Integer),
        )
}

fn part<T: ToSchema>(name: &str) -> ObjectBuilder {
    only(name, this::<T>())
}
