//! Event registries.

use super::{
    parts::{EVENT, With, any_text, choice, list, map, object, or_null, switch, this},
    stand_ins,
};
use serde_json::json;
use tessera_domain::capture::{MAX_ALIASES, MAX_EVENTS, PropertyType};
use utoipa::openapi::{ObjectBuilder, schema::Type};

/// The pattern of [`tessera_domain::capture::is_name`].
pub(super) const NAME: &str = "^[a-z][a-z0-9_]{0,63}$";

stand_ins! {
    /// [`tessera_domain::capture::Registry`].
    EventRegistry(EventSchema) {
        let name = any_text("The event's name.", "demo_requested").pattern(Some(NAME));
        let events = map("The events by name.", this::<EventSchema>())
            .property_names(Some(name.build()))
            .max_properties(Some(MAX_EVENTS))
            .examples([json!({ "demo_requested": { "aliases": ["demooRequested"] } })]);
        object("An organisation's events.")
            .may("strict", switch("Whether events that are not listed are refused."))
            .must("events", events)
            .examples([json!({
                "strict": false,
                "events": { "demo_requested": {
                    "aliases": ["demooRequested"], "own_act": true,
                    "properties": { "desk": { "type": "text" } }
                } }
            })])
    }

    /// [`tessera_domain::capture::EventSchema`].
    EventSchema(PropertySchema) {
        let alias = any_text("Another name.", "demooRequested")
            .pattern(Some(EVENT));
        let name = any_text("The property's name.", "desk").pattern(Some(NAME));
        let properties = map(
            "Properties with a known type; others are accepted as they are.",
            this::<PropertySchema>(),
        )
        .property_names(Some(name.build()))
        .examples([json!({ "desk": { "type": "text" } })]);
        let own_act = ObjectBuilder::new().schema_type(Type::Boolean).description(Some(
            "Whether it is the person's own act, and not something that is done to them. Unless \
             given, as in version 1, and true of events that version 1 does not have.",
        ));
        object("The aliases and properties of an event.")
            .may("aliases", list("Other names of the event.", alias, 0..=MAX_ALIASES))
            .may("own_act", or_null(own_act, Type::Boolean))
            .may("properties", properties)
    }

    /// [`tessera_domain::capture::PropertySchema`].
    PropertySchema() {
        let kinds = [
            PropertyType::Text,
            PropertyType::Number,
            PropertyType::Integer,
            PropertyType::Boolean,
            PropertyType::List,
            PropertyType::Object,
        ];
        object("The rules of a property.")
            .must("type", choice("The type of its values.", kinds.map(|kind| json!(kind))))
            .may("required", switch("Whether it must be there and not null."))
            .may("one_of", list(
                "The allowed texts, of a text; any, unless given.",
                any_text("A text.", "north"),
                0..=usize::MAX,
            ))
    }
}
