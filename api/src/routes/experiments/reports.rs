//! Reports of experiments: signed, kept, and counted again.

use super::{
    format::{Format, Shown, ShownPhase, by_accept},
    report_page::{Seal, Sheet},
};
use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, Filters, List, Listed, Paging, PathPair, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, ItemRefusals},
    routes::jobs::{self, Job},
    state::ApiState,
    wire::{ExperimentKey, Id, Key, Listing, Moment, Version},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use tessera_engine::{
    experiments::{designs, reports},
    job::JobRequest,
};
use tessera_store::{
    Key as Address,
    experiments::report::{self, ReportHead, ReportRow},
    mirror::query,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// What stands before an Ed25519 key in its DER form (RFC 8410).
const DER_HEADER: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, sign))
        .routes(routes!(get))
        .routes(routes!(newest))
        .routes(routes!(verify))
        .routes(routes!(key_of))
}

/// Of what a report is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReport {
    /// The number of the phase; the latest one, unless given.
    phase: Option<Version>,
}

/// A report.
#[derive(Serialize, ToSchema)]
struct Report {
    /// Its id.
    id: Id,
    /// The exact text that is signed, which is JSON: `format`, `organisation` (the Org's address), `as_of`,
    /// `log` (until where the event log is counted), `design`, `measurement`, `shared_out`,
    /// `mismatch_so_far`, `readings` (of tests that are read once, if any), `ending` (`at`, `by`, `reason`
    /// and `shipped`, once there is one), `counted_sha256` (of all counts and moments) and `results`, as
    /// `GET /v1/experiments/{key}/results` has them.
    #[schema(
        example = r#"{"as_of":"2026-11-30T08:00:00Z","format":"tessera-experiment-report/1"}"#
    )]
    report: String,
    /// Ed25519 over the bytes of `report`, in base64.
    #[schema(
        example = "0Hq4bW2Zr0m1oRZ3v6Qm8dXn0c0q3l0Z8o5oYw1x9q2r3s4t5u6v7w8x9y0zAAAABBBBCCCCDDDDEEEEFFFFGA=="
    )]
    signature: String,
    /// The key that the signature is checked with, as `GET /v1/orgs/{address}/report-key` has it.
    public_key: PublicKey,
    /// The API key or wallet that asked for it; `engine` for what it signs by itself.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
}

/// An Ed25519 public key as PEM, which OpenSSL reads (RFC 8410).
#[derive(Serialize, ToSchema)]
#[serde(transparent)]
#[schema(
    example = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
)]
struct PublicKey(String);

impl PublicKey {
    fn of(key: [u8; 32]) -> Self {
        let text = BASE64_STANDARD.encode([DER_HEADER.as_slice(), &key].concat());
        Self(format!(
            "-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"
        ))
    }
}

impl Report {
    fn of(api: &ApiState, org: Address, row: ReportRow) -> Self {
        Self {
            id: row.id.into(),
            report: row.body,
            signature: BASE64_STANDARD.encode(row.signature),
            public_key: PublicKey::of(api.engine.report_key(org)),
            created_by: row.created_by,
        }
    }

    fn shown(self, format: Format) -> Result<Response, Error> {
        if format == Format::Json {
            return Ok(by_accept(Json(self)));
        }
        let seal = Seal {
            id: self.id.0,
            signature: &self.signature,
            public_key: &self.public_key.0,
            created_by: &self.created_by,
        };
        Ok(Sheet::read(&self.report)?.answer(Some(&seal)))
    }
}

/// What a report is about.
#[derive(Serialize, ToSchema)]
struct ListedReport {
    /// Its id.
    id: Id,
    /// The phase.
    #[schema(example = 1)]
    phase: i32,
    /// The moment whose events are in it.
    as_of: Moment,
    /// The API key or wallet that asked for it; `engine` for what it signs by itself.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
}

impl From<ReportHead> for ListedReport {
    fn from(row: ReportHead) -> Self {
        Self {
            id: row.id.into(),
            phase: row.phase,
            as_of: row.as_of.into(),
            created_by: row.created_by,
        }
    }
}

/// The key that reports are checked with.
#[derive(Serialize, ToSchema)]
struct ReportKey {
    /// The key.
    public_key: PublicKey,
}

parameters! {
    struct ReportFilters {}
}

impl Listed for ReportFilters {
    const RESOURCE: &'static str = "experiment_reports";
    type Key = Uuid;
}

/// Sign a report of an experiment.
///
/// What the phase shows now, with all that it follows from but the events. It is kept, and can be counted
/// again from the event log: see its verification.
#[utoipa::path(post, operation_id = "sign_experiment_report", path = "/v1/experiments/{key}/reports", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key.")),
    request_body = NewReport,
    responses((status = 201, description = "The report.", body = Report), EngineItemRefusals))]
