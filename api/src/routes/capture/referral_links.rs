//! Referral links: count the click, respect what the visitor wants, lead on.
//!
//! Where a link leads is the organisation's setting and never part of the request. A count names
//! nobody. Only a visitor who consents, and whose browser does not object (`Sec-GPC: 1`), is
//! remembered: then the click is an event of theirs, and they can be recognised where the link leads.

use crate::{
    auth::Read,
    error::Error,
    extract::{Filters, Flag, Param, PathParam, parameters},
    http::unit_of_work::Reader,
    openapi::{EngineRefusals, ItemRefusals},
    state::ApiState,
    wire::{Day, Key},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use isbot::Bots;
use serde::Serialize;
use serde_json::json;
use std::sync::LazyLock;
use tessera_domain::people::{Identifier, IdentifierKind, Proof};
use tessera_engine::capture::{self, Occurrence};
use tessera_store::{
    StoreError,
    capture::referral_link::{self, ReferralLink},
    tenant,
};
use url::Url;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Most days of clicks in an answer.
const MAX_DAYS: i64 = 400;

/// User agents of machines.
static MACHINES: LazyLock<Bots> = LazyLock::new(Bots::default);

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(follow))
        .routes(routes!(clicks))
}

parameters! {
    /// What is known of the visitor.
    struct Visit {
        /// The Org, when several have the code.
        org: Key,
        /// Whether the visitor consents to being remembered; false unless given.
        consent: Flag,
        /// The visitor's anonymous id, when the page with the link knows one.
        anonymous_id: AnonymousId,
    }
}

/// An anonymous id in a query.
pub(crate) struct AnonymousId(Identifier);

impl Param for AnonymousId {
    const RULE: &'static str = "an id of 1 to 128 characters that stands for one visitor";

    fn parse(text: &str) -> Option<Self> {
        Identifier::parse(IdentifierKind::Anonymous, text)
            .ok()
            .map(Self)
    }
}

impl PartialSchema for AnonymousId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .examples(["0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60"])
            .into()
    }
}

/// A referral code in a path.
pub(crate) struct Code(pub(crate) String);

impl Param for Code {
    const RULE: &'static str = "3 to 16 of A-Z, 0-9, _ and -";

    fn parse(text: &str) -> Option<Self> {
        let good =
            |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        ((3..=16).contains(&text.len()) && text.bytes().all(good)).then(|| Self(text.to_owned()))
    }
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Z0-9_-]{3,16}$"))
            .examples(["FRIEND-7"])
            .into()
    }
}

/// Follow a referral link.
///
/// Leads to the organisation's destination with the code as `ref`, and for a remembered visitor
/// with their `anonymous_id`. `Sec-GPC: 1` counts as no consent.
#[utoipa::path(get, operation_id = "follow_referral_link", path = "/r/{code}", tag = "capture",
    params(("code" = String, Path, pattern = "^[A-Z0-9_-]{3,16}$", example = "FRIEND-7", description = "The referral code."), Visit),
    responses((status = 302, description = "Where it leads, in Location."),
        (status = 409, description = "Several Orgs have the code: name one."), ItemRefusals))]
async fn follow(
    State(api): State<ApiState>,
    PathParam(Code(code)): PathParam<Code>,
    Filters(visit): Filters<Visit>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let mut connection = api.engine.pool.acquire().await.map_err(StoreError::from)?;
    let links = referral_link::links(&mut connection, &code, visit.org.map(Into::into)).await?;
    drop(connection);
    let absent = || Error::not_found("referral link", code.clone());
    let link = match links.as_slice() {
        [link] => link,
        [] => return Err(absent()),
        _ => {
            return Err(Error::conflict(
                "several Orgs have this code: name one as `org`".to_owned(),
            ));
        }
    };
    let mut destination: Url = link
        .destination
        .as_deref()
        .and_then(|destination| destination.parse().ok())
        .ok_or_else(absent)?;
    destination.query_pairs_mut().append_pair("ref", &code);
    let by_machine = method == Method::HEAD || is_machine(&headers);
    let remembered = !by_machine
        && visit.consent.unwrap_or_default().0
        && headers.get("sec-gpc").is_none_or(|value| value != "1");
    let visitor = remembered.then(|| visit.anonymous_id.map_or_else(stranger, |id| Ok(id.0)));
    let visitor = visitor.transpose()?;
    record(&api, link, &code, by_machine, visitor.as_ref()).await?;
    if let Some(visitor) = &visitor {
        destination
            .query_pairs_mut()
            .append_pair("anonymous_id", visitor.value());
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
    /// By people, as far as one can tell.
    #[schema(example = 41)]
    people: i64,
    /// By machines, and by browsers that only looked ahead.
    #[schema(example = 7)]
    machines: i64,
}

/// Clicks on a referral link.
#[derive(Serialize, ToSchema)]
struct Clicks {
    /// Days with clicks, latest first, at most the last 400.
    days: Vec<DayOfClicks>,
}

/// Get how often a referral link was followed.
#[utoipa::path(get, operation_id = "get_referral_link_clicks", path = "/v1/referral-links/{code}/clicks", tag = "capture", security(("bearer" = [])),
    params(("code" = String, Path, pattern = "^[A-Z0-9_-]{3,16}$", example = "FRIEND-7", description = "The referral code.")),
    responses((status = 200, description = "Clicks by day.", body = Clicks), EngineRefusals))]
async fn clicks(
    mut reader: Reader<Read>,
    PathParam(Code(code)): PathParam<Code>,
) -> Result<Json<Clicks>, Error> {
    let rows = referral_link::by_day(&mut reader, &code, MAX_DAYS).await?;
    let days = rows
        .into_iter()
        .map(|row| DayOfClicks {
            day: Day(NaiveDate::from_epoch_days(row.day).unwrap_or_default()),
            people: row.people,
            machines: row.machines,
        })
        .collect();
    Ok(Json(Clicks { days }))
}

/// An id for a visitor without one.
fn stranger() -> Result<Identifier, Error> {
    Identifier::parse(IdentifierKind::Anonymous, &Uuid::new_v4().to_string())
        .map_err(|_| Error::internal("id"))
}

/// Machines by name, and browsers that load a page nobody has asked for yet.
fn is_machine(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let ahead = ["sec-purpose", "purpose", "x-moz"]
        .into_iter()
        .filter_map(text)
        .any(|purpose| purpose.contains("prefetch"));
    ahead || text("user-agent").is_none_or(|agent| MACHINES.is_bot(agent))
}

async fn record(
    api: &ApiState,
    link: &ReferralLink,
    code: &str,
    by_machine: bool,
    visitor: Option<&Identifier>,
) -> Result<(), Error> {
    let now = api.now();
    let mut transaction = tenant::begin(&api.engine.pool, link.organisation).await?;
    if let Some(visitor) = visitor {
        let occurrence = Occurrence {
            name: "referral_clicked",
            id: Uuid::now_v7(),
            identifiers: std::slice::from_ref(visitor),
            proof: Proof::Claimed,
            properties: [("code", code), ("channel", "referral")]
                .into_iter()
                .map(|(name, value)| (name.to_owned(), json!(value)))
                .collect(),
        };
        let organisation = link.organisation;
        capture::record(&api.engine, &mut transaction, organisation, occurrence, now).await?;
    }
    let day = i32::try_from(now.day()).unwrap_or(i32::MAX);
    referral_link::count(&mut transaction, link.organisation, code, day, by_machine).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}
