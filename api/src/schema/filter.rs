//! Event filters.

use super::{
    parts::{With, any_text, choice, list, object, text, this},
    stand_ins,
};
use crate::query::MAX_FILTERS;
use serde_json::{Value, json};
use tessera_domain::filter::{MAX_CONDITIONS, MAX_NAME_CHARS, Operator};
use utoipa::openapi::{
    ArrayBuilder, ObjectBuilder, OneOfBuilder, RefOr, Schema,
    schema::{SchemaType, Type},
};

stand_ins! {
    /// [`tessera_domain::filter::EventFilter`].
    EventFilter(PropertyCondition) {
        object("Events of one name whose properties meet every condition.")
            .must("event", text("Name of the event.", 1..=MAX_NAME_CHARS, "pricing_page_visited"))
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
    PropertyCondition() {
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
    let value = |schema: ObjectBuilder| schema.description(Some("What it is compared with."));
    let ordered = SchemaType::Array(vec![Type::Number, Type::String]);
    let not_null = SchemaType::Array(vec![
        Type::String,
        Type::Number,
        Type::Boolean,
        Type::Object,
        Type::Array,
    ]);
    let any = || ObjectBuilder::new().schema_type(not_null.clone());
    let values: RefOr<Schema> = any().into();
    OneOfBuilder::new()
        .description(Some("What one property must be."))
        .item(
            form(
                "Equal to a value; `not_equal`, there and another value; `not`, absent or another \
                 value.",
                &[Operator::Equal, Operator::NotEqual, Operator::Not],
            )
            .must("value", value(any().examples(["institutional"]))),
        )
        .item(
            form(
                "Less or greater than a number, or sorted before or after a text.",
                &[Operator::Less, Operator::Greater],
            )
            .must(
                "value",
                value(ObjectBuilder::new().schema_type(ordered).examples([10])),
            ),
        )
        .item(
            form("One of the values of a list.", &[Operator::In]).must(
                "value",
                ArrayBuilder::new()
                    .items(values)
                    .description(Some("What it is compared with."))
                    .min_items(Some(1))
                    .examples([json!(["trader", "institution"])]),
            ),
        )
        .item(
            form("A text that contains a text.", &[Operator::Contains])
                .must("value", any_text("What it is compared with.", "api")),
        )
        .item(form(
            "`set`, there and not null; `not_set`, absent or null.",
            &[Operator::Set, Operator::NotSet],
        ))
        .examples([json!({ "property": "plan", "is": "equal", "value": "institutional" })])
}

/// An operator as JSON has it.
fn name(operator: Operator) -> Value {
    json!(operator)
}
