//! History that is brought along, in files of any length.

mod bodies;
mod csv;
mod rows;

use crate::{
    auth::{Administer, Read},
    error::Error,
    extract::{BODY, Filters, List, Listed, Paging, Param, PathParam, parameters},
    http::unit_of_work::{Querier, Reader},
    openapi::{EngineItemRefusals, EngineRefusals},
    state::ApiState,
    wire::{Id, Listing},
};
use axum::{
    Json,
    body::{Body, BodyDataStream, Bytes},
    extract::State,
    http::{HeaderMap, header},
};
use bodies::{Import, typed};
use futures::StreamExt;
use rows::{Chunk, Fault, Format, Incoming, Place};
use std::io;
use tessera_engine::{
    Caller, Error as EngineError,
    capture::import::{self, Part},
};
use tessera_store::capture::import as stored;
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::spawn_blocking,
};
use utoipa::{
    PartialSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// How many imports a process takes in at a time: each holds a megabyte and a thread.
pub(crate) const AT_A_TIME: usize = 4;
/// After how many seconds it makes sense to ask for a place again.
const RETRY_SECS: u64 = 10;
/// Pieces of a body that wait to be read.
const PIECES: usize = 4;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get))
}

pub(crate) fn streams() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, bring))
}

/// What a file has rows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Events,
    Persons,
    Deals,
    Spend,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Events, Self::Persons, Self::Deals, Self::Spend];

    fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Persons => "persons",
            Self::Deals => "deals",
            Self::Spend => "spend",
        }
    }
}

impl Param for Kind {
    const RULE: &'static str = "must be one of events, persons, deals, spend";

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl PartialSchema for Kind {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Self::ALL.map(Self::as_str)))
            .default(Some(Self::Events.as_str().into()))
            .examples([Self::Persons.as_str()])
            .into()
    }
}

/// The number of a line, from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line(i64);

impl Line {
    const MAX: i64 = 1_000_000_000_000;
}

impl Param for Line {
    const RULE: &'static str = "must be a whole number from 1 to 1000000000000";

    fn parse(text: &str) -> Option<Self> {
        let line = text.parse().ok()?;
        (1..=Self::MAX).contains(&line).then_some(Self(line))
    }
}

impl PartialSchema for Line {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(Self::MAX))
            .examples([12_001])
            .into()
    }
}

parameters! {
    /// What is sent.
    struct ImportParameters {
        /// What the rows are; `events` unless given.
        kind: Kind,
        /// The import's id, to find it and to go on with it; a new one unless given.
        id: Id,
        /// The line of the file that what is sent begins on: 1 unless given, or the one after `lines`.
        from_line: Line,
    }
}

parameters! {
    struct ImportFilters {}
}

impl Listed for ImportFilters {
    const RESOURCE: &'static str = "imports";
    type Key = Uuid;
}

/// Import history.
///
/// Rows of up to ten years back, as NDJSON (`application/x-ndjson`, an object a line) or CSV (`text/csv`,
/// names first), packed with gzip, in any number of members, or not. The file may be of any length: it is
/// taken in as it comes, some rows at a time. A row has at most 64 KiB.
///
/// Events are those that are captured, with a `timestamp`, which counts as it is. Persons are statements as
/// `identify` takes them, each with `message_id` and `timestamp`; of two statements about a trait the newer
/// counts, whichever comes first. Deals have `message_id`, the identifiers of a person who is known, `name`,
/// `amount`, `currency`, `created_at`, and their `moves` (`[{"to": "won", "at": …}]`) or `stage` and
/// `stage_since`. Spend is that of `PUT /v1/spend`; a second amount for a day, channel and currency in one
/// file is refused as a `contradiction`, since one of them would be lost.
///
/// In CSV a dot leads into an object, as in `properties.plan`; an empty cell is no field. A cell is what its
/// field holds, and never what it looks like: an id of digits is text, and a property is of the type that
/// the event registry gives it, lists and objects as JSON. A property without one is a number, `true` or
/// `false` where JSON writes it in the same characters, and text otherwise. A column that the rows do not
/// have, or that is there twice, refuses the file before any row.
///
/// A line is what ends in LF or CRLF, in quotes or not, and blank ones count. A quote that is not closed
/// stops the import, with the line on which it opened: it hides rows. What is before that line is done.
///
/// A row that breaks a rule is refused with its line and leaves the others alone; the first 100 refusals are
/// kept. Each `message_id` counts once, however long ago the file was sent before. A request that was cut
/// off is gone on with under the same `id`, by the same file or by the rest of it, which begins on the line
/// behind `lines`; the rest of a CSV file is read by the names that it began with, and may repeat them or
/// not. Rows count against the organisation's quota of the day as events do: when that is used up, the
/// import stops and can be gone on with. What is older than the months that the installation keeps is
/// refused.
#[utoipa::path(post, operation_id = "import", path = "/v1/imports", tag = "capture", security(("bearer" = [])),
    params(ImportParameters),
    request_body(content((String = "application/x-ndjson"), (String = "text/csv"))),
    responses((status = 200, description = "All rows were looked at.", body = Import), EngineRefusals))]
