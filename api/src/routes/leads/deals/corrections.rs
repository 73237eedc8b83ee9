//! Corrections of deals, by who may administer: they change figures of the past.

use super::{
    bodies::{Deal, DealClosing, DealCorrection},
    locked,
};
use crate::{
    auth::Administer,
    error::Error,
    extract::{Body, PathParam},
    http::{
        conditional::{Changing, IfMatch},
        unit_of_work::Writer,
    },
    openapi::EngineItemRefusals,
    problem::{self, Problem},
    state::ApiState,
    wire::Id,
};
use axum::extract::State;
use tessera_engine::leads::deals;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(reopen))
        .routes(routes!(close))
        .routes(routes!(remove))
}

/// Reopen a deal.
///
/// A deal that was won, lost or removed is open again, in the stage in which it last was, and counts as
/// open everywhere. With `If-Match`, only if it is still the version of that `ETag`.
#[utoipa::path(post, operation_id = "reopen_deal", path = "/v1/deals/{id}/reopen", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id."),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to reopen.", example = "\"0.1.0-3\"")),
    request_body = DealCorrection,
    responses((status = 200, description = "The deal as it is now.", body = Deal),
        (status = 412, description = "The deal has changed since.", body = Problem, content_type = problem::MEDIA_TYPE),
        EngineItemRefusals))]
async fn reopen(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathParam(id): PathParam<Id>,
    if_match: IfMatch,
    Body(asked): Body<DealCorrection>,
) -> Result<Changing<Deal>, Error> {
    let row = locked(&mut writer, id, &if_match).await?;
    let (caller, conn) = writer.parts();
    let row = deals::reopen(conn, caller, row, &asked.reason, api.now()).await?;
    Ok(row.into())
}

/// Close a deal as of a date.
///
/// It counts as won or lost at that moment, whatever its stage is: one that was forgotten is closed, and
/// of one that is closed the outcome or the moment is corrected. With `If-Match`, only if it is still the
/// version of that `ETag`.
#[utoipa::path(post, operation_id = "close_deal", path = "/v1/deals/{id}/close", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id."),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to close.", example = "\"0.1.0-3\"")),
    request_body = DealClosing,
    responses((status = 200, description = "The deal as it is now.", body = Deal),
        (status = 412, description = "The deal has changed since.", body = Problem, content_type = problem::MEDIA_TYPE),
        EngineItemRefusals))]
async fn close(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathParam(id): PathParam<Id>,
    if_match: IfMatch,
    Body(asked): Body<DealClosing>,
) -> Result<Changing<Deal>, Error> {
    let row = locked(&mut writer, id, &if_match).await?;
    let (caller, conn) = writer.parts();
    let outcome = (asked.to, asked.closed_at.0);
    let row = deals::close(conn, caller, row, outcome, &asked.reason, api.now()).await?;
    Ok(row.into())
}

/// Remove a deal.
///
/// Nothing counts it any longer, and no list has it but that of removed deals. It can still be read, with
/// its history and the reason, and be reopened. With `If-Match`, only if it is still the version of that
/// `ETag`.
#[utoipa::path(post, operation_id = "remove_deal", path = "/v1/deals/{id}/remove", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id."),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to remove.", example = "\"0.1.0-3\"")),
    request_body = DealCorrection,
    responses((status = 200, description = "The deal as it is now.", body = Deal),
        (status = 412, description = "The deal has changed since.", body = Problem, content_type = problem::MEDIA_TYPE),
        EngineItemRefusals))]
async fn remove(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathParam(id): PathParam<Id>,
    if_match: IfMatch,
    Body(asked): Body<DealCorrection>,
) -> Result<Changing<Deal>, Error> {
    let row = locked(&mut writer, id, &if_match).await?;
    let (caller, conn) = writer.parts();
    let row = deals::remove(conn, caller, row, &asked.reason, api.now()).await?;
    Ok(row.into())
}
