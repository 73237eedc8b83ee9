//! Referral links: count the click, respect what the visitor wants, redirect.
//!
//! A link names the organisation's Org, so that another Org can have the same code. Where it leads
//! is the organisation's setting and never part of the request. A count names nobody. Only a
//! visitor who consents, and whose browser does not object (`Sec-GPC: 1`), is remembered: then the
//! click is an event of theirs, and they can be recognised where the link leads. Bots, link
//! previews and prefetches are redirected and counted apart, and so is what may or may not be a
//! machine; `HEAD` is redirected and writes nothing.

use super::objects;
use crate::{
    auth::{Read, agent},
    error::Error,
    extract::{Filters, Flag, Param, PathPair, PathParam, parameters},
    http::unit_of_work::{Reader, Repeated},
    openapi::{EngineRefusals, ItemRefusals},
    problem::Problem,
    schema::SenderId,
    state::ApiState,
    wire::{Day, Key, ReferralCode},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use serde::Serialize;
use tessera_domain::{
    event::Agent,
    people::{Identifier, IdentifierKind},
};
use tessera_engine::capture::click;
use tessera_store::{StoreError, capture::referral_link};
use url::Url;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Most days of clicks in an answer.
const MAX_DAYS: i64 = 400;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(follow))
        .routes(routes!(clicks))
}

parameters! {
    /// What is known of the visitor.
    struct Visit {
        /// Whether the visitor consents to being remembered; false unless given.
        consent: Flag,
        /// The visitor's anonymous id, when the page with the link knows one.
        anonymous_id: AnonymousId,
    }
}

pub(crate) struct AnonymousId(Identifier);

impl Param for AnonymousId {
    const RULE: &'static str = "must be an id of 1 to 128 characters that stands for one visitor";

    fn parse(text: &str) -> Option<Self> {
        Identifier::parse(IdentifierKind::Anonymous, text)
            .ok()
            .map(Self)
    }
}

impl PartialSchema for AnonymousId {
    fn schema() -> RefOr<Schema> {
        SenderId::schema()
    }
}

/// Follow a referral link.
///
/// Redirects to the organisation's destination with the code as `ref` and, for a remembered
/// visitor, their `anonymous_id`. A code may be typed in any case, with blanks, without `-` and `_`, and
/// with O for 0 or I or l for 1, as long as one code of the Org reads like it. `Sec-GPC: 1` counts as no
/// consent. Clicks are rate-limited for each Org and overall.
#[utoipa::path(get, operation_id = "follow_referral_link", path = "/r/{org}/{code}", tag = "capture",
    params(("org" = Key, Path, description = "The Org."),
        ("code" = inline(ReferralCode), Path, description = "The referral code, as it was typed."), Visit),
    responses((status = 302, description = "The redirect; Location holds the destination."),
        (status = 429, description = "Too many clicks; Retry-After says when to try again.", body = Problem, content_type = "application/problem+json"), ItemRefusals))]
async fn follow(
    State(api): State<ApiState>,
    PathPair(org, ReferralCode(typed)): PathPair<Key, ReferralCode>,
    Filters(visit): Filters<Visit>,
    method: Method,
    repeated: Repeated,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let org = org.into();
    if !repeated.0 {
        api.limiter.click(org)?;
    }
    let mut connection = api.engine.pool.acquire().await.map_err(StoreError::from)?;
    let like = referral_link::of_shape(&mut connection, org, &typed.shape()).await?;
    drop(connection);
    let absent = || Error::not_found("referral link", typed.written());
    let found = typed
        .choose("code", like)
        .map_err(|refusal| Error::invalid(vec![refusal]))?;
    let (code, link) = found.ok_or_else(absent)?;
    let mut destination: Url = link
        .destination
        .as_deref()
        .and_then(|destination| destination.parse().ok())
        .ok_or_else(absent)?;
    destination.query_pairs_mut().append_pair("ref", &code);
    if method == Method::GET {
        let agent = agent(&headers);
        let consents = visit.consent.unwrap_or_default().0 && !objects(&headers);
        let remembered = consents && agent == Agent::Human;
        let visitor = remembered
            .then(|| visit.anonymous_id.map_or_else(stranger, |id| Ok(id.0)))
            .transpose()?;
        let organisation = link.organisation;
        let mut transaction = repeated.begin(&api.engine.pool, organisation).await?;
        click(
            &api.engine,
            &mut transaction,
            organisation,
            &code,
            agent,
            visitor.as_ref(),
            api.now(),
        )
        .await?;
        transaction.commit().await.map_err(StoreError::from)?;
        if let Some(visitor) = &visitor {
            destination
                .query_pairs_mut()
                .append_pair("anonymous_id", visitor.value());
        }
    }
    let location =
        HeaderValue::from_str(destination.as_str()).map_err(|_| Error::internal("destination"))?;
    let quiet = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    Ok((StatusCode::FOUND, quiet).into_response())
}

/// Clicks on a referral link on one day.
#[derive(Serialize, ToSchema)]
struct DayOfClicks {
    /// The UTC day.
    day: Day,
    /// Clicks by people, as far as can be determined.
    #[schema(example = 41)]
    people: i64,
    /// Clicks by bots, link previews and browsers that look ahead.
    #[schema(example = 12)]
    machines: i64,
    /// Clicks by programs that do not say what they are.
    #[schema(example = 3)]
    unknown: i64,
}

/// Clicks on a referral link.
#[derive(Serialize, ToSchema)]
struct Clicks {
    /// Days with clicks, latest first, at most the last 400.
    days: Vec<DayOfClicks>,
}

/// Get a referral link's clicks.
#[utoipa::path(get, operation_id = "get_referral_link_clicks", path = "/v1/referral-links/{code}/clicks", tag = "capture", security(("bearer" = [])),
    params(("code" = inline(ReferralCode), Path, description = "The referral code, as it was typed.")),
    responses((status = 200, description = "Clicks by day.", body = Clicks), EngineRefusals))]
async fn clicks(
    mut reader: Reader<Read>,
    PathParam(ReferralCode(typed)): PathParam<ReferralCode>,
) -> Result<Json<Clicks>, Error> {
    let org = reader.caller.org;
    let like = referral_link::ever_of_shape(&mut reader, org, &typed.shape()).await?;
    let found = typed
        .choose("code", like.into_iter().map(|code| (code, ())))
        .map_err(|refusal| Error::invalid(vec![refusal]))?;
    let code = found.map_or_else(|| typed.written().to_owned(), |(code, ())| code);
    let rows = referral_link::by_day(&mut reader, &code, MAX_DAYS).await?;
    let days = rows
        .into_iter()
        .map(|row| DayOfClicks {
            day: Day(NaiveDate::from_epoch_days(row.day).unwrap_or_default()),
            people: row.people,
            machines: row.machines,
            unknown: row.unknown,
        })
        .collect();
    Ok(Json(Clicks { days }))
}

/// An id for a visitor without one.
fn stranger() -> Result<Identifier, Error> {
    Identifier::parse(IdentifierKind::Anonymous, &Uuid::new_v4().to_string())
        .map_err(|_| Error::internal("id"))
}
