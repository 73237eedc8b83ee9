//! Deals: created, changed, moved from stage to stage.

mod bodies;
mod corrections;
mod lift;

use crate::{
    auth::{Read, Sell},
    error::Error,
    extract::{Body, Checks, Flag, List, Listed, Paging, Param, PathParam, parameters},
    http::{
        conditional::{Changing, IfMatch},
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    problem::{self, Problem},
    state::ApiState,
    wire::{Id, Key, Listing},
};
use axum::{Json, extract::State, http::StatusCode};
use bodies::{Deal, DealChange, NewDeal, NewTransition, PipelineMove, Transition};
use tessera_domain::leads::deals::{Findings, Stage};
use tessera_engine::leads::deals;
use tessera_store::{
    PgConnection,
    leads::deal::{self, DealFilter, DealRow},
    people::person,
};
use utoipa::{
    PartialSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Most characters of a name.
const MAX_NAME_CHARS: usize = 200;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(lift::lift))
        .routes(routes!(get, change))
        .routes(routes!(advance))
        .routes(routes!(advance_in_pipeline))
        .routes(routes!(transitions))
        .merge(corrections::router())
}

pub(crate) struct StageName(Stage);

impl Param for StageName {
    const RULE: &'static str =
        "must be one of new, qualified, demo_scheduled, demo_held, proposal, won, lost";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl PartialSchema for StageName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Stage::ALL.map(Stage::as_str)))
            .examples(["demo_held"])
            .into()
    }
}

parameters! {
    /// Narrows the list.
    struct DealFilters {
        /// Only deals in this stage.
        stage: StageName,
        /// Only deals with this person, or with anybody merged with them.
        person: Id,
        /// Only deals that this wallet works on.
        owner: Key,
        /// Only deals that were removed, with `true`; without it, none of them.
        removed: Flag,
    }
}

impl Listed for DealFilters {
    const RESOURCE: &'static str = "deals";
    type Key = Uuid;
}

parameters! {
    struct TransitionFilters {}
}

impl Listed for TransitionFilters {
    const RESOURCE: &'static str = "deal_transitions";
    type Key = i64;
}

/// List deals.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_deals", path = "/v1/deals", tag = "leads", security(("bearer" = [])),
    params(DealFilters, Paging<DealFilters>),
    responses((status = 200, description = "A page of deals.", body = Listing<Deal>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<DealFilters>,
) -> Result<Json<Listing<Deal>>, Error> {
    let filters = &list.filters;
    let filter = DealFilter {
        stage: filters.stage.as_ref().map(|stage| stage.0),
        person: filters.person.map(|person| person.0),
        owner: filters.owner.map(Into::into),
        removed: filters.removed.is_some_and(|removed| removed.0),
    };
    let rows = deal::list(&mut reader, filter, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// Create a deal.
///
/// It begins in the stage `new`, or in the first stage of a pipeline.
#[utoipa::path(post, operation_id = "create_deal", path = "/v1/deals", tag = "leads", security(("bearer" = [])),
    request_body = NewDeal,
    responses((status = 201, description = "The deal.", body = Deal), EngineRefusals))]
async fn create(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    Body(new): Body<NewDeal>,
) -> Result<(StatusCode, Changing<Deal>), Error> {
    let mut checks = Checks::default();
    checks.text("name", &new.name, MAX_NAME_CHARS);
    let known = person::get(&mut writer, new.person.0).await?.is_some();
    checks.that(
        "person",
        "must be the id of a person of the organisation, as GET /v1/leads lists it",
        known,
    );
    checks.finish()?;
    let new = deals::NewDeal {
        person: new.person.0,
        name: new.name,
        amount: new.amount.0,
        currency: new.currency.as_str().to_owned(),
        owner: new.owner.map(Into::into),
        findings: Findings {
            objections: new.objections,
            solutions: new.solutions,
            barriers: new.barriers,
        },
        pipeline: new.pipeline.map(|it| it.0),
    };
    let (caller, conn) = writer.parts();
    let row = deals::create(&api.engine, conn, caller, new, api.now()).await?;
    Ok((StatusCode::CREATED, row.into()))
}

/// Get a deal.
#[utoipa::path(get, operation_id = "get_deal", path = "/v1/deals/{id}", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id.")),
    responses((status = 200, description = "The deal; its ETag is its version.", body = Deal), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Changing<Deal>, Error> {
    found(&mut reader, id).await.map(Into::into)
}

/// Change a deal.
///
/// With `If-Match`, only if it is still the version of that `ETag`. A change without effect creates
/// no version.
#[utoipa::path(patch, operation_id = "change_deal", path = "/v1/deals/{id}", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id."),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to change.", example = "\"0.1.0-3\"")),
    request_body = DealChange,
    responses((status = 200, description = "The deal as it is now.", body = Deal),
        (status = 412, description = "The deal has changed since.", body = Problem, content_type = problem::MEDIA_TYPE),
        EngineItemRefusals))]
