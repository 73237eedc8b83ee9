//! Event filters.

use super::{
    capture::{PropertyValue, number_of, text_of},
    parts::{EVENT, With, any_text, choice, list, object, text, this, this_as},
    stand_ins,
};
use crate::query::MAX_FILTERS;
use serde_json::{Value, json};
use tessera_domain::filter::{MAX_CONDITIONS, MAX_NAME_CHARS, Operator};
use utoipa::openapi::{
    ArrayBuilder, ObjectBuilder, OneOfBuilder,
    schema::{SchemaType, Type},
};

stand_ins! {
    /// [`tessera_domain::filter::EventFilter`].
    EventFilter(PropertyCondition) {
        object("Events of one name whose properties meet every condition.")
            .must("event", any_text("Name of the event, or an alias of it.", "pricing_page_visited").pattern(Some(EVENT)))
            .may("where", list("Conditions on its properties.", this::<PropertyCondition>(), 0..=MAX_CONDITIONS))
            .examples([json!({
                "event": "pricing_page_visited",
                "where": [{ "property": "plan", "is": "equal", "value": "institutional" }]
            })])
    }

    /// Filters of which any may match.
    EventFilters(EventFilter) {
        ArrayBuilder::new()
            .items(this::<EventFilter>())
            .max_items(Some(MAX_FILTERS))
            .examples([json!([{ "event": "charged" }])])
    }

    /// [`tessera_domain::filter::Condition`].
    PropertyCondition(PropertyValue) {
        condition(|| any_name("Name of the property.", "plan"))
    }
}

fn any_name(about: &str, example: &str) -> ObjectBuilder {
    text(about, 1..=MAX_NAME_CHARS, example)
}

/// What a property must be, of which `property` is the name.
pub(super) fn condition(property: impl Fn() -> ObjectBuilder) -> OneOfBuilder {
    let form = |about: &str, operators: &[Operator]| {
        let known = operators.iter().map(|it| name(*it));
        object(about)
            .must("property", property())
            .must("is", choice("How it is compared.", known))
    };
    let ordered = vec![Type::Number, Type::String];
    let ordered = ObjectBuilder::new().schema_type(SchemaType::Array(ordered));
    let about = "What it is compared with.";
    let value = |schema: ObjectBuilder| schema.description(Some(about));
    let any = || this_as::<PropertyValue>(about);
    OneOfBuilder::new()
        .description(Some("What one property must be."))
        .item(
            form(
                "Equal to a value; `not_equal`, there and another value; `not`, absent or another \
                 value.",
                &[Operator::Equal, Operator::NotEqual, Operator::Not],
            )
            .must("value", any()),
        )
        .item(
            form(
                "Less or greater than a number, or sorted before or after a text.",
                &[Operator::Less, Operator::Greater],
            )
            .must("value", value(number_of(text_of(ordered)).examples([10]))),
        )
        .item(
            form("One of the values of a list.", &[Operator::In]).must(
                "value",
                ArrayBuilder::new()
                    .items(this::<PropertyValue>())
                    .description(Some(about))
                    .min_items(Some(1))
                    .examples([json!(["trader", "institution"])]),
            ),
        )
        .item(
            form("A text that contains a text.", &[Operator::Contains])
                .must("value", text_of(any_text(about, "api"))),
        )
        .item(
            form(
                "`set`, there and not null; `not_set`, absent or null.",
                &[Operator::Set, Operator::NotSet],
            )
            .may("value", value(ObjectBuilder::new().schema_type(Type::Null))),
        )
        .examples([json!({ "property": "plan", "is": "equal", "value": "institutional" })])
}

/// An operator as JSON has it.
fn name(operator: Operator) -> Value {
    json!(operator)
}
