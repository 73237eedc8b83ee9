//! Moments of the sales engine: RFC 3339 in UTC, where the mirror has Unix seconds.

use crate::extract::Param;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tessera_domain::time::Timestamp;
use utoipa::ToSchema;

/// The last second that a JSON number says exactly, 285 million years from now.
const LAST_SECOND: i64 = (1 << 53) - 1;

/// A time of the mirror, Unix seconds, that was chosen freely: none when it is further away than
/// JSON numbers reach, which means never.
pub(crate) fn unless_never(secs: i64) -> Option<i64> {
    (secs <= LAST_SECOND).then_some(secs)
}

/// A moment, RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime, example = "2026-01-31T12:00:00Z")]
pub(crate) struct Moment(pub(crate) Timestamp);

impl Param for Moment {
    const RULE: &'static str = Timestamp::RULE;

    fn parse(text: &str) -> Option<Self> {
        serde_json::from_value(text.into()).ok()
    }
}

impl From<Timestamp> for Moment {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment.into())
    }
}

impl From<Moment> for DateTime<Utc> {
    fn from(moment: Moment) -> Self {
        moment.0.into()
    }
}
