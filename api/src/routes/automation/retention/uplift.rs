//! What a journey changes.

use crate::{
    auth::Read,
    error::Error,
    extract::{Body, Checks, PathParam},
    http::unit_of_work::Writer,
    openapi::EngineItemRefusals,
    routes::jobs::{self, Job},
    state::ApiState,
    wire::{Name, Version},
};
use axum::{Json, http::StatusCode};
use serde::Deserialize;
use tessera_domain::automation::retention::uplift::MAX_WINDOW_DAYS;
use tessera_engine::automation::retention::uplift::{self as engine, Looked, Wanted};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Days of a window, unless given.
const WINDOW_DAYS: u16 = 30;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(measure))
}

/// What to measure of a journey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedUplift {
    /// The version; the one that people enter, unless given, else the newest.
    version: Option<Version>,
    /// What is looked for; the goal, unless given, where the journey has one.
    outcome: Option<LookedFor>,
    /// For how many days from their entry people are looked at: 1 to 366.
    #[schema(default = 30, minimum = 1, maximum = 366, example = 30)]
    window_days: Option<u16>,
}

/// What is looked for.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LookedFor {
    /// The goal of the journey.
    Goal,
    /// A payment that was not paid back.
    Charged,
}

impl From<LookedFor> for Looked {
    fn from(looked: LookedFor) -> Self {
        match looked {
            LookedFor::Goal => Self::Goal,
            LookedFor::Charged => Self::Charged,
        }
    }
}

/// Measure what a journey changes.
///
/// Compares those who were let in with those who were held out and left alone. A person counts once,
/// and once their days are over; what happens counts by when it arrives. The answer is a job; its result is of this
/// form: `version`, `outcome`, `window_days`, `holdout_bps`; `verdict`, what follows by the bounds that hold at any
/// look: `not_comparable` where the sample ratio is off, `not_enough_yet`, `better`, `worse` or
/// `no_difference_shown`; `fewest_people` on each side before anything is concluded, and the `confidence` of all
/// bounds; `let_in` and `held_out`, each with how many `entered`, are still `open`, are `forgotten` by the event log,
/// are `measured`, and are `with_outcome`; `crossed`, people on both sides, because two have become one; `mismatch`,
/// whether as many are held out as the journey says (`pearson`, `always_valid`, `is_found`); `change`, the share with
/// the outcome of those who were let in less that of the others, and `kept`, by `mint` the money that was paid less
/// what was paid back (`let_in`, `held_out`, `a_person`). `change` and `a_person` have two tests, `always_valid` and
/// `fixed_horizon`, each with `absolute` and `relative` (`value`, `low`, `high`), `p`, and what is `missing`; they are
/// null while there are too few people. They are about this version and everybody who entered it, not about any one
/// person or another version.
#[utoipa::path(post, operation_id = "measure_journey_uplift", path = "/v1/journeys/{name}/uplift", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The journey's name.")),
    request_body = WantedUplift,
    responses((status = 202, description = "The job.", body = Job), EngineItemRefusals))]
async fn measure(
    mut writer: Writer<Read>,
    PathParam(name): PathParam<Name>,
    Body(body): Body<WantedUplift>,
) -> Result<(StatusCode, Json<Job>), Error> {
    let window_days = body.window_days.unwrap_or(WINDOW_DAYS);
    let mut checks = Checks::default();
    let rule = "must be from 1 to 366";
    checks.that(
        "window_days",
        rule,
        (1..=MAX_WINDOW_DAYS).contains(&window_days),
    );
    checks.finish()?;
    let wanted = Wanted {
        version: body.version.map(|it| it.0),
        outcome: body.outcome.map(Into::into),
        window_days,
    };
    let request = engine::wanted(&mut writer, &name.0, wanted).await?;
    jobs::request(&mut writer, &request).await
}
