//! The eight key performance indicators: their definitions, values, intervals, and comparison with
//! threshold and target.
//!
//! Money of several currencies is never summed but by stated rates: each mint has values of its own,
//! and one in dollars is over all of them, null where a rate is missing. What is in no value is named.
//!
//! A threshold or a target is a goal that people set, never a result. A value is null where its
//! denominator is 0 or its numerator was never recorded.

mod compute;
mod definition;
mod inputs;
mod value;

pub use compute::compute;
pub use definition::{Direction, KpiDefinition, KpiId, Unit};
pub use inputs::{
    ByAgent, CurrencyInputs, DollarInputs, KpiError, KpiInputs, SOFT_BOUNCES, whole_units,
};
pub use value::{DECIMAL_PLACES, KpiValue};
