//! Reports: the figures of a moment, signed, so that they can be shown to others and checked later.
//!
//! The key that signs follows from the master key and the Org's address, so there is none to store.

use super::{recount::recount, results::record};
use crate::{Engine, Error, Result, caller::ENGINE, clock::now, job::Outcome, projection::Totals};
use ed25519_dalek::{Signer, SigningKey};
use serde::Serialize;
use serde_json::{Value, json};
use tessera_domain::experiments::{
    report::{Basis, Difference, LogBoundary, Report, differences},
    results::{Observed, new_readings},
};
use tessera_store::{
    Key, OrganisationId, PgConnection,
    access::organisation,
    analytics::boundary::{self, Boundary},
    experiments::{
        phase,
        report::{self, ReportRow},
    },
    rules, tenant,
};
use uuid::Uuid;

/// Most reports of an experiment that its team has asked for.
pub const MAX_REPORTS: i64 = 1_000;

impl Engine {
    /// The public key of what signs reports of `org`.
    pub fn report_key(&self, org: Key) -> [u8; 32] {
        self.report_signer(org).verifying_key().to_bytes()
    }

    fn report_signer(&self, org: Key) -> SigningKey {
        SigningKey::from_bytes(&self.master_key.report_seed(&org.0))
    }
}

/// Signs what a phase of an experiment shows now, the latest one unless a number is given.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] when it has not run, is still being looked through or has
/// [`MAX_REPORTS`], [`Error::BrokenState`], [`Error::Store`].
pub async fn ask_for(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    actor: &str,
    key: &str,
    number: Option<i32>,
) -> Result<ReportRow> {
    rules::lock(conn, organisation).await?;
    if report::asked_for(conn, key, ENGINE).await? >= MAX_REPORTS {
        return Err(Error::Conflict(format!(
            "{MAX_REPORTS} reports of the experiment were asked for, which is the most"
        )));
    }
    sign(engine, conn, organisation, actor, key, number).await
}

/// Signs it, however many reports there are.
///
/// # Errors
/// As those of [`ask_for`].
pub(super) async fn sign(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    actor: &str,
    key: &str,
    number: Option<i32>,
) -> Result<ReportRow> {
    // Alone: what is kept is exactly what the log has up to the boundary.
    rules::lock(conn, organisation).await?;
    let mut record = record(conn, key, number, now()).await?;
    if !record.is_complete {
        return Err(Error::Conflict(
            "what came before is still being looked through; try again when `is_complete` is true"
                .to_owned(),
        ));
    }
    let readings = new_readings(&record.observed());
    record.readings.extend(readings.iter().cloned());
    let org = organisation::current(conn).await?.org;
    let end = boundary::draw(conn).await?;
    let basis = Basis {
        as_of: record.as_of,
        log: LogBoundary {
            position: end.position,
            merged_through: end.merged_through.into(),
        },
        design: record.design.clone(),
        measurement: record.measurement.clone(),
        shared_out: record.shared_out.clone(),
        mismatch_so_far: record.mismatch_so_far,
        readings: record.readings.clone(),
        ending: record.ending.clone(),
    };
    let body = text(&org.to_string(), &basis, &record.observed())?;
    let signature = engine.report_signer(org).sign(body.as_bytes());
    let row = ReportRow {
        id: Uuid::now_v7(),
        experiment: key.to_owned(),
        phase: i32::try_from(basis.measurement.phase).unwrap_or(i32::MAX),
        as_of: basis.as_of.into(),
        body,
        signature: signature.to_bytes().to_vec(),
        created_by: actor.to_owned(),
    };
    report::insert(conn, organisation, &row).await?;
    if !readings.is_empty() {
        phase::note_readings(conn, key, row.phase, &readings).await?;
    }
    Ok(row)
}

/// The newest report of an experiment, of one of its phases if a number is given.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn newest(conn: &mut PgConnection, key: &str, number: Option<i32>) -> Result<ReportRow> {
    let found = report::newest(conn, key, number).await?;
    let of_phase = number.map_or_else(String::new, |number| format!(", phase {number}"));
    found.ok_or_else(|| Error::not_found("report of the experiment", format!("{key}{of_phase}")))
}

/// A report of an experiment.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, key: &str, id: Uuid) -> Result<ReportRow> {
    let found = report::get(conn, key, id).await?;
    found.ok_or_else(|| Error::not_found("report", id))
}

/// What came of counting a report again.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// Whether the event log shows what was signed.
    pub is_same: bool,
    /// Where it does not.
    pub differences: Vec<Difference>,
}

/// Counts the log again as of a report's moment.
///
/// # Errors
/// [`Error::NotFound`], [`Error::BrokenState`], [`Error::Store`].
pub(crate) async fn verify(
    engine: &Engine,
    organisation: OrganisationId,
    key: &str,
    id: Uuid,
) -> Result<Outcome> {
    let mut reader = tenant::snapshot(&engine.pool, organisation).await?;
    let row = get(&mut reader, key, id).await?;
    let unread = |_| Error::Internal("read a report");
    let signed: Value = serde_json::from_str(&row.body).map_err(unread)?;
    let basis: Basis = serde_json::from_str(&row.body).map_err(unread)?;
    let through = Boundary {
        position: basis.log.position,
        merged_through: basis.log.merged_through.into(),
    };
    let counted = recount(&mut reader, &basis.measurement, &through, basis.as_of).await?;
    let Totals { sums, moments } = &counted;
    let observed = Observed {
        design: &basis.design,
        measurement: &basis.measurement,
        sums,
        moments,
        shared_out: &basis.shared_out,
        mismatch_so_far: basis.mismatch_so_far,
        readings: &basis.readings,
        now: basis.as_of,
    };
    let org = organisation::current(&mut reader).await?.org;
    let again = text(&org.to_string(), &basis, &observed)?;
    let again: Value = serde_json::from_str(&again).map_err(unread)?;
    let differences = differences(&signed, &again);
    Ok(Outcome::Answer(json!(Verification {
        is_same: differences.is_empty(),
        differences,
    })))
}

fn text(organisation: &str, basis: &Basis, observed: &Observed<'_>) -> Result<String> {
    let report = Report::of(organisation, basis, observed);
    report.text().map_err(|_| Error::Internal("write a report"))
}
