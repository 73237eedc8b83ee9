//! RFC 9457 problems: the one shape in which the API refuses.

use axum::http::StatusCode;
use serde::Serialize;
use tessera_domain::refusal::Refusal;
use utoipa::ToSchema;

/// Media type of a [`Problem`].
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was refused or failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:tessera:problem:invalid-fields",
    "title": "Invalid fields",
    "status": 400,
    "detail": "1 field breaks its rule",
    "instance": "/v1/plans",
    "errors": [{ "code": "invalid_value", "field": "limit", "rule": "must be a whole number from 1 to 200" }]
}))]
pub(crate) struct Problem {
    /// What kind of problem it is; `about:blank` adds nothing to the status.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// The kind, in words.
    pub(crate) title: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What went wrong this time.
    pub(crate) detail: String,
    /// Path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance: Option<String>,
    /// Every field that was refused, of the body, the query, the path or the headers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldError>,
}

/// A field that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// The kind of breach, for programs; `invalid_value` adds nothing to the rule.
    #[schema(example = "invalid_value")]
    pub(crate) code: &'static str,
    /// Its name, within a body its path, as in `steps[0].name`; `body` is the whole body.
    #[schema(example = "limit")]
    pub(crate) field: String,
    /// What it must be.
    #[schema(example = "must be a whole number from 1 to 200")]
    pub(crate) rule: String,
}

impl From<Refusal> for FieldError {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code,
            field: refusal.field,
            rule: refusal.rule,
        }
    }
}

impl Problem {
    /// A problem that its status explains.
    pub(crate) fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            errors: Vec::new(),
        }
    }

    /// A problem with a meaning of its own.
    pub(crate) fn named(self, kind: &'static str, title: &'static str) -> Self {
        Self {
            kind,
            title,
            ..self
        }
    }
}

/// The detail of a problem that only has a status.
pub(crate) fn detail(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "there is no such route",
        StatusCode::METHOD_NOT_ALLOWED => "the route does not take this method",
        StatusCode::PAYLOAD_TOO_LARGE => "the request's body is too large",
        StatusCode::SERVICE_UNAVAILABLE => "the database cannot answer now; try again",
        StatusCode::GATEWAY_TIMEOUT => "the answer took too long; ask for less",
        _ => "the request failed; the cause is in the server's log",
    }
}
