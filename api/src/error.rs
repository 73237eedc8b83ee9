//! What can go wrong in a request. Callers learn what they can act on; the rest stays in the log.

use crate::problem::Problem;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tessera_domain::refusal::Refusal;
use tessera_engine::Error as EngineError;
use tessera_store::StoreError;

/// When to ask again what the database cannot answer now.
const RETRY_AFTER_SECS: u32 = 1;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A use case refused or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The request has no valid caller, and the route needs one.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// A token that is no page's where only a page's may stand.
    #[error(
        "from a page of another origin, and in an address or a body, only a page's key is taken: one of the kind `write`"
    )]
    NoPageKey,
    /// The page's origin is not one of those that the organisation lists.
    #[error("the organisation takes nothing from pages of this origin: see its `capture_origins`")]
    UnlistedOrigin,
    /// The resource is no longer the version that the caller wants to change.
    #[error("the {0} has changed and is not what If-Match says; read it again")]
    Changed(&'static str),
    /// The Idempotency-Key was used for another request.
    #[error("this Idempotency-Key was used for another request")]
    ReusedIdempotencyKey,
    /// The body is longer than the route takes.
    #[error("the body is larger than this route takes")]
    BodyTooLarge,
    /// The body is not declared as JSON.
    #[error("send the body as `Content-Type: application/json`")]
    NotJson,
    /// The body is not declared as rows.
    #[error("send the file as `Content-Type: application/x-ndjson` or `text/csv`")]
    NoRows,
    /// The body is packed with something else than gzip.
    #[error("send the body packed with gzip, or not packed")]
    NoGzip,
    /// The mirror is behind the chain, or nobody is feeding it.
    #[error("{0}")]
    NotReady(String),
    /// A handler panicked.
    #[error("a handler panicked: {0}")]
    Panic(String),
}

impl Error {
    /// A single field that breaks a rule.
    pub(crate) fn refused(field: impl Into<String>, rule: impl Into<String>) -> Self {
        EngineError::refused(field, rule).into()
    }

    /// Fields that break their rules.
    pub(crate) fn invalid(refusals: Vec<Refusal>) -> Self {
        EngineError::Refused(refusals).into()
    }

    /// A thing that is not there.
    pub(crate) fn not_found(resource: &'static str, id: impl ToString) -> Self {
        EngineError::not_found(resource, id).into()
    }

    /// An account that the mirror does not have.
    pub(crate) fn absent(resource: &'static str, address: impl std::fmt::Display) -> Self {
        Self::not_found(resource, format!("at {address}"))
    }

    /// A request that contradicts what is there.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        EngineError::Conflict(detail.into()).into()
    }

    /// What should always succeed did not: see [`EngineError::Internal`].
    pub(crate) fn internal(what: &'static str) -> Self {
        EngineError::Internal(what).into()
    }

    /// Whether another transaction was in the way, so that handling the request again may succeed.
    pub(crate) fn is_race(&self) -> bool {
        matches!(self, Self::Engine(EngineError::Store(error)) if error.is_race())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Engine(error) => match error {
                EngineError::Refused(_) => StatusCode::BAD_REQUEST,
                EngineError::Forbidden(_) | EngineError::Denied(_) => StatusCode::FORBIDDEN,
                EngineError::NotFound { .. } => StatusCode::NOT_FOUND,
                EngineError::Conflict(_) | EngineError::TwoPeople => StatusCode::CONFLICT,
                EngineError::TooManyRequests { .. } | EngineError::QuotaUsedUp { .. } => {
                    StatusCode::TOO_MANY_REQUESTS
                }
                EngineError::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
                EngineError::Store(error) if error.is_race() || error.is_unavailable() => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                EngineError::Store(_)
                | EngineError::Receipt { .. }
                | EngineError::BrokenState(_)
                | EngineError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::NoPageKey | Self::UnlistedOrigin => StatusCode::FORBIDDEN,
            Self::Changed(_) => StatusCode::PRECONDITION_FAILED,
            Self::ReusedIdempotencyKey => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson | Self::NoRows | Self::NoGzip => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotReady(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Panic(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What the caller reads.
    pub(crate) fn problem(&self) -> Problem {
        let status = self.status();
        let own_words = || Problem::of(status, self.to_string());
        match self {
            Self::Engine(EngineError::Refused(refusals)) => Problem {
                errors: refusals.iter().cloned().map(Into::into).collect(),
                ..Problem::of(status, invalid_detail(refusals.len()))
                    .named("urn:tessera:problem:invalid-fields", "Invalid fields")
            },
            Self::Engine(EngineError::TwoPeople) => {
                own_words().named("urn:tessera:problem:two-people", "Two people")
            }
            Self::Engine(
                EngineError::Store(_)
                | EngineError::Receipt { .. }
                | EngineError::BrokenState(_)
                | EngineError::Internal(_),
            )
            | Self::Panic(_) => Problem::of(status, crate::problem::detail(status)),
            Self::Engine(EngineError::QuotaUsedUp { .. }) => {
                own_words().named("urn:tessera:problem:quota-used-up", "Quota used up")
            }
            Self::ReusedIdempotencyKey => own_words().named(
                "urn:tessera:problem:reused-idempotency-key",
                "Idempotency key reused",
            ),
            Self::NoPageKey => {
                own_words().named("urn:tessera:problem:not-a-page-key", "Not a page's key")
            }
            Self::UnlistedOrigin => {
                own_words().named("urn:tessera:problem:unlisted-origin", "Unlisted origin")
            }
            Self::NotReady(_) => own_words().named("urn:tessera:problem:not-ready", "Not ready"),
            _ => own_words(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Engine(refusal.into())
    }
}

fn invalid_detail(count: usize) -> String {
    match count {
        1 => "1 field breaks its rule".to_owned(),
        many => format!("{many} fields break their rules"),
    }
}

/// Carries the error to the boundary that logs it once and writes the problem.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        match &self {
            Self::Unauthenticated(_) => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::NoGzip => {
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
            }
            Self::Engine(
                EngineError::TooManyRequests { retry_after_secs }
                | EngineError::Busy { retry_after_secs }
                | EngineError::QuotaUsedUp {
                    retry_after_secs, ..
                },
            ) => {
                headers.insert(header::RETRY_AFTER, (*retry_after_secs).into());
            }
            Self::Engine(EngineError::Store(error))
                if error.is_race() || error.is_unavailable() =>
            {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECS.into());
            }
            _ => {}
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