async fn sign(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    PathParam(key): PathParam<ExperimentKey>,
    Body(wanted): Body<NewReport>,
) -> Result<(StatusCode, Json<Report>), Error> {
    let (caller, conn) = writer.parts();
    let (organisation, org) = (caller.organisation, caller.org);
    let actor = caller.actor.to_string();
    let row = reports::ask_for(
        &api.engine,
        conn,
        organisation,
        &actor,
        &key.0,
        wanted.phase.map(|it| it.0),
    )
    .await?;
    Ok((StatusCode::CREATED, Json(Report::of(&api, org, row))))
}

/// List an experiment's reports.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_experiment_reports", path = "/v1/experiments/{key}/reports", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key."), ReportFilters, Paging<ReportFilters>),
    responses((status = 200, description = "A page of reports.", body = Listing<ListedReport>), EngineItemRefusals))]
async fn list(
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
    list: List<ReportFilters>,
) -> Result<Json<Listing<ListedReport>>, Error> {
    designs::get(&mut reader, &key.0).await?;
    let rows = report::list(&mut reader, &key.0, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// Get the newest report of an experiment.
///
/// One is signed by itself every week while a phase runs, within a day of another decision, and when the
/// phase has ended; in between the team asks for one. What the phase shows at this moment are its
/// results.
#[utoipa::path(get, operation_id = "get_newest_experiment_report", path = "/v1/experiments/{key}/report", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key."), ShownPhase),
    responses((status = 200, description = "The report.", content((Report = "application/json"), (String = "text/html", example = "<!DOCTYPE html>"))), EngineItemRefusals))]
async fn newest(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
    Filters(filters): Filters<ShownPhase>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let row = reports::newest(&mut reader, &key.0, filters.number()).await?;
    let report = Report::of(&api, reader.caller.org, row);
    report.shown(Format::of(filters.format, &headers))
}

/// Get a report of an experiment.
///
/// As data, or as a page for people.
#[utoipa::path(get, operation_id = "get_experiment_report", path = "/v1/experiments/{key}/reports/{id}", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key."),
           ("id" = Id, Path, description = "The report's id."), Shown),
    responses((status = 200, description = "The report.", content((Report = "application/json"), (String = "text/html", example = "<!DOCTYPE html>"))), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathPair(key, id): PathPair<ExperimentKey, Id>,
    Filters(filters): Filters<Shown>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let row = reports::get(&mut reader, &key.0, id.0).await?;
    let report = Report::of(&api, reader.caller.org, row);
    report.shown(Format::of(filters.format, &headers))
}

/// Count a report again.
///
/// A job counts the event log as it was at the report's moment: events that came later, and merges of
/// people that were made or undone later, do not count. Its result has `is_same`, and at most 100
/// `differences`: `at` (an RFC 6901 pointer into the report; `/counted_sha256` is among them if any count
/// differs), `signed` and `counted`, null where there was nothing. What was signed is the same to the last
/// digit, unless part of the log is gone: an erasure gives names of wallets, accounts, quotes and codes in
/// a person's events another text, which matters to a metric that counts by them, and events before the
/// log's horizon are no longer kept.
#[utoipa::path(post, operation_id = "verify_experiment_report", path = "/v1/experiments/{key}/reports/{id}/verification", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key."),
           ("id" = Id, Path, description = "The report's id.")),
    responses((status = 202, description = "The requested job.", body = Job), EngineItemRefusals))]
async fn verify(
    mut writer: Writer<Read>,
    PathPair(key, id): PathPair<ExperimentKey, Id>,
) -> Result<(StatusCode, Json<Job>), Error> {
    let wanted = JobRequest::Verification {
        experiment: key.0,
        report: id.0,
    };
    jobs::request(&mut writer, &wanted).await
}

/// Get the key that an org's reports are signed with.
///
/// Anybody can check a report with it: no account is needed, and no trust in who hands the report on.
#[utoipa::path(get, operation_id = "get_report_key", path = "/v1/orgs/{address}/report-key", tag = "experiments",
    params(("address" = Key, Path, description = "The org.")),
    responses((status = 200, description = "The key.", body = ReportKey), ItemRefusals))]
async fn key_of(
    State(api): State<ApiState>,
    PathParam(address): PathParam<Key>,
    Filters(()): Filters<()>,
) -> Result<Json<ReportKey>, Error> {
    let (mut mirror, _) = api.mirror().await?;
    let found = query::orgs::get(&mut mirror, address.into()).await?;
    let org = found.ok_or(Error::absent("org", address))?;
    Ok(Json(ReportKey {
        public_key: PublicKey::of(api.engine.report_key(org.address)),
    }))
}