async fn bring(
    State(api): State<ApiState>,
    Querier { caller, .. }: Querier<Administer>,
    Filters(parameters): Filters<ImportParameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Import>, Error> {
    let format = format(&headers)?;
    let _place = api.imports.try_acquire().map_err(|_| {
        Error::from(EngineError::TooManyRequests {
            retry_after_secs: RETRY_SECS,
        })
    })?;
    let kind = parameters.kind.unwrap_or(Kind::Events);
    let id = parameters.id.map_or_else(Uuid::now_v7, |id| id.0);
    let found = import::begin(&api.engine, &caller, id, kind.as_str(), api.now()).await?;
    let first = parameters.from_line.map_or(1, |line| line.0);
    if first > 1 && first != found.lines + 1 {
        let rule = format!(
            "must be 1 or {}, the line after those done",
            found.lines + 1
        );
        return Err(Error::refused("from_line", rule));
    }
    let is_csv = format == Format::Csv;
    if first > 1 && found.names.is_some() != is_csv {
        return Err(Error::conflict(
            "this import began in the other format: send its rest as it began, or the whole file under another id",
        ));
    }
    let place = Place {
        names: found.names,
        first,
        done: found.lines,
        digest: found
            .digest
            .try_into()
            .map_err(|_| Error::internal("digest"))?,
    };
    let (pieces_to, pieces) = mpsc::channel(PIECES);
    let (chunks_to, chunks) = mpsc::channel(1);
    // Ends with the channels, on whichever side they end first.
    let fields = kind.fields();
    spawn_blocking(move || rows::read(Incoming::of(pieces), format, &fields, place, &chunks_to));
    let taking = take_all(&api, &caller, id, kind, chunks);
    let (taken, ()) = tokio::join!(taking, hand_over(body.into_data_stream(), pieces_to));
    taken?;
    let import = import::finish(&api.engine, &caller, id, api.now()).await?;
    Ok(Json(import.into()))
}

fn format(headers: &HeaderMap) -> Result<Format, Error> {
    let declared = headers.get(header::CONTENT_TYPE);
    let text = declared.and_then(|value| value.to_str().ok());
    let kind = text
        .and_then(|text| text.split(';').next())
        .unwrap_or_default();
    match kind.trim().to_ascii_lowercase().as_str() {
        "application/x-ndjson" | "application/ndjson" => Ok(Format::Ndjson),
        "text/csv" => Ok(Format::Csv),
        _ => Err(Error::NoRows),
    }
}

async fn hand_over(mut body: BodyDataStream, to: Sender<io::Result<Bytes>>) {
    while let Some(piece) = body.next().await {
        if to.send(piece.map_err(io::Error::other)).await.is_err() {
            return;
        }
    }
}

async fn take_all(
    api: &ApiState,
    caller: &Caller,
    id: Uuid,
    kind: Kind,
    mut chunks: Receiver<Result<Chunk, Fault>>,
) -> Result<(), Error> {
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk.map_err(refusal)?;
        let part = Part {
            after: chunk.after,
            through: chunk.through,
            bytes: chunk.bytes,
            digest: chunk.digest,
            names: chunk.names,
            rows: typed(kind, chunk.rows),
        };
        import::take(&api.engine, caller, id, &part, api.now()).await?;
    }
    Ok(())
}

fn refusal(fault: Fault) -> Error {
    match fault {
        Fault::Cut(_) => {
            let rule = "must be complete, and packed as Content-Encoding says";
            Error::refused(BODY, rule)
        }
        Fault::Other => Error::conflict(
            "this is not the file that the import began with; import it under another id",
        ),
        Fault::Columns(refusal) => refusal.into(),
        Fault::Broken { line, rule } => Error::refused(format!("line {line}"), rule),
    }
}

/// List imports.
///
/// By id, a page at a time; ids that are drawn sort by age.
#[utoipa::path(get, operation_id = "list_imports", path = "/v1/imports", tag = "capture", security(("bearer" = [])),
    params(ImportFilters, Paging<ImportFilters>),
    responses((status = 200, description = "A page of imports.", body = Listing<Import>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<ImportFilters>,
) -> Result<Json<Listing<Import>>, Error> {
    let rows = stored::list(&mut reader, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// Get an import.
///
/// How far it is, also while it runs.
#[utoipa::path(get, operation_id = "get_import", path = "/v1/imports/{id}", tag = "capture", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The import's id.")),
    responses((status = 200, description = "The import.", body = Import), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<Import>, Error> {
    let row = stored::get(&mut reader, id.0).await?;
    Ok(Json(
        row.ok_or_else(|| Error::not_found("import", id))?.into(),
    ))
}
