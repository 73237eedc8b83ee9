//! Who is behind the events, as a page, a server or the wallet itself states it.

use crate::{
    auth::{Anyone, Identify, caller},
    error::Error,
    extract::{PathParam, parse, raw_of_page},
    http::unit_of_work::{NotBegun, Reader, Repeated, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    schema::{EmailAddress, PersonTraits, SenderId},
    state::ApiState,
    wire::{Id, Moment},
};
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request, State},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use tessera_domain::event::Properties;
use tessera_engine::{
    capture::count_against_quotas,
    people::{self, Claim},
};
use tessera_store::capture::quota_use::Amount;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(identify))
        .routes(routes!(alias))
        .routes(routes!(personal_traits))
}

/// What is known about a person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IdentifyRequest {
    /// The sender's id for the visitor.
    #[schema(value_type = Option<SenderId>, example = "visitor-7f3a")]
    anonymous_id: Option<String>,
    /// The organisation's id for the user.
    #[schema(value_type = Option<SenderId>, example = "user-42")]
    user_id: Option<String>,
    /// A verified e-mail address; requires the scope `identify`.
    #[schema(value_type = Option<EmailAddress>, example = "ada@example.com")]
    email: Option<String>,
    /// What is known about the person.
    #[serde(default)]
    #[schema(value_type = PersonTraits, required = false)]
    traits: Map<String, Value>,
    /// When all of this was known; now, unless given. Of two statements about a trait the newer counts,
    /// whichever comes first. At most 90 days old and 10 minutes ahead.
    timestamp: Option<Moment>,
}

/// A visitor who turns out to be a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Alias {
    /// The sender's id for the visitor.
    #[schema(value_type = SenderId, example = "visitor-7f3a")]
    anonymous_id: String,
    /// The organisation's id for the user.
    #[schema(value_type = SenderId, example = "user-42")]
    user_id: String,
}

/// The person who was identified.
#[derive(Serialize, ToSchema)]
struct Identified {
    /// The person.
    person: Id,
}

/// Identify a person.
///
/// With the scope `capture`, a request can state that a visitor is a user, with traits that name
/// nobody; with `identify`, also e-mail addresses and personal traits; with a wallet's session,
/// that the visitor is the wallet's owner. Visitors become the person; two people who are both
/// identified already stay separate (409).
#[utoipa::path(post, operation_id = "identify", path = "/v1/identify", tag = "capture", security(("bearer" = []), ("page_key" = [])),
    request_body = IdentifyRequest,
    responses((status = 200, description = "The person.", body = Identified), EngineRefusals))]
async fn identify(
    State(api): State<ApiState>,
    Counted { mut writer, said }: Counted<IdentifyRequest>,
) -> Result<Json<Identified>, Error> {
    let claim = Claim {
        anonymous_id: said.anonymous_id,
        user_id: said.user_id,
        email: said.email,
        traits: said.traits,
        at: said.timestamp.map(|at| at.0),
    };
    let (caller, conn) = writer.parts();
    let person = people::identify(&api.engine, conn, caller, claim, api.now()).await?;
    Ok(Json(Identified {
        person: person.into(),
    }))
}

/// Identify a visitor as a user.
///
/// The same as `identify`, without traits.
#[utoipa::path(post, operation_id = "alias", path = "/v1/alias", tag = "capture", security(("bearer" = []), ("page_key" = [])),
    request_body = Alias,
    responses((status = 200, description = "The person.", body = Identified), EngineRefusals))]
async fn alias(
    State(api): State<ApiState>,
    Counted { mut writer, said }: Counted<Alias>,
) -> Result<Json<Identified>, Error> {
    let (caller, conn) = writer.parts();
    let (visitor, user) = (&said.anonymous_id, &said.user_id);
    let person = people::alias(&api.engine, conn, caller, visitor, user, api.now()).await?;
    Ok(Json(Identified {
        person: person.into(),
    }))
}

/// Extracts the request's transaction and its body, which is counted as an event against the day's
/// quotas before the transaction has a connection.
struct Counted<T> {
    writer: Writer<Anyone>,
    said: T,
}

impl<T: DeserializeOwned> FromRequest<ApiState> for Counted<T> {
    type Rejection = NotBegun;

    async fn from_request(request: Request, api: &ApiState) -> Result<Self, NotBegun> {
        let (mut parts, body) = request.into_parts();
        let caller = caller::<Anyone>(&parts).await?;
        let bytes = raw_of_page(Request::from_parts(parts.clone(), body), api).await?;
        let used = Amount::of(1, bytes.len());
        if parts.extensions.get() != Some(&Repeated(true)) {
            count_against_quotas(&api.engine, &caller, used, api.now()).await?;
        }
        Ok(Self {
            writer: Writer::from_request_parts(&mut parts, api).await?,
            said: parse(&bytes)?,
        })
    }
}

/// Get a person's personal traits.
///
/// They are stored sealed under the person's own key and unsealed for this answer.
#[utoipa::path(get, operation_id = "get_personal_traits", path = "/v1/persons/{id}/personal-traits", tag = "people", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The person.")),
    responses((status = 200, description = "Names and values.", body = Object, example = json!({ "name": "Ada" })), EngineItemRefusals))]
async fn personal_traits(
    State(api): State<ApiState>,
    mut reader: Reader<Identify>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<Properties>, Error> {
    Ok(Json(
        people::personal_traits(&api.engine, &mut reader, id.0).await?,
    ))
}
