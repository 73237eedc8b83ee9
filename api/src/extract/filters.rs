//! The filters of a route, declared once for the extractor and for the document.

use super::query::Query;
use crate::error::Error;
use axum::{extract::FromRequestParts, http::request::Parts};

/// Query parameters that are read together.
pub(crate) trait Parameters {
    /// Takes them from the query; what is wrong is noted there.
    fn take(query: &mut Query) -> Self;
}

/// Declares a structure of optional query parameters, read by name and documented by the same name.
macro_rules! parameters {
    ($(#[$meta:meta])* struct $name:ident { $(#[doc = $doc:literal] $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        pub(crate) struct $name { $(#[doc = $doc] pub(crate) $field: Option<$type>,)* }

        impl $crate::extract::Parameters for $name {
            fn take(_query: &mut $crate::extract::Query) -> Self {
                Self { $($field: _query.take(stringify!($field)),)* }
            }
        }

        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                vec![$(
                    utoipa::openapi::path::Parameter::builder()
                        .name(stringify!($field))
                        .parameter_in(utoipa::openapi::path::ParameterIn::Query)
                        .required(utoipa::openapi::Required::False)
                        .description(Some($doc.trim()))
                        .schema(Some(<$type as utoipa::PartialSchema>::schema()))
                        .build(),
                )*]
            }
        }
    };
}
pub(crate) use parameters;

/// A route without query parameters.
impl Parameters for () {
    fn take(_: &mut Query) -> Self {}
}

/// Extracts the filters of a route that is not a list.
pub(crate) struct Filters<F>(pub(crate) F);

impl<F: Parameters, S: Sync> FromRequestParts<S> for Filters<F> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let mut query = Query::of(&parts.uri)?;
        let filters = F::take(&mut query);
        query.finish()?;
        Ok(Self(filters))
    }
}
