//! Lists: filters, a limit and a cursor in; a page and the next cursor out.

use super::{CursorKey, Param, Parameters, cursor, query::Query};
use crate::{error::Error, wire::Listing};
use axum::{Json, extract::FromRequestParts, http::request::Parts};
use std::marker::PhantomData;
use tessera_store::read::{Looked, Page};
use utoipa::{
    IntoParams, PartialSchema,
    openapi::{
        ObjectBuilder, RefOr, Required, Schema,
        path::{Parameter, ParameterIn},
        schema::Type,
    },
};

/// The filters of a list, which also name it in its cursors.
pub(crate) trait Listed: Parameters {
    /// Name of the resource.
    const RESOURCE: &'static str;
    /// What the list is sorted by.
    type Key: CursorKey + Clone;
}

/// Rows in one answer.
#[derive(Clone, Copy)]
pub(crate) struct Limit(u8);

impl Limit {
    const DEFAULT: Self = Self(50);
    /// The most rows that one answer holds.
    pub(crate) const MAX: Self = Self(200);

    /// One row more than wanted: it shows whether others follow.
    pub(crate) fn with_next(self) -> i64 {
        i64::from(self.0) + 1
    }

    /// Cuts `rows` to the limit; returns whether any were cut.
    pub(crate) fn cut<R>(self, rows: &mut Vec<R>) -> bool {
        let more = rows.len() > usize::from(self.0);
        rows.truncate(usize::from(self.0));
        more
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Param for Limit {
    const RULE: &'static str = "must be a whole number from 1 to 200";

    fn parse(text: &str) -> Option<Self> {
        let limit = text.parse().ok()?;
        (1..=Self::MAX.0).contains(&limit).then_some(Self(limit))
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(Self::MAX.0))
            .default(Some(Self::DEFAULT.0.into()))
            .examples([20])
            .into()
    }
}

/// What a cursor must be, as shown to the caller.
const CURSOR_RULE: &str = "must be the next_cursor of an answer of this list";

/// Where a list starts and how much of it is wanted, as the document has it.
pub(crate) struct Paging<F>(PhantomData<F>);

impl<F: Listed> IntoParams for Paging<F> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name: &str, about: &str, schema| {
            Parameter::builder()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(about))
                .schema(Some(schema))
                .build()
        };
        let start =
            "`next_cursor` of the previous answer; without it, the list starts from the beginning.";
        let cursor = cursor::schema::<F::Key>(F::RESOURCE);
        vec![
            parameter("limit", "Most rows to return.", Limit::schema()),
            parameter("cursor", start, cursor),
        ]
    }
}

/// Extracts the filters and the page of a list.
pub(crate) struct List<F: Listed> {
    pub(crate) filters: F,
    after: Option<F::Key>,
    limit: Limit,
}

impl<F: Listed> List<F> {
    /// Which rows to read.
    pub(crate) fn page(&self) -> Page<F::Key> {
        Page {
            after: self.after.clone(),
            limit: self.limit.with_next(),
        }
    }

    /// The answer from the rows that [`List::page`] asked for.
    pub(crate) fn answer<R, T>(
        &self,
        rows: Vec<R>,
        key: impl Fn(&R) -> F::Key,
        show: impl Fn(R) -> Result<T, Error>,
    ) -> Result<Json<Listing<T>>, Error> {
        self.answer_looked(Looked { rows, rest: None }, key, show)
    }

    /// The same from a page that may be short although others follow.
    pub(crate) fn answer_looked<R, T>(
        &self,
        Looked { mut rows, rest }: Looked<R, F::Key>,
        key: impl Fn(&R) -> F::Key,
        show: impl Fn(R) -> Result<T, Error>,
    ) -> Result<Json<Listing<T>>, Error> {
        let more = self.limit.cut(&mut rows);
        let last = rows.last().filter(|_| more).map(key);
        let next = last.or(rest);
        let next_cursor = next.map(|key| cursor::encode(F::RESOURCE, &key));
        let data = rows.into_iter().map(show).collect::<Result<_, _>>()?;
        Ok(Json(Listing { data, next_cursor }))
    }
}

impl<F: Listed, S: Sync> FromRequestParts<S> for List<F> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let mut query = Query::of(&parts.uri)?;
        let filters = F::take(&mut query);
        let limit: Option<Limit> = query.take("limit");
        let after = query.take_text("cursor").and_then(|text| {
            let key = cursor::decode(F::RESOURCE, &text);
            query.check("cursor", CURSOR_RULE, key)
        });
        query.finish()?;
        Ok(Self {
            filters,
            after,
            limit: limit.unwrap_or_default(),
        })
    }
}
