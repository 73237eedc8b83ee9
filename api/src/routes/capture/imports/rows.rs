//! Rows of a file as they come: a few together, with where they stand. Read on a thread of its own,
//! because its source is waited for.
//!
//! Law: what is held at a time is bounded, whatever the file holds.

use axum::body::Bytes;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::{
    cell::Cell,
    io::{self, BufRead, BufReader, Read},
    rc::Rc,
};
use tessera_domain::{
    capture::{MAX_ITEM_BYTES, reason},
    refusal::Refusal,
};
use tokio::sync::mpsc::{Receiver, Sender};

/// Most rows that are taken in together.
const MAX_ROWS: usize = 500;
/// Bytes after which no more rows are taken in together.
const MAX_BYTES: usize = 1 << 20;
/// Most bytes of one row of CSV as it stands in the file, quotes included: what follows an opened quote
/// is one row until it is closed.
const MAX_RECORD_BYTES: usize = 4 * MAX_ITEM_BYTES;
const TOO_LONG: &str = "must have at most 65536 bytes";

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A JSON object a line.
    Ndjson,
    /// A first row of names, then a row of values each; RFC 4180.
    Csv,
}

/// A row as the JSON of an object, or why it is none.
pub(super) struct Raw {
    pub(super) line: i64,
    pub(super) text: Result<String, Refusal>,
}

/// Rows that came together.
pub(super) struct Chunk {
    pub(super) rows: Vec<Raw>,
    pub(super) bytes: usize,
    /// The line through which everything is done before them.
    pub(super) after: i64,
    /// The last line of the last row, or the line before the first where there is none.
    pub(super) through: i64,
    /// Of all rows through it.
    pub(super) digest: [u8; 32],
}

/// Why a file is not read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// It does not come to its end.
    #[error(transparent)]
    Cut(#[from] io::Error),
    /// It is another file than the one that the import began with.
    #[error("the file is not the one that this import began with")]
    Other,
    /// Nothing behind this can be read.
    #[error("line {line} {rule}")]
    Broken { line: i64, rule: &'static str },
}

/// Where a file is gone on with.
pub(super) struct Place {
    /// The line that what is sent begins on.
    pub(super) first: i64,
    /// The line through which everything is done.
    pub(super) done: i64,
    /// Of the rows through it.
    pub(super) digest: [u8; 32],
}

/// Reads rows, and hands on those that are not done yet, until nobody takes them.
pub(super) fn read(
    source: impl Read,
    format: Format,
    place: Place,
    to: &Sender<Result<Chunk, Fault>>,
) {
    let mut gathered = Gathered::of(place, to);
    let read = match format {
        Format::Ndjson => ndjson(source, &mut gathered),
        Format::Csv => csv(source, &mut gathered),
    };
    let read = match read {
        Ok(()) => gathered.verify().and_then(|()| gathered.hand_on()),
        Err(stop) => Err(stop),
    };
    if let Err(Stop::Fault(fault)) = read {
        // Nobody listens where the request has ended.
        let _ = to.blocking_send(Err(fault));
    }
}

enum Stop {
    /// Nobody takes more.
    Nobody,
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Rows on their way.
struct Gathered<'a> {
    place: Place,
    /// Of the rows that were read.
    digest: [u8; 32],
    /// Whether the rows that are done are known to be those.
    verified: bool,
    chunk: Chunk,
    to: &'a Sender<Result<Chunk, Fault>>,
}

impl<'a> Gathered<'a> {
    fn of(place: Place, to: &'a Sender<Result<Chunk, Fault>>) -> Self {
        // The rest of a file follows what is done.
        let is_rest = place.first > 1;
        let digest = if is_rest { place.digest } else { [0; 32] };
        Self {
            chunk: Chunk {
                rows: Vec::new(),
                bytes: 0,
                after: place.done,
                through: place.done,
                digest,
            },
            digest,
            verified: false,
            place,
            to,
        }
    }

    /// Adds a row that stands in the lines `line` to `through`.
    fn add(
        &mut self,
        line: i64,
        through: i64,
        bytes: &[u8],
        text: Result<String, Refusal>,
    ) -> Result<(), Stop> {
        let is_done = through <= self.place.done;
        if !is_done {
            self.verify()?;
        }
        self.digest = Sha256::new_with_prefix(self.digest)
            .chain_update(bytes)
            .finalize()
            .into();
        if is_done {
            return Ok(());
        }
        self.chunk.rows.push(Raw { line, text });
        self.chunk.bytes += bytes.len();
        self.chunk.through = through;
        if self.chunk.rows.len() >= MAX_ROWS || self.chunk.bytes >= MAX_BYTES {
            self.hand_on()?;
        }
        Ok(())
    }

    fn hand_on(&mut self) -> Result<(), Stop> {
        if self.chunk.rows.is_empty() {
            return Ok(());
        }
        let through = self.chunk.through;
        self.chunk.digest = self.digest;
        let next = Chunk {
            rows: Vec::new(),
            bytes: 0,
            after: through,
            through,
            digest: self.digest,
        };
        let chunk = std::mem::replace(&mut self.chunk, next);
        self.to.blocking_send(Ok(chunk)).map_err(|_| Stop::Nobody)
    }

    /// Refuses another file than the one of which the import has done the beginning.
    fn verify(&mut self) -> Result<(), Stop> {
        if !self.verified && self.digest != self.place.digest {
            return Err(Fault::Other.into());
        }
        self.verified = true;
        Ok(())
    }
}

fn ndjson(source: impl Read, rows: &mut Gathered<'_>) -> Result<(), Stop> {
    let mut source = BufReader::new(source);
    let mut line = rows.place.first;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let most = u64::try_from(MAX_ITEM_BYTES).unwrap_or(u64::MAX) + 2;
        if source.by_ref().take(most).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        let is_long = bytes.last() != Some(&b'\n') && bytes.len() == MAX_ITEM_BYTES + 2;
        let text = bytes.trim_ascii();
        // A mark of the byte order, which some programs write first.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        if is_long {
            let refusal = Refusal::coded(reason::TOO_LARGE, "row", TOO_LONG);
            rows.add(line, line, text, Err(refusal))?;
            source.skip_until(b'\n')?;
        } else if !text.is_empty() {
            let json = std::str::from_utf8(text).map(str::to_owned);
            let refusal = |_| Refusal::coded(reason::MALFORMED_JSON, "row", "must be UTF-8");
            rows.add(line, line, text, json.map_err(refusal))?;
        }
        line += 1;
    }
}

