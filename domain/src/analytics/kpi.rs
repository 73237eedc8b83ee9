//! The eight key performance indicators: what each means, how sure it is, and how it compares with
//! its threshold and target.
//!
//! A threshold or target is a goal that somebody set, never a result. A value is null where its
//! denominator is 0 or its numerator was never recorded.

mod compute;
mod definition;
mod inputs;
mod value;

pub use compute::compute;
pub use definition::{Direction, KpiDefinition, KpiId, Unit};
pub use inputs::{CurrencyInputs, KpiError, KpiInputs, whole_units};
pub use value::{DECIMAL_PLACES, KpiValue};
