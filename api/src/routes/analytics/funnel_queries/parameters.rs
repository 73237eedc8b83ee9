//! Filters of funnels' results.

use crate::{
    error::Error,
    extract::{Listed, Param, parameters, text},
    wire::{Day, plain_decimal},
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use tessera_domain::analytics::funnel::{FunnelDefinition, breakdown_text};
use tessera_store::analytics::funnel::AttemptFilter;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use uuid::Uuid;

parameters! {
    /// Which attempts are meant.
    struct ResultFilters {
        /// Only attempts whose first step was on this UTC day or later.
        from: Day,
        /// Only attempts whose first step was on this UTC day or earlier.
        through: Day,
        /// Only attempts with this breakdown value; empty text is those without one.
        breakdown: BreakdownValue,
        /// The revenue of a conversion, in any unit, by which the bottleneck is valued; the mean price of the organisation's subscriptions for a month, unless given.
        revenue_per_conversion: Revenue,
    }
}

parameters! {
    /// Which people are meant.
    struct PeopleFilters {
        /// Only people whose attempt took this step, counted from 1; the first step unless given.
        step: StepNumber,
        /// Only attempts whose first step was on this UTC day or later.
        from: Day,
        /// Only attempts whose first step was on this UTC day or earlier.
        through: Day,
        /// Only attempts with this breakdown value; empty text is those without one.
        breakdown: BreakdownValue,
    }
}

impl Listed for PeopleFilters {
    const RESOURCE: &'static str = "funnel_people";
    type Key = Uuid;
}

pub(crate) struct BreakdownValue(String);

impl Param for BreakdownValue {
    const RULE: &'static str = "must be a breakdown value of the results, without NUL characters";

    fn parse(text: &str) -> Option<Self> {
        (!text.contains('\0')).then(|| Self(text.to_owned()))
    }
}

impl PartialSchema for BreakdownValue {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .examples(["organic"])
            .into()
    }
}

/// A step, counted from 1.
#[derive(Clone, Copy)]
pub(crate) struct StepNumber(pub(super) i16);

impl Param for StepNumber {
    const RULE: &'static str = "must be a step of the funnel, counted from 1";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|step| *step > 0).map(Self)
    }
}

impl PartialSchema for StepNumber {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(32))
            .examples([3])
            .into()
    }
}

/// The revenue of a conversion.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, pattern = r"^[0-9]{1,18}(\.[0-9]{1,9})?$", example = "120.50")]
pub(crate) struct Revenue(pub(super) Decimal);

impl Param for Revenue {
    const RULE: &'static str =
        "must be a decimal number as in 120.50: at most 18 digits, and 9 after the point";

    fn parse(text: &str) -> Option<Self> {
        plain_decimal(text, 18, 9).map(Self)
    }
}

impl<'de> Deserialize<'de> for Revenue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer)
    }
}

/// Number of a day, 0 being 1970-01-01.
fn number(day: Day) -> i32 {
    day.0.to_epoch_days()
}

/// The same attempts, with the value of the breakdown as the funnel keeps it: a channel is one whatever
/// case or blanks it is typed with.
pub(super) fn of_funnel(wanted: AttemptFilter, definition: &FunnelDefinition) -> AttemptFilter {
    let property = definition.breakdown.as_deref().unwrap_or_default();
    let kept = |typed: String| breakdown_text(property, &Value::from(&*typed)).unwrap_or(typed);
    AttemptFilter {
        breakdown: wanted.breakdown.map(kept),
        ..wanted
    }
}

/// The attempts that the filters select.
pub(super) fn attempts(
    from: Option<Day>,
    through: Option<Day>,
    breakdown: Option<&BreakdownValue>,
) -> Result<AttemptFilter, Error> {
    if let (Some(from), Some(through)) = (from, through)
        && through < from
    {
        return Err(Error::refused("through", "must not be before from"));
    }
    Ok(AttemptFilter {
        from_day: from.map(number),
        through_day: through.map(number),
        breakdown: breakdown.map(|BreakdownValue(value)| value.clone()),
    })
}