fn csv(source: impl Read, rows: &mut Gathered<'_>) -> Result<(), Stop> {
    let budget = Rc::new(Cell::new(MAX_RECORD_BYTES));
    let source = Bounded {
        source,
        left: budget.clone(),
    };
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(true)
        .flexible(true)
        .from_reader(source);
    // What is sent later begins with the names again, which stand in no line of the file then.
    let before = if rows.place.first > 1 {
        rows.place.first - 2
    } else {
        0
    };
    let at =
        |position: &::csv::Position| before + i64::try_from(position.line()).unwrap_or(i64::MAX);
    let broken = |line| Fault::Broken {
        line,
        rule: "must be a row of CSV in UTF-8 of at most 256 KiB: is a quote not closed?",
    };
    let names: Vec<String> = match reader.headers() {
        Ok(names) => names.iter().map(|it| it.trim().to_owned()).collect(),
        Err(error) => return Err(cut(error).unwrap_or_else(|| broken(1)).into()),
    };
    let mut record = ::csv::ByteRecord::new();
    // The reader counts no lines within cells.
    let mut within = 0;
    loop {
        budget.set(MAX_RECORD_BYTES);
        let next = at(reader.position()) + within;
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => return Err(cut(error).unwrap_or_else(|| broken(next)).into()),
        }
        let line = record.position().map_or(next, |it| at(it) + within);
        let breaks = record.as_slice().iter().filter(|byte| **byte == b'\n');
        within += i64::try_from(breaks.count()).unwrap_or(i64::MAX);
        // Behind the row stands the next one.
        let through = (at(reader.position()) + within - 1).max(line);
        let mut bytes = Vec::with_capacity(record.as_slice().len() + record.len());
        for cell in &record {
            bytes.extend_from_slice(cell);
            bytes.push(0x1f);
        }
        rows.add(line, through, &bytes, object(&names, &record))?;
    }
}

/// What is wrong with the source itself.
fn cut(error: ::csv::Error) -> Option<Fault> {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) if error.kind() != io::ErrorKind::InvalidData => {
            Some(Fault::Cut(error))
        }
        _ => None,
    }
}

/// A source that gives no more than `left` says.
struct Bounded<R> {
    source: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        match self.left.get().checked_sub(read) {
            Some(left) => {
                self.left.set(left);
                Ok(read)
            }
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// The object that a row of CSV is. A dot in a name leads into an object, an empty cell is no field, a cell
/// that begins as an object or a list is JSON, and so is a number, `true` or `false` within an object.
fn object(names: &[String], record: &::csv::ByteRecord) -> Result<String, Refusal> {
    let refuse = |field: &str, rule: &str| Refusal::new(field, rule);
    if record.len() > names.len() {
        return Err(refuse(
            "row",
            "must have no more cells than the first row has names",
        ));
    }
    let mut object = Map::new();
    for (name, cell) in names.iter().zip(record) {
        let text = std::str::from_utf8(cell).map_err(|_| refuse(name, "must be UTF-8"))?;
        if text.trim().is_empty() {
            continue;
        }
        let json = || serde_json::from_str::<Value>(text);
        let is_json = text.trim_start().starts_with(['{', '[']);
        if is_json {
            let value =
                json().map_err(|_| refuse(name, "must be JSON, since it begins as JSON"))?;
            object.insert(name.clone(), value);
        } else if let Some((parent, name)) = name.split_once('.') {
            let value = json().ok().filter(|it| it.is_number() || it.is_boolean());
            let value = value.unwrap_or_else(|| text.into());
            let parent = object.entry(parent).or_insert_with(|| Map::new().into());
            if let Value::Object(members) = parent {
                members.insert(name.to_owned(), value);
            }
        } else {
            object.insert(name.clone(), text.into());
        }
    }
    let text = Value::Object(object).to_string();
    if text.len() > MAX_ITEM_BYTES {
        return Err(Refusal::coded(reason::TOO_LARGE, "row", TOO_LONG));
    }
    Ok(text)
}

/// What comes, for a thread that waits for it.
pub(super) struct Incoming {
    receiver: Receiver<io::Result<Bytes>>,
    current: Bytes,
}

impl Incoming {
    pub(super) fn of(receiver: Receiver<io::Result<Bytes>>) -> Self {
        Self {
            receiver,
            current: Bytes::new(),
        }
    }
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                Some(bytes) => self.current = bytes?,
                None => return Ok(0),
            }
        }
        let read = self.current.len().min(buffer.len());
        buffer[..read].copy_from_slice(&self.current.split_to(read));
        Ok(read)
    }
}
