//! The `OpenAPI` document, collected from the handlers themselves, so that no route is missing.

use crate::{problem::Problem, routes, state::ApiState};
use axum::Json;
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tessera",
        description = "Subscriptions, points and referrals of the Tessera program, as its mirror holds them. \
            Keys and signatures are base58. Amounts are in the mint's smallest unit, unless a field says whole units. Every u64 of \
            the program and every sum is a decimal string; times are Unix seconds; slots, \
            positions and counts are integers. Unknown query parameters are refused. The sales \
            engine's routes take an API key or a session token as `Authorization: Bearer …`, write \
            moments as RFC 3339 in UTC, and repeat a POST's answer under its `Idempotency-Key`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem)),
    modifiers(&Bearer),
    tags(
        (name = "mirror", description = "The chain's accounts and receipts, and what they add up to."),
        (name = "access", description = "Signing in, organisations, keys and roles."),
        (name = "capture", description = "What visitors do, and who they are."),
        (name = "people", description = "The people behind the events: merge, unmerge, erase."),
        (name = "leads", description = "Scores, predictions and deals."),
        (name = "pricing", description = "Price books, offers and quotes."),
        (name = "analytics", description = "Funnels, attribution, cohorts, value and KPIs."),
        (name = "experiments", description = "Experiments: arms, exposures, metrics, results and decisions."),
        (name = "automation", description = "Follow-up that runs itself: journeys, messages to people and what stops them, webhooks."),
        (name = "service", description = "The API itself.")
    )
)]
struct Document;

/// Declares the token that the sales engine's routes take, and where else a page's key may stand.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("bearer", scheme);
        let about = "A page's key, where no header can be set; in a body, as the field `key`. Such a body may be \
            declared as `text/plain`.";
        let key = ApiKeyValue::with_description("key", about);
        components.add_security_scheme("page_key", SecurityScheme::ApiKey(ApiKey::Query(key)));
    }
}

/// The document; it is the same for every request.
static DOCUMENT: LazyLock<openapi::OpenApi> =
    LazyLock::new(|| router().merge(routes::streams()).into_openapi());

/// The routes with their description, but for [`routes::streams`].
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(routes::router())
        .routes(routes!(show))
}

/// The `OpenAPI` document of the API, indented, with a final line break.
///
/// # Errors
/// When the document cannot be written as JSON.
pub fn openapi_json() -> serde_json::Result<String> {
    serde_json::to_string_pretty(&*DOCUMENT).map(|json| json + "\n")
}

/// Get this document.
#[utoipa::path(get, operation_id = "openapi", path = "/openapi.json", tag = "service",
    responses((status = 200, description = "The description of the API.", body = Object)))]
async fn show() -> Json<&'static openapi::OpenApi> {
    Json(&*DOCUMENT)
}
