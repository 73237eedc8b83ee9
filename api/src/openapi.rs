//! The `OpenAPI` document, collected from the handlers themselves, so that no route is missing.

use crate::{
    problem::{self, Problem},
    routes,
    state::ApiState,
};
use std::{collections::BTreeMap, sync::LazyLock};
use utoipa::{
    IntoResponses, OpenApi, ToSchema,
    openapi::{self, ContentBuilder, Ref, RefOr, Response, ResponseBuilder},
};
use utoipa_axum::router::OpenApiRouter;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tessera",
        description = "Subscriptions, points and referrals of the Tessera program, as its mirror holds them. \
            Keys and signatures are base58. Amounts are in the mint's smallest unit. Every u64 of \
            the program and every sum is a decimal string; times are Unix seconds; slots, \
            positions and counts are integers. Unknown query parameters are refused.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem)),
    tags(
        (name = "accounts", description = "Accounts of the program, by address."),
        (name = "wallets", description = "Everything about one wallet."),
        (name = "history", description = "What happened, and what it adds up to."),
        (name = "service", description = "The API itself.")
    )
)]
struct Document;

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

/// How a route that returns one account can refuse.
pub(crate) struct ItemRefusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(&[
            ("400", "A parameter breaks its rule."),
            ("500", "The request failed; the server's log says why."),
            ("503", "The mirror cannot be read now."),
            ("504", "The answer took too long."),
        ])
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
