//! Rules of channels: drafted, put in force for the questions that are asked from then on, and never
//! changed.

use crate::{Caller, Result, rules};
use tessera_domain::analytics::attribution::ChannelRules;
use tessera_store::{PgConnection, rule_set::RuleKind};

const KIND: RuleKind = RuleKind::ChannelRules;

/// Adds a version as a draft; returns its number.
///
/// # Errors
/// [`Error::Refused`](crate::Error::Refused), [`Error::Store`](crate::Error::Store).
pub async fn draft(conn: &mut PgConnection, caller: &Caller, wanted: &ChannelRules) -> Result<i32> {
    wanted.validate()?;
    rules::draft(conn, caller, KIND, wanted).await
}

/// Puts a version in force.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Store`](crate::Error::Store).
pub async fn publish(conn: &mut PgConnection, caller: &Caller, version: i32) -> Result<()> {
    rules::publish(conn, caller, KIND, version, "channel rules").await
}
