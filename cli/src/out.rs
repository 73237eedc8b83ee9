//! What commands print.
//!
//! Law: who has read enough, as `head` has, stops nothing: the rest goes nowhere, and what the command
//! does and how it ends stay the same. Output that is lost otherwise makes the command fail.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
    sync::OnceLock,
};

static LOST: OnceLock<io::Error> = OnceLock::new();

/// Prints a line, by the rules of `println!`.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::out::line(format_args!($($text)*))
    };
}

/// A line of output.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    let written = writeln!(io::stdout().lock(), "{text}");
    if let Err(error) = written.or_else(unless_closed) {
        // The first one says why.
        let _ = LOST.set(error);
    }
}

/// Why output was lost, if it was.
pub(crate) fn lost() -> Option<&'static io::Error> {
    LOST.get()
}

/// The error that a command ends with.
pub(crate) fn error(error: &anyhow::Error) {
    // Nobody is left to hear that it cannot be said.
    let _ = writeln!(io::stderr().lock(), "error: {error:#}");
}

fn unless_closed(error: io::Error) -> io::Result<()> {
    match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    }
}
