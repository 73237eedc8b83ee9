//! Rows of CSV (RFC 4180): a first row of names, then a row of cells each.
//!
//! Laws: a line is what ends in LF, CRLF included, so lines are those that an editor counts. A quote that
//! opens by mistake hides rows, and nobody knows how many: where a row runs over several lines, it must be
//! well-formed to the last cell, or the file is not read any further.

use super::rows::{Fault, Gathered, Stop, Values};
use std::{
    io::{BufRead, BufReader, Read},
    sync::Arc,
};
use tessera_domain::{
    capture::{Cells, Columns, Fields, MAX_ITEM_BYTES},
    refusal::Refusal,
};

/// Most bytes of one row as it stands in the file, quotes included: what follows an opened quote is one
/// row until it is closed.
const MAX_RECORD_BYTES: usize = 4 * MAX_ITEM_BYTES;
/// Ends a cell where rows are hashed.
const UNIT: u8 = 0x1f;

const TOO_LONG: &str = "must begin a row of at most 256 KiB: is a quote not closed?";
const OPEN: &str = "must close the quote that it opens";
const SWALLOWED: &str =
    "must close the quote that it opens: what follows until the next one is no cell";
const LONE_CR: &str = "must end in LF or CRLF: a CR alone ends no line";
const RENAMED: &str = "must be a row, or the names of the columns as the file began with them";
const PADDED: &str = "must have its quote first: a blank is before it";
const NAMELESS: &str = "must have the names of the columns, as UTF-8";

/// Reads rows. The rest of a file is read by the names that the file began with; it may repeat them.
pub(super) fn csv(source: impl Read, fields: &Fields, rows: &mut Gathered<'_>) -> Result<(), Stop> {
    let first = rows.place.first;
    let mut table = Table::of(source, first);
    let mut next = table.next()?;
    let begun = rows.place.names.take().filter(|_| first > 1);
    let names = match (begun, &next) {
        (Some(names), _) => names,
        (None, None) => return Err(broken(first, NAMELESS)),
        (None, Some(row)) if row.broke.is_some() => return Err(row.swallowed()),
        (None, Some(row)) if !row.is_named() => return Err(broken(row.line, NAMELESS)),
        (None, Some(row)) => row.names(),
    };
    let columns = Arc::new(Columns::of(&names, fields)?);
    rows.name(&names);
    let are_names = |row: &Record| row.is_named() && Columns::of(&row.names(), fields).is_ok();
    if next.as_ref().is_some_and(|row| row.names() == names) {
        // Repeated, they stand in no line of the file.
        if first > 1 {
            table.line = first;
        }
        next = table.next()?;
    } else if let Some(row) = next.as_ref().filter(|row| are_names(row)) {
        return Err(broken(row.line, RENAMED));
    }
    while let Some(row) = next {
        if row.broke.is_some() && !row.is_whole(&columns) {
            return Err(row.swallowed());
        }
        rows.add(row.line, row.through, &row.hashed(), row.values(&columns))?;
        next = table.next()?;
    }
    Ok(())
}

fn broken(line: i64, rule: &'static str) -> Stop {
    Fault::Broken { line, rule }.into()
}

/// A row as it stands in the file.
#[derive(Default)]
struct Record {
    /// The line that it begins on, and the one that it ends on.
    line: i64,
    through: i64,
    /// Its cells without their quotes, each of which ends where `ends` says.
    text: Vec<u8>,
    ends: Vec<usize>,
    /// The line on which the first quote opened that ran over its end.
    broke: Option<i64>,
    /// The first cell with text behind its closed quote.
    trailing: Option<usize>,
    /// The first cell with nothing but blanks before a quote.
    padded: Option<usize>,
    /// Whether a quote stands in a cell that has none around it.
    has_quote: bool,
}

/// Where the reading of a row is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    Plain,
    Quoted,
    /// Behind a quote that closes the cell, unless another follows.
    Closed,
}

impl Record {
    fn end_cell(&mut self) {
        self.ends.push(self.text.len());
    }

    fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let mut begin = 0;
        self.ends.iter().map(move |end| {
            let cell = &self.text[begin..*end];
            begin = *end;
            cell
        })
    }

    /// Whether its cells can be names.
    fn is_named(&self) -> bool {
        self.trailing.is_none() && std::str::from_utf8(&self.text).is_ok()
    }

    fn names(&self) -> Vec<String> {
        self.cells()
            .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
            .collect()
    }

    fn hashed(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.text.len() + self.ends.len());
        for cell in self.cells() {
            bytes.extend_from_slice(cell);
            bytes.push(UNIT);
        }
        bytes
    }

    /// Whether nothing speaks against its being one row.
    fn is_whole(&self, columns: &Columns) -> bool {
        let breaks = |cell: &[u8]| cell.contains(&b'\n');
        self.trailing.is_none()
            && !self.has_quote
            && self.ends.len() == columns.count()
            && self
                .cells()
                .enumerate()
                .all(|(index, cell)| columns.may_break(index) || !breaks(cell))
    }

    fn swallowed(&self) -> Stop {
        broken(self.broke.unwrap_or(self.line), SWALLOWED)
    }

    fn values(self, columns: &Arc<Columns>) -> Result<Values, Refusal> {
        if self.ends.len() > columns.count() {
            let rule = "must have no more cells than the first row has names";
            return Err(Refusal::new("row", rule));
        }
        if let Some(index) = self.trailing {
            let rule = "must have nothing behind its closed quote";
            return Err(Refusal::new(columns.name(index), rule));
        }
        if let Some(index) = self.padded {
            return Err(Refusal::new(columns.name(index), PADDED));
        }
        let valid = |cell: &[u8]| std::str::from_utf8(cell).is_ok();
        if let Some(index) = self.cells().position(|cell| !valid(cell)) {
            return Err(Refusal::new(columns.name(index), "must be UTF-8"));
        }
        let text = String::from_utf8(self.text).unwrap_or_default();
        Ok(Values::Cells(Cells::new(columns.clone(), text, self.ends)))
    }
}

/// A file of rows.
struct Table<R> {
    source: BufReader<R>,
    /// The next line.
    line: i64,
    /// Whether anything was read.
    has_begun: bool,
}

impl<R: Read> Table<R> {
    fn of(source: R, line: i64) -> Self {
        Self {
            source: BufReader::new(source),
            line,
            has_begun: false,
        }
    }

    /// The next row; blank lines are none.
    fn next(&mut self) -> Result<Option<Record>, Stop> {
        let mut bytes = Vec::new();
        loop {
            let line = self.line;
            bytes.clear();
            if !self.read_line(&mut bytes, line)? {
                return Ok(None);
            }
            if !bytes.trim_ascii().is_empty() {
                return self.row(line, bytes).map(Some);
            }
        }
    }

    /// The row whose first line is read.
    fn row(&mut self, line: i64, mut bytes: Vec<u8>) -> Result<Record, Stop> {
        let mut row = Record {
            line,
            ..Record::default()
        };
        let mut state = State::Begin;
        // Where the quote opened that is open.
        let mut opened = line;
        let mut from = 0;
        loop {
            let current = self.line - 1;
            let content = content(&bytes[from..]);
            for byte in content {
                state = match (state, byte) {
                    (State::Begin, b'"') => {
                        opened = current;
                        State::Quoted
                    }
                    (State::Closed, b'"') => {
                        row.text.push(b'"');
                        State::Quoted
                    }
                    (State::Quoted, b'"') => State::Closed,
                    (State::Quoted, byte) => {
                        row.text.push(*byte);
                        State::Quoted
                    }
                    (_, b',') => {
                        row.end_cell();
                        State::Begin
                    }
                    (_, b'\r') => {
                        return Err(broken(current, LONE_CR));
                    }
                    (state, byte) => {
                        if *byte == b'"' {
                            row.has_quote = true;
                            let cell = row
                                .ends
                                .last()
                                .map_or(&row.text[..], |end| &row.text[*end..]);
                            if cell.trim_ascii().is_empty() {
                                row.padded.get_or_insert(row.ends.len());
                            }
                        }
                        if state == State::Closed {
                            row.trailing.get_or_insert(row.ends.len());
                        }
                        row.text.push(*byte);
                        State::Plain
                    }
                };
            }
            if state != State::Quoted {
                row.end_cell();
                row.through = current;
                return Ok(row);
            }
            row.text.extend_from_slice(&bytes[from + content.len()..]);
            let begin = *row.broke.get_or_insert(opened);
            from = bytes.len();
            if !self.read_line(&mut bytes, begin)? {
                return Err(broken(begin, OPEN));
            }
        }
    }

    /// Adds the next line, as long as its row is not too long, which is said of the line `begin`.
    fn read_line(&mut self, bytes: &mut Vec<u8>, begin: i64) -> Result<bool, Stop> {
        let left = (MAX_RECORD_BYTES + 1).saturating_sub(bytes.len());
        let most = u64::try_from(left).unwrap_or(u64::MAX);
        let read = self.source.by_ref().take(most).read_until(b'\n', bytes)?;
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(broken(begin, TOO_LONG));
        }
        if read > 0 {
            self.line += 1;
        }
        if !self.has_begun && bytes.starts_with(MARK) {
            bytes.drain(..MARK.len());
        }
        self.has_begun = true;
        Ok(read > 0)
    }
}

/// A mark of the byte order, which some programs write first.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A line without what ends it; the last one may lack the LF.
fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests;
