//! What schemas are made of.

use std::ops::RangeInclusive;
use tessera_domain::pricing::{MAX_AMOUNT, MAX_FACTOR_DECIMALS};
use utoipa::{
    Number, ToSchema,
    openapi::{
        Array, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema,
        schema::{AdditionalProperties, RefBuilder, SchemaType, Type},
    },
};

/// An object that has no other fields than those that are added to it.
pub(super) fn object(about: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(about))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

/// An object with one field.
pub(super) fn only(name: &str, schema: impl Into<RefOr<Schema>>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .must(name, schema)
        .max_properties(Some(1))
}

/// An object whose fields have free names and values of one form.
pub(super) fn map(about: &str, value: RefOr<Schema>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(about))
        .additional_properties(Some(AdditionalProperties::RefOr(value)))
}

/// Adds fields to an object.
pub(super) trait With {
    /// A field that must be there.
    fn must(self, name: &str, schema: impl Into<RefOr<Schema>>) -> Self;
    /// A field that may be there.
    fn may(self, name: &str, schema: impl Into<RefOr<Schema>>) -> Self;
}

impl With for ObjectBuilder {
    fn must(self, name: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        self.property(name, schema).required(name)
    }

    fn may(self, name: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        self.property(name, schema)
    }
}

/// No control characters.
pub(super) const PLAIN: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";

/// The name of an event, or an alias of one.
pub(super) const EVENT: &str = "^[A-Za-z][A-Za-z0-9_]{0,63}$";

/// Text with a letter or digit; of what is not ASCII, only Unicode's tables say what is one.
pub(super) const LETTERED: &str = r"[^\x00-/:-@\[-`{-\x7f]";

/// Text of so many characters, none of them a control character.
pub(super) fn text(about: &str, length: RangeInclusive<usize>, example: &str) -> ObjectBuilder {
    any_text(about, example)
        .min_length(Some(*length.start()))
        .max_length(Some(*length.end()))
        .pattern(Some(PLAIN))
}

/// Text that a pattern or another rule describes.
pub(super) fn any_text(about: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
        .examples([example])
}

/// A whole number within bounds.
pub(super) fn whole<T>(about: &str, range: RangeInclusive<T>, example: T) -> ObjectBuilder
where
    T: Copy + Into<Number> + Into<serde_json::Value>,
{
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(about))
        .minimum(Some(*range.start()))
        .maximum(Some(*range.end()))
        .examples([example])
}

/// A whole number without an upper bound.
pub(super) fn at_least(about: &str, least: u32, example: u32) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(about))
        .minimum(Some(least))
        .examples([example])
}

/// A number.
pub(super) fn number(about: &str, example: f64) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .description(Some(about))
        .examples([example])
}

/// True or false; false, unless given.
pub(super) fn switch(about: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .description(Some(about))
        .default(Some(false.into()))
}

/// A decimal number as text, up to [`MAX_AMOUNT`] and with so many decimals at most.
pub(super) fn amount(about: &str, max_decimals: u32, example: &str) -> ObjectBuilder {
    any_text(about, example).pattern(Some(format!("^{}$", digits(max_decimals))))
}

/// The same, above 0.
pub(super) fn amount_above_0(about: &str, max_decimals: u32, example: &str) -> ObjectBuilder {
    any_text(about, example).pattern(Some(format!(r"^(?!0+(\.0+)?$){}$", digits(max_decimals))))
}

fn digits(max_decimals: u32) -> String {
    let decimals = |digit: &str| format!(r"(\.{digit}{{1,{max_decimals}}})?");
    format!(
        "({MAX_AMOUNT}{}|[0-9]{{1,12}}{})",
        decimals("0"),
        decimals("[0-9]")
    )
}

/// A decimal number as text, above 0 and at most 1.
pub(super) fn factor(about: &str, example: &str) -> ObjectBuilder {
    let most = MAX_FACTOR_DECIMALS;
    let behind = |zeros: u32| format!("0{{{zeros}}}[1-9][0-9]{{0,{}}}", most - 1 - zeros);
    let decimals: Vec<String> = (0..most).map(behind).collect();
    let decimals = decimals.join("|");
    any_text(about, example).pattern(Some(format!(r"^(1(\.0{{1,{most}}})?|0\.({decimals}))$")))
}

/// One of a few texts.
pub(super) fn choice<T: Into<serde_json::Value>>(
    about: &str,
    known: impl IntoIterator<Item = T>,
) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
        .enum_values(Some(known))
}

/// The same, or null.
pub(super) fn or_null(schema: ObjectBuilder, kind: Type) -> Object {
    schema
        .schema_type(SchemaType::Array(vec![kind, Type::Null]))
        .build()
}

/// The schema of a stand-in, or null.
pub(super) fn this_or_null<T: ToSchema>(about: &str) -> OneOfBuilder {
    OneOfBuilder::new()
        .description(Some(about))
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .item(this::<T>())
}

/// A list of so many items.
pub(super) fn list(
    about: &str,
    items: impl Into<RefOr<Schema>>,
    count: RangeInclusive<usize>,
) -> Array {
    let least = Some(*count.start()).filter(|least| *least > 0);
    let most = Some(*count.end()).filter(|most| *most < usize::MAX);
    ArrayBuilder::new()
        .items(items.into())
        .description(Some(about))
        .min_items(least)
        .max_items(most)
        .build()
}

/// The schema of a stand-in.
pub(super) fn this<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

/// The schema of a stand-in, with what it means here.
pub(super) fn this_as<T: ToSchema>(about: &str) -> RefOr<Schema> {
    RefBuilder::new()
        .ref_location_from_schema_name(T::name())
        .description(Some(about))
        .build()
        .into()
}
