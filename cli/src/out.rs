//! Output of commands.
//!
//! Law: a reader that closes the pipe early, as `head` does, stops nothing: the rest is discarded,
//! and the command's work and exit code stay the same. Output that is lost for another reason makes
//! the command fail.

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

/// The reason why output was lost, if it was.
pub(crate) fn lost() -> Option<&'static io::Error> {
    LOST.get()
}

/// Prints the error that a command ends with.
pub(crate) fn error(error: &anyhow::Error) {
    // A failure to write to standard error cannot be reported anywhere.
    let _ = writeln!(io::stderr().lock(), "error: {error:#}");
}

fn unless_closed(error: io::Error) -> io::Result<()> {
    match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    }
}
