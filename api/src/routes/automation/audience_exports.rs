//! Exports of people for advertising. Their files are read with the jobs that make them.

use crate::{
    auth::Administer,
    error::Error,
    extract::{Body, List, Listed, Paging, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    routes::jobs::{self, Job},
    schema::AudienceFormat,
    state::ApiState,
    wire::{Id, Listing, Moment, Name},
};
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::automation::audience;
use tessera_engine::automation::audience_exports;
use tessera_store::automation::audience_export::{self, AudienceExportRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, export))
}

parameters! {
    struct AudienceExportFilters {}
}

impl Listed for AudienceExportFilters {
    const RESOURCE: &'static str = "audience_exports";
    type Key = Uuid;
}

/// An export to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAudienceExport {
    /// The segment whose members are wanted.
    segment: Name,
    /// The platform that is to read it.
    #[schema(value_type = AudienceFormat)]
    format: audience::AudienceFormat,
}

/// An export that was asked for.
#[derive(Serialize, ToSchema)]
struct AudienceExport {
    /// Its id, which is also that of the job that makes it.
    id: Id,
    /// The segment whose members it is of.
    #[schema(value_type = Name)]
    segment: String,
    /// The platform that is to read it.
    #[schema(value_type = AudienceFormat)]
    format: String,
    /// How many people are in it; null until the job is done, and if it failed.
    #[schema(required, example = 1200)]
    people: Option<i32>,
    /// The API key or wallet that asked for it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was asked for.
    created_at: Moment,
}

impl From<AudienceExportRow> for AudienceExport {
    fn from(row: AudienceExportRow) -> Self {
        Self {
            id: row.id.into(),
            segment: row.segment,
            format: row.format,
            people: row.people,
            created_by: row.created_by,
            created_at: row.created_at.into(),
        }
    }
}

/// List audience exports.
///
/// Who asked for which, and how many people were in it; latest first, a page at a time. The record is kept for good.
#[utoipa::path(get, operation_id = "list_audience_exports", path = "/v1/audience-exports", tag = "automation", security(("bearer" = [])),
    params(AudienceExportFilters, Paging<AudienceExportFilters>),
    responses((status = 200, description = "A page of exports.", body = Listing<AudienceExport>), EngineRefusals))]
async fn list(
    mut reader: Reader<Administer>,
    list: List<AudienceExportFilters>,
) -> Result<Json<Listing<AudienceExport>>, Error> {
    let rows = audience_export::list(&mut reader, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// Export an audience.
///
/// A job makes it. Its result has `people`, how many are in the list, and `csv`, the file for the platform: the sorted
/// SHA-256 digests of the addresses in lower case. The list has the members of the segment whose address and whose trait `ad_consent`
/// (true) a server has stated, and who have refused neither marketing nor any topic at that address, which must not be
/// suppressed either. The job fails with fewer than 100 such people, or more than 100,000. The file can be read for a
/// day, and no longer than until a person of the organisation is erased; after that `csv` is null.
#[utoipa::path(post, operation_id = "export_audience", path = "/v1/audience-exports", tag = "automation", security(("bearer" = [])),
    request_body = NewAudienceExport,
    responses((status = 202, description = "The job that makes it.", body = Job), EngineItemRefusals))]
async fn export(
    mut writer: Writer<Administer>,
    Body(new): Body<NewAudienceExport>,
) -> Result<(StatusCode, Json<Job>), Error> {
    let (caller, conn) = writer.parts();
    let id = audience_exports::request(conn, caller, &new.segment.0, new.format).await?;
    jobs::accepted(conn, id).await
}
