//! How routes can refuse, as the `OpenAPI` document says it.

use crate::problem::{self, Problem};
use std::collections::BTreeMap;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder},
};

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
            (
                "429",
                "Too many requests; Retry-After says when to try again.",
            ),
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
