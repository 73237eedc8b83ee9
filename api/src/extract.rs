//! What a handler receives. A request is either fully understood or refused with the name of every
//! parameter that is not: unknown, repeated or malformed ones are never ignored.

mod body;
mod checks;
mod cursor;
mod filters;
mod list;
mod param;
mod path;
mod query;

pub(crate) use body::{
    BODY, Body, parse, parse_item, parse_items, raw, raw_of_page, read, take_text,
};
pub(crate) use checks::Checks;
pub(crate) use cursor::CursorKey;
pub(crate) use filters::{Filters, Parameters, parameters};
pub(crate) use list::{Limit, List, Listed, Paging};
pub(crate) use param::{Flag, Param, text};
pub(crate) use path::{PathPair, PathParam};
pub(crate) use query::Query;
