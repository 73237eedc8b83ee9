//! The script that pages take in to send what their visitors do.

use crate::{http::conditional::content_tag, openapi::Refusals, state::ApiState};
use axum::{
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use std::sync::LazyLock;
use utoipa_axum::{router::OpenApiRouter, routes};

const SCRIPT: &str = include_str!("../../../../web/t.js");
/// Any page may take the script in, also with `crossorigin`, and where a page isolates itself.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
    // An hour: what pages run is never older than a day's work.
    (header::CACHE_CONTROL, "public, max-age=3600"),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    ),
];

static TAG: LazyLock<String> = LazyLock::new(|| content_tag(SCRIPT.as_bytes()));

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(script))
}

/// Get the script for pages.
///
/// Less than 4 KB, without dependencies. It sends views of pages, clicks and submitted forms with the
/// key in its `data-key`; with `data-consent="ask"`, not before `tessera.consent(true)`, and nothing at
/// all for a browser with Global Privacy Control.
#[utoipa::path(get, operation_id = "page_script", path = "/t.js", tag = "capture",
    responses((status = 200, description = "The script.", body = String, content_type = "text/javascript"), Refusals))]
async fn script() -> Response {
    (HEADERS, [(header::ETAG, TAG.as_str())], SCRIPT).into_response()
}
