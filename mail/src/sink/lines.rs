//! Lines of a session, of bounded length.

use std::{io, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// How long a client may be silent, by RFC 5321.
const PATIENCE: Duration = Duration::from_secs(300);
/// Bytes of a line with its end, by RFC 5321, and with the dot that is doubled.
const MOST_OF_LINE: u64 = 1_001;

pub(super) struct Lines(BufReader<TcpStream>);

/// What a client sent.
pub(super) enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// Something that is no line: too long, or ended by less than CRLF.
    Broken,
    /// It has closed the connection.
    Closed,
}

impl Lines {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        // A client waits for each answer, which must not wait for the client.
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    pub(super) async fn next(&mut self) -> io::Result<Line> {
        let mut line = Vec::new();
        let mut reader = (&mut self.0).take(MOST_OF_LINE);
        timeout(PATIENCE, reader.read_until(b'\n', &mut line)).await??;
        if line.is_empty() {
            return Ok(Line::Closed);
        }
        let whole = line.strip_suffix(b"\r\n");
        Ok(match whole {
            Some(whole) if !whole.contains(&b'\r') => Line::Whole(whole.to_vec()),
            _ => Line::Broken,
        })
    }

    pub(super) async fn say(&mut self, answer: &str) -> io::Result<()> {
        self.0.write_all(format!("{answer}\r\n").as_bytes()).await?;
        self.0.flush().await
    }
}
