//! The leader board of a campaign.

use super::CampaignVersion;
use crate::{
    auth::{Identify, Read},
    error::Error,
    extract::{Body, Filters, PathParam},
    http::unit_of_work::{Reader, Writer},
    openapi::EngineItemRefusals,
    state::ApiState,
    wire::{Id, Key, Moment, Name},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_engine::automation::referrals as engine;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Most referrers that are shown.
const MAX_SHOWN: usize = 100;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(show))
}

/// The referrers who brought the most.
#[derive(Serialize, ToSchema)]
struct LeaderBoard {
    /// The campaign's version.
    #[schema(example = 1)]
    version: i32,
    /// The first 100, the best first.
    places: Vec<LeaderBoardPlace>,
}

/// A referrer on the board.
#[derive(Serialize, ToSchema)]
struct LeaderBoardPlace {
    /// The rank, from 1. Equals share a rank, and the ranks that they fill are skipped.
    #[schema(example = 1)]
    rank: usize,
    /// How many others share it.
    #[schema(example = 0)]
    tied_with: usize,
    /// The wallet that referred.
    #[schema(value_type = Key)]
    referrer: String,
    /// Referrals that qualified and that nothing holds back.
    #[schema(example = 12)]
    qualified: usize,
    /// When the last of them did.
    reached_at: Moment,
}

/// Get the leader board of a campaign.
///
/// Of a version, by its last evaluation. People who do not want to be shown take no place.
#[utoipa::path(get, operation_id = "get_leader_board", path = "/v1/referral-campaigns/{name}/leader-board", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The campaign's name."), CampaignVersion),
    responses((status = 200, description = "The board.", body = LeaderBoard), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
    Filters(filter): Filters<CampaignVersion>,
) -> Result<Json<LeaderBoard>, Error> {
    let row = engine::get(&mut reader, &name.0, filter.version.map(|it| it.0)).await?;
    let caller = reader.caller.clone();
    let board = engine::board(&api.engine, &mut reader, &caller, &name.0, row.version).await?;
    let places = board.into_iter().take(MAX_SHOWN);
    Ok(Json(LeaderBoard {
        version: row.version,
        places: places
            .map(|it| LeaderBoardPlace {
                rank: it.rank,
                tied_with: it.tied_with,
                referrer: it.referrer,
                qualified: it.qualified,
                reached_at: it.reached_at.into(),
            })
            .collect(),
    }))
}

/// Whether a person is shown on leader boards.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeaderBoardConsent {
    /// Whether they are.
    #[schema(example = false)]
    is_shown: bool,
}

/// Show a person on leader boards, or not.
///
/// Everybody is shown, by wallet alone, until they do not want to be.
#[utoipa::path(put, operation_id = "set_leader_board_consent", path = "/v1/persons/{id}/leader-board", tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    request_body = LeaderBoardConsent,
    responses((status = 204, description = "It holds from now on."), EngineItemRefusals))]
async fn show(
    mut writer: Writer<Identify>,
    PathParam(id): PathParam<Id>,
    Body(wanted): Body<LeaderBoardConsent>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    engine::show(conn, caller, id.0, wanted.is_shown).await?;
    Ok(StatusCode::NO_CONTENT)
}
