//! What can go wrong in a request. Callers learn what they can act on; the rest stays in the log.

use crate::{
    problem::{FieldError, Problem},
    wire::Key,
};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tessera_client::DecodeError;

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
    /// The mirror is behind the chain, or nobody is feeding it.
    #[error("{0}")]
    NotReady(String),
    /// The mirror cannot be read.
    #[error("cannot read the mirror")]
    Store(#[from] tessera_store::StoreError),
    /// The mirror holds an event that this version does not know.
    #[error("cannot decode the event at position {position}")]
    Event {
        /// Its position.
        position: i64,
        /// Why.
        source: DecodeError,
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
            Self::NotReady(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(error) if error.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Event { .. } | Self::Impossible(_) | Self::Panic(_) => {
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
            Self::Absent { .. } => Problem::of(status, self.to_string()),
            Self::NotReady(_) => Problem::of(status, self.to_string())
                .named("urn:tessera:problem:not-ready", "Not ready"),
            _ => Problem::of(status, crate::refusal::detail(status)),
        }
    }
}

fn invalid_detail(count: usize) -> String {
    match count {
        1 => "1 parameter is invalid".to_owned(),
        many => format!("{many} parameters are invalid"),
    }
}

/// Carries the error to [`crate::refusal::render`], which logs it once and writes the problem.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
