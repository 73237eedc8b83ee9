//! As data or as a page: what is asked for, or what a browser accepts.

use crate::{
    extract::{Param, parameters},
    wire::Version,
};
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use utoipa::{
    PartialSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

parameters! {
    /// How something is shown.
    struct Shown {
        /// `html` for a page, `json` for data; by `Accept`, unless given.
        format: Format,
    }
}

parameters! {
    /// Which phase is shown, and how.
    struct ShownPhase {
        /// The number of the phase; the latest one, unless given.
        phase: Version,
        /// `html` for a page, `json` for data; by `Accept`, unless given.
        format: Format,
    }
}

parameters! {
    /// Which phase is meant.
    struct OfPhase {
        /// The number of the phase; the latest one, unless given.
        phase: Version,
    }
}

impl OfPhase {
    /// The number of the phase, if one is given.
    pub(super) fn number(&self) -> Option<i32> {
        self.phase.as_ref().map(|it| it.0)
    }
}

impl ShownPhase {
    /// The number of the phase, if one is given.
    pub(super) fn number(&self) -> Option<i32> {
        self.phase.as_ref().map(|it| it.0)
    }
}

/// How something is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Html,
    Json,
}

impl Format {
    /// What is asked for; a browser prefers pages.
    pub(super) fn of(stated: Option<Self>, headers: &HeaderMap) -> Self {
        let accepts_pages = || {
            let page = weight(headers, "text/html");
            page > 0.0 && page > weight(headers, "application/json")
        };
        match stated {
            Some(stated) => stated,
            None if accepts_pages() => Self::Html,
            None => Self::Json,
        }
    }
}

/// How much a type is wanted (RFC 9110, section 12.4.2); 0 where it is not named.
fn weight(headers: &HeaderMap, wanted: &str) -> f64 {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let ranges = accepted
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','));
    ranges
        .filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next()?;
            let quality = parts.find_map(|it| it.strip_prefix("q=").or(it.strip_prefix("Q=")));
            let quality = quality.map_or(Some(1.0), |it| it.parse().ok())?;
            name.eq_ignore_ascii_case(wanted).then_some(quality)
        })
        .fold(0.0, f64::max)
}

impl Param for Format {
    const RULE: &'static str = "must be html or json";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "html" => Some(Self::Html),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl PartialSchema for Format {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["html", "json"]))
            .examples(["html"])
            .into()
    }
}

/// An answer that another `Accept` would make another one.
pub(super) fn by_accept(answer: impl IntoResponse) -> Response {
    ([(header::VARY, "accept")], answer).into_response()
}