async fn change(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
    if_match: IfMatch,
    Body(change): Body<DealChange>,
) -> Result<Changing<Deal>, Error> {
    if let Some(name) = &change.name {
        let mut checks = Checks::default();
        checks.text("name", name, MAX_NAME_CHARS);
        checks.finish()?;
    }
    let row = locked(&mut writer, id, &if_match).await?;
    let change = deals::DealChange {
        name: change.name,
        amount: change.amount.map(|amount| amount.0),
        owner: change.owner.map(|owner| owner.map(Into::into)),
        objections: change.objections,
        solutions: change.solutions,
        barriers: change.barriers,
    };
    let changed = deals::change(&mut writer, row, change, api.now()).await?;
    Ok(changed.into())
}

/// Move a deal to another stage.
///
/// A deal begins as `new`. An open deal can be lost and, from `qualified` on, won; a lost deal can
/// be reopened as `qualified`; a won deal is final, unless it is corrected. The refusal of a move lists
/// the allowed ones. A deal in a pipeline moves by `/advance` instead.
/// With `If-Match`, only if the deal is still the version of that `ETag`.
#[utoipa::path(post, operation_id = "move_deal", path = "/v1/deals/{id}/transition", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id."),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to move.", example = "\"0.1.0-3\"")),
    request_body = NewTransition,
    responses((status = 200, description = "The deal as it is now.", body = Deal),
        (status = 412, description = "The deal has changed since.", body = Problem, content_type = problem::MEDIA_TYPE),
        EngineItemRefusals))]
async fn advance(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
    if_match: IfMatch,
    Body(wanted): Body<NewTransition>,
) -> Result<Changing<Deal>, Error> {
    let row = locked(&mut writer, id, &if_match).await?;
    let (caller, conn) = writer.parts();
    let row = deals::advance(conn, caller, row, wanted.to, api.now()).await?;
    Ok(row.into())
}

/// Move a deal to another stage of its pipeline.
///
/// By the version of the pipeline that is published. A refused move lists everything that must be known of the
/// deal or its lead first, or the allowed moves. With `If-Match`, only if the deal is still the version of that
/// `ETag`.
#[utoipa::path(post, operation_id = "move_deal_in_pipeline", path = "/v1/deals/{id}/advance", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id."),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to move.", example = "\"0.1.0-3\"")),
    request_body = PipelineMove,
    responses((status = 200, description = "The deal as it is now.", body = Deal),
        (status = 412, description = "The deal has changed since.", body = Problem, content_type = problem::MEDIA_TYPE),
        EngineItemRefusals))]
async fn advance_in_pipeline(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
    if_match: IfMatch,
    Body(wanted): Body<PipelineMove>,
) -> Result<Changing<Deal>, Error> {
    let row = locked(&mut writer, id, &if_match).await?;
    let (caller, conn) = writer.parts();
    let moved =
        deals::advance_in_pipeline(&api.engine, conn, caller, row, &wanted.to.0, api.now()).await?;
    Ok(moved.into())
}

/// List a deal's history.
///
/// Its moves and its corrections, oldest first, a page at a time. No correction replaces an entry.
#[utoipa::path(get, operation_id = "list_deal_transitions", path = "/v1/deals/{id}/transitions", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id."), TransitionFilters, Paging<TransitionFilters>),
    responses((status = 200, description = "A page of entries.", body = Listing<Transition>), EngineItemRefusals))]
async fn transitions(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
    list: List<TransitionFilters>,
) -> Result<Json<Listing<Transition>>, Error> {
    found(&mut reader, id).await?;
    let rows = deal::transitions(&mut reader, id.0, list.page()).await?;
    list.answer(rows, |row| row.version.into(), |row| Ok(row.into()))
}

async fn found(conn: &mut PgConnection, id: Id) -> Result<DealRow, Error> {
    deal::get(conn, id.0).await?.ok_or_else(|| absent(id))
}

/// Locks the deal to change, if it still is the version that the caller means.
async fn locked(conn: &mut PgConnection, id: Id, if_match: &IfMatch) -> Result<DealRow, Error> {
    let row = deal::lock(conn, id.0).await?.ok_or_else(|| absent(id))?;
    if_match.require(row.version, "deal")?;
    Ok(row)
}

fn absent(id: Id) -> Error {
    Error::not_found("deal", id)
}
