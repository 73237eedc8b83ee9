//! What can go wrong in a request. Callers learn what they can act on; the rest stays in the log.

use crate::{
    auth::Scope,
    problem::{FieldError, Problem},
    wire::Key,
};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tessera_store::StoreError;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Parameters break their rules.
    #[error("invalid parameters")]
    Invalid(Vec<FieldError>),
    /// The mirror holds no such account.
    #[error("there is no {resource} at {address}")]
    Absent {
        /// What was asked for.
        resource: &'static str,
        /// Where.
        address: Key,
    },
    /// Nobody in particular asks, and that is not enough.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The caller may not do this.
    #[error("this takes the scope `{}`, which the caller does not have", .0.as_str())]
    Forbidden(Scope),
    /// The caller may not do this, for a reason other than a scope.
    #[error("{0}")]
    Refused(String),
    /// The caller asks too often.
    #[error("too many requests; try again in {retry_after_secs} s")]
    TooManyRequests {
        /// When asking again makes sense.
        retry_after_secs: u64,
    },
    /// There is no such thing in the organisation.
    #[error("there is no {resource} {id}")]
    NotFound {
        /// What was asked for.
        resource: &'static str,
        /// Which one.
        id: String,
    },
    /// The request contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// The thing is no longer what the caller makes the change to.
    #[error("the {0} has changed and is not what If-Match says; read it again")]
    Changed(&'static str),
    /// The key named another request before.
    #[error("this Idempotency-Key was used for another request")]
    ReusedIdempotencyKey,
    /// The body is longer than the route takes.
    #[error("the body is larger than this route takes")]
    BodyTooLarge,
    /// The body is not announced as JSON.
    #[error("send the body as `Content-Type: application/json`")]
    NotJson,
    /// The mirror is behind the chain, or nobody is feeding it.
    #[error("{0}")]
    NotReady(String),
    /// The mirror cannot be read.
    #[error("cannot read the mirror")]
    Store(#[from] StoreError),
    /// The mirror holds a receipt that this version does not know.
    #[error("cannot decode receipt {seq} of account {account}")]
    Receipt {
        /// The account.
        account: tessera_store::Key,
        /// Its number.
        seq: i64,
    },
    /// The mirror holds a value that the program never writes.
    #[error("the mirror holds an impossible {0}")]
    Impossible(&'static str),
    /// A handler panicked.
    #[error("a handler panicked: {0}")]
    Panic(String),
}

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Absent { .. } => StatusCode::NOT_FOUND,
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::Refused(_) => StatusCode::FORBIDDEN,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Changed(_) => StatusCode::PRECONDITION_FAILED,
            Self::ReusedIdempotencyKey => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotReady(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(tessera_store::StoreError::TwoPeople) => StatusCode::CONFLICT,
            Self::Store(error) if error.is_conflict() => StatusCode::CONFLICT,
            Self::Store(error) if error.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Receipt { .. } | Self::Impossible(_) | Self::Panic(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// What the caller is told.
    pub(crate) fn problem(&self) -> Problem {
        let status = self.status();
        match self {
            Self::Invalid(errors) => Problem {
                errors: errors.clone(),
                ..Problem::of(status, invalid_detail(errors.len())).named(
                    "urn:tessera:problem:invalid-parameters",
                    "Invalid parameters",
                )
            },
            Self::Absent { .. }
            | Self::Unauthenticated(_)
            | Self::Forbidden(_)
            | Self::Refused(_)
            | Self::TooManyRequests { .. }
            | Self::NotFound { .. }
            | Self::Conflict(_)
            | Self::Changed(_)
            | Self::BodyTooLarge
            | Self::NotJson => Problem::of(status, self.to_string()),
            Self::Store(tessera_store::StoreError::TwoPeople) => Problem::of(
                status,
                "these identifiers belong to two people; an administrator can merge them",
            )
            .named("urn:tessera:problem:two-people", "Two people"),
            Self::Store(error) if error.is_conflict() => Problem::of(
                status,
                "somebody else was first; read it again, then try again",
            ),
            Self::ReusedIdempotencyKey => Problem::of(status, self.to_string()).named(
                "urn:tessera:problem:reused-idempotency-key",
                "Idempotency key reused",
            ),
            Self::NotReady(_) => Problem::of(status, self.to_string())
                .named("urn:tessera:problem:not-ready", "Not ready"),
            _ => Problem::of(status, crate::http::render::detail(status)),
        }
    }
}

fn invalid_detail(count: usize) -> String {
    match count {
        1 => "1 parameter is invalid".to_owned(),
        many => format!("{many} parameters are invalid"),
    }
}

/// Carries the error to [`crate::http::render::render`], which logs it once and writes the problem.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        match &self {
            Self::Unauthenticated(_) => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TooManyRequests { retry_after_secs } => {
                headers.insert(header::RETRY_AFTER, (*retry_after_secs).into());
            }
            _ => {}
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
