//! A page of a list.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    /// The rows.
    pub(crate) data: Vec<T>,
    /// `cursor` of the next page; null on the last. A page may have fewer rows than asked for, or
    /// none, although others follow: where filters match few rows, it stops looking after 5,000.
    #[schema(required, example = "cGxhbnMAurx1oFKBQ2o5")]
    pub(crate) next_cursor: Option<String>,
}
