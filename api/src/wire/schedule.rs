//! When a subscription's periods end, in every answer that has them.

use serde::Serialize;
use utoipa::ToSchema;

/// When periods end.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Schedule {
    /// Length of a period, seconds; 0 when it is counted in months.
    #[schema(example = 2_592_000)]
    pub(crate) period_secs: i64,
    /// Length of a period in calendar months (UTC); 0 when it is counted in seconds.
    #[schema(example = 0)]
    pub(crate) period_months: i16,
    /// How late a charge still keeps the billing day, seconds.
    #[schema(example = 259_200)]
    pub(crate) grace_secs: i64,
}

/// The schedule in a row, or in terms of the program.
macro_rules! schedule {
    ($terms:expr) => {
        $crate::wire::Schedule {
            period_secs: $terms.period_secs.into(),
            period_months: $terms.period_months.into(),
            grace_secs: $terms.grace_secs.into(),
        }
    };
}
pub(crate) use schedule;
