//! Rows of a file as they come: a few together, with where they stand. Read on a thread of its own,
//! because its source is waited for.
//!
//! Law: what is held at a time is bounded, whatever the file holds.

use super::csv::csv;
use axum::body::Bytes;
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Read};
use tessera_domain::{
    capture::{Cells, Fields, MAX_ITEM_BYTES, reason},
    refusal::Refusal,
};
use tokio::sync::mpsc::{Receiver, Sender};

/// Most rows that are taken in together.
const MAX_ROWS: usize = 500;
/// Bytes after which no more rows are taken in together.
const MAX_BYTES: usize = 1 << 20;
const TOO_LONG: &str = "must have at most 65536 bytes";

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A JSON object a line.
    Ndjson,
    /// A first row of names, then a row of values each; RFC 4180.
    Csv,
}

/// A row, or why it is none.
pub(super) struct Raw {
    pub(super) line: i64,
    pub(super) values: Result<Values, Refusal>,
}

/// What stands in a row.
pub(super) enum Values {
    /// The JSON of an object.
    Json(String),
    Cells(Cells),
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
    /// The names of the columns, where the file is CSV.
    pub(super) names: Option<Vec<String>>,
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
    /// Its columns are not those of its kind.
    #[error(transparent)]
    Columns(#[from] Refusal),
}

/// Where a file is gone on with.
pub(super) struct Place {
    /// The line that what is sent begins on.
    pub(super) first: i64,
    /// The line through which everything is done.
    pub(super) done: i64,
    /// Of the rows through it.
    pub(super) digest: [u8; 32],
    /// The names of the columns, where rows of CSV are done.
    pub(super) names: Option<Vec<String>>,
}

/// Reads rows, and hands on those that are not done yet, until nobody takes them.
pub(super) fn read(
    source: impl Read,
    format: Format,
    fields: &Fields,
    place: Place,
    to: &Sender<Result<Chunk, Fault>>,
) {
    let mut gathered = Gathered::of(place, to);
    let read = match format {
        Format::Ndjson => ndjson(source, &mut gathered),
        Format::Csv => csv(source, fields, &mut gathered),
    };
    let mut end = || gathered.verify().and_then(|()| gathered.hand_on());
    let read = match read {
        Ok(()) => end(),
        // What is before it counts, and the file goes on from there when it is mended.
        Err(Stop::Fault(fault @ Fault::Broken { .. })) => end().and(Err(Stop::Fault(fault))),
        Err(stop) => Err(stop),
    };
    if let Err(Stop::Fault(fault)) = read {
        // Nobody listens where the request has ended.
        let _ = to.blocking_send(Err(fault));
    }
}

pub(super) enum Stop {
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
pub(super) struct Gathered<'a> {
    pub(super) place: Place,
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
                names: None,
            },
            digest,
            verified: is_rest || place.done == 0,
            place,
            to,
        }
    }

    /// Says how the columns are named, by which the rows of a whole file are read.
    pub(super) fn name(&mut self, names: &[String]) {
        if self.place.first == 1 {
            for name in names {
                self.count(&[name.as_bytes(), b"\x1f"].concat());
            }
        }
        self.chunk.names = Some(names.to_vec());
    }

    fn count(&mut self, bytes: &[u8]) {
        self.digest = Sha256::new_with_prefix(self.digest)
            .chain_update(bytes)
            .finalize()
            .into();
    }

    /// Adds a row that stands in the lines `line` to `through`.
    pub(super) fn add(
        &mut self,
        line: i64,
        through: i64,
        bytes: &[u8],
        values: Result<Values, Refusal>,
    ) -> Result<(), Stop> {
        let is_done = through <= self.place.done;
        if !is_done {
            self.verify()?;
        }
        self.count(bytes);
        if is_done {
            return Ok(());
        }
        self.chunk.rows.push(Raw { line, values });
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
            names: self.chunk.names.clone(),
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
            rows.add(line, line, text, json.map(Values::Json).map_err(refusal))?;
        }
        line += 1;
    }
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
