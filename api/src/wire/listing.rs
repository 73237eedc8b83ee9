//! A page of a list.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    /// The rows.
    pub(crate) data: Vec<T>,
    /// `cursor` of the next page; null on the last. A page may have fewer rows than asked for, or
    /// none, and others follow: it looks at 5,000 accounts at most.
    #[schema(required, example = "cGxhbnMAurx1oFKBQ2o5")]
    pub(crate) next_cursor: Option<String>,
}
