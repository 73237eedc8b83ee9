//! The `OpenAPI` document, collected from the handlers themselves, so that no route is missing.

use crate::{
    problem::{self, Problem},
    routes,
    state::ApiState,
};
use std::{collections::BTreeMap, sync::LazyLock};
use utoipa::{
    IntoResponses, Modify, OpenApi, ToSchema,
    openapi::{
        self, ContentBuilder, Ref, RefOr, Response, ResponseBuilder,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

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
        (name = "service", description = "The API itself.")
    )
)]
struct Document;

/// Declares the token that the sales engine's routes take.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("bearer", scheme);
    }
}

/// The document; it is the same for every request.
pub(crate) static DOCUMENT: LazyLock<openapi::OpenApi> = LazyLock::new(|| router().into_openapi());

/// The routes with their description.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Document::openapi()).merge(routes::router())
}

/// The `OpenAPI` document of the API, indented, with a final line break.
///
/// # Errors
/// When the document cannot be written as JSON.
pub fn openapi_json() -> serde_json::Result<String> {
    serde_json::to_string_pretty(&*DOCUMENT).map(|json| json + "\n")
}

/// How a route that reads the mirror can refuse.
pub(crate) struct Refusals;

/// How readiness is refused.
pub(crate) struct ReadinessRefusals;

/// How a route that returns one account can refuse.
pub(crate) struct ItemRefusals;

/// How a route of the sales engine can refuse.
pub(crate) struct EngineRefusals;

/// How a route of the sales engine that is about one thing can refuse.
pub(crate) struct EngineItemRefusals;

impl IntoResponses for EngineRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut all = Refusals::responses();
        all.extend(responses(&[
            ("401", "There is no valid API key or session token."),
            ("403", "The caller may not do this."),
            ("409", "The request contradicts what is there."),
            ("413", "The body is too large."),
            ("415", "The body is not declared as JSON."),
            ("422", "The Idempotency-Key was used for another request."),
            (
                "429",
                "Too many requests; Retry-After says when to try again.",
            ),
        ]));
        all
    }
}

impl IntoResponses for EngineItemRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut all = EngineRefusals::responses();
        all.extend(responses(&[(
            "404",
            "The organisation has no such resource.",
        )]));
        all
    }
}

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(&[
            ("400", "A parameter breaks its rule."),
            ("500", "The request failed; the server's log says why."),
            ("503", "The database cannot answer now."),
            ("504", "The answer took too long."),
        ])
    }
}

impl IntoResponses for ReadinessRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut all = Refusals::responses();
        all.extend(responses(&[(
            "503",
            "Answers are not current; `detail` says why: the database cannot answer or has no schema, no indexer has \
             run or caught up with the chain yet, or the mirror has stood at a slot for more than ten seconds.",
        )]));
        all
    }
}

impl IntoResponses for ItemRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut all = Refusals::responses();
        all.extend(responses(&[("404", "There is no such account.")]));
        all
    }
}

fn responses(all: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(Problem::name())))
        .build();
    all.iter()
        .map(|(status, description)| {
            let response = ResponseBuilder::new()
                .description(*description)
                .content(problem::MEDIA_TYPE, content.clone())
                .build();
            ((*status).to_owned(), response.into())
        })
        .collect()
}
