//! What a plan is worth to a lead's farm, computed from what is stated and kept as it was computed.

use super::locked;
use crate::{Caller, Result};
use serde_json::json;
use tessera_domain::{
    leads::mining::{Inputs, report},
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    leads::roi::{self, RoiRow},
};
use uuid::Uuid;

/// Computes and keeps.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Refused`](crate::Error::Refused),
/// [`Error::Store`](crate::Error::Store).
pub async fn compute(
    conn: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
    inputs: &Inputs,
    now: Timestamp,
) -> Result<RoiRow> {
    let report = report(inputs)?;
    let person = locked(conn, id).await?.id;
    let row = RoiRow {
        id: Uuid::now_v7(),
        person,
        inputs: json!(inputs),
        report: json!(report),
        created_by: caller.actor.to_string(),
        created_at: now.into(),
    };
    roi::insert(conn, caller.organisation, &row).await?;
    Ok(row)
}
