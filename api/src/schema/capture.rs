//! Events as pages and servers send them.

use super::{
    parts::{EVENT, PLAIN, With, any_text, list, object, or_null, this, this_or_null},
    people::SenderId,
    stand_ins,
};
use crate::wire::Moment;
use serde_json::json;
use tessera_domain::capture::{
    MAX_KEY_CHARS, MAX_KEYS, MAX_MESSAGE_ID_CHARS, MAX_TEXT_CHARS, NUMBER_LIMIT,
};
use utoipa::openapi::{
    ArrayBuilder, ObjectBuilder, RefOr, Schema,
    schema::{AdditionalProperties, AnyOfBuilder, Type},
};

/// Most items of a batch.
pub(crate) const MAX_ITEMS: usize = 1_000;

stand_ins! {
    /// What [`tessera_domain::capture::accept`] reads.
    CaptureItem(SenderId, Moment, EventProperties) {
        let message_id = any_text(
            "Chosen by the sender; each message is captured once. Printable ASCII characters.",
            "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60",
        );
        let event = any_text(
            "What happened: a name of the registry, an alias of one, or any other in `snake_case`.",
            "pricing_page_visited",
        );
        let consent = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .description(Some("Whether the visitor may be recorded."));
        let context = object(
            "The visitor's choice: with `{\"consent\": false}`, nothing of the event is kept but its count.",
        )
        .may("consent", or_null(consent, Type::Boolean))
        .examples([json!({ "consent": true })]);
        object("An event of a visitor. Null is as if the field were left out.")
            .must("message_id", message_id.pattern(Some(format!("^[ -~]{{1,{MAX_MESSAGE_ID_CHARS}}}$"))))
            .must("event", event.pattern(Some(EVENT)))
            .may("timestamp", this_or_null::<Moment>(
                "When it happened; the time of arrival, unless given. At most 90 days old and 10 minutes \
                 ahead, once it is corrected by `sent_at`.",
            ))
            .may("sent_at", this_or_null::<Moment>(
                "When it was sent, by the same clock as `timestamp`. When that clock and ours differ by at \
                 most 24 hours, the event happened as long before its arrival as `timestamp` is before \
                 `sent_at`; otherwise `timestamp` counts as it is. Set it at each sending: it is no part of \
                 the message, so one that is sent again may have another.",
            ))
            .may("anonymous_id", this_or_null::<SenderId>(
                "The sender's id for the visitor. Either this or `user_id` is needed, or both.",
            ))
            .may("user_id", this_or_null::<SenderId>("The organisation's id for the user."))
            .may("properties", this_or_null::<EventProperties>("The event's properties."))
            .may("context", or_null(context, Type::Object))
    }

    /// Items of a batch.
    CaptureItems(CaptureItem) {
        list("The events.", this::<CaptureItem>(), 1..=MAX_ITEMS)
    }

    /// [`tessera_domain::event::Properties`], as they may be sent.
    EventProperties(PropertyValue) {
        properties("Properties, free of personal data: at most 32 KiB, 100 keys, those of nested objects \
            included, and 5 levels.", this::<PropertyValue>())
            .examples([json!({ "plan": "institutional" })])
    }

    /// A value of a property.
    PropertyValue(InnerValue2) {
        value(Some(this::<InnerValue2>()))
    }

    /// A value within one.
    InnerValue2(InnerValue3) {
        value(Some(this::<InnerValue3>()))
    }

    /// One level further in.
    InnerValue3(InnerValue4) {
        value(Some(this::<InnerValue4>()))
    }

    /// One level further in.
    InnerValue4(InnerValue5) {
        value(Some(this::<InnerValue5>()))
    }

    /// On the last level, where nothing nests.
    InnerValue5() {
        value(None)
    }
}

/// A value that may have `inner` ones.
fn value(inner: Option<RefOr<Schema>>) -> AnyOfBuilder {
    let scalar = |kind: Type| ObjectBuilder::new().schema_type(kind);
    let plain = AnyOfBuilder::new()
        .description(Some(
            "A value, not null. An integer has 64 bits, signed or not; any other number is less than 2^63.",
        ))
        .item(scalar(Type::Boolean))
        .item(number_of(scalar(Type::Number)))
        .item(text_of(scalar(Type::String)))
        .examples([json!("institutional")]);
    match inner {
        Some(inner) => plain
            .item(ArrayBuilder::new().items(nullable(inner.clone())))
            .item(properties("Values by name.", inner)),
        None => plain,
    }
}

/// A value with the bounds of numbers in properties.
pub(super) fn number_of(value: ObjectBuilder) -> ObjectBuilder {
    let most = 2.0 * NUMBER_LIMIT;
    value.minimum(Some(-NUMBER_LIMIT)).maximum(Some(most))
}

/// A value with the bounds of texts in properties.
pub(super) fn text_of(value: ObjectBuilder) -> ObjectBuilder {
    let any = r"^[^\x00]*$";
    value.max_length(Some(MAX_TEXT_CHARS)).pattern(Some(any))
}

fn nullable(value: RefOr<Schema>) -> AnyOfBuilder {
    AnyOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .item(value)
}

fn properties(about: &str, value: RefOr<Schema>) -> ObjectBuilder {
    let key = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(MAX_KEY_CHARS))
        .pattern(Some(PLAIN));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(about))
        .additional_properties(Some(AdditionalProperties::RefOr(nullable(value).into())))
        .property_names(Some(key.build()))
        .max_properties(Some(MAX_KEYS))
}
