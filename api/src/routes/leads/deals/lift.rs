//! Which objections, solutions and barriers go with winning.

use crate::{auth::Read, error::Error, http::unit_of_work::Reader, openapi::EngineRefusals};
use axum::Json;
use serde::Serialize;
use tessera_domain::{leads::deals::WinRateLift, statistics::proportion::Proportion};
use tessera_store::leads::deal;
use utoipa::ToSchema;

/// Win rates, and how each objection, solution and barrier goes with them.
#[derive(Serialize, ToSchema)]
pub(super) struct Lift {
    /// Share of the closed deals that were won, with the Wilson interval.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({
        "numerator": 12, "denominator": 30, "rate": 0.4, "interval": [0.246, 0.577]
    }))]
    win_rate: Proportion,
    /// Each objection, solution and barrier: the win rate of the closed deals with it, without it,
    /// and how they compare. A rate over no deals is null.
    #[schema(value_type = Vec<Object>, example = json!([{
        "factor": { "kind": "solution", "name": "flexible_pricing" },
        "with": { "numerator": 8, "denominator": 10, "rate": 0.8, "interval": [0.49, 0.943] },
        "without": { "numerator": 4, "denominator": 20, "rate": 0.2, "interval": [0.081, 0.416] },
        "difference": 0.6, "difference_interval": [0.222, 0.786],
        "ratio": 4.0, "ratio_interval": [1.569, 10.197]
    }]))]
    factors: Vec<WinRateLift>,
}

/// Compare win rates.
///
/// Over all closed deals: how often those with an objection, solution or barrier are won, against
/// those without it. It shows correlation, not cause: a solution is offered where an objection was
/// raised.
#[utoipa::path(get, operation_id = "get_win_rate_lift", path = "/v1/deals/lift", tag = "analytics", security(("bearer" = [])),
    responses((status = 200, description = "Win rates.", body = Lift), EngineRefusals))]
pub(super) async fn lift(mut reader: Reader<Read>) -> Result<Json<Lift>, Error> {
    let counts = deal::win_counts(&mut reader).await?;
    Ok(Json(Lift {
        win_rate: counts.win_rate(),
        factors: counts.lifts(),
    }))
}
