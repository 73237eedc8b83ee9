//! One message over one connection, stage by stage.
//!
//! Law: a failure says in which stage it happened. Before the final dot is handed over, a server
//! cannot have accepted anything; from then on only its answer says.

use super::Sent;
use crate::letter::Letter;
use lettre::transport::smtp::{
    Error,
    client::AsyncSmtpConnection,
    commands::{Data, Mail, Rcpt, Rset},
    response::{Response, Severity},
};
use std::{
    error::Error as _,
    fmt::Display,
    iter, mem,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::time::timeout;

pub(super) type Connection = AsyncSmtpConnection;

/// The code with which a server says that it closes the connection.
pub(super) const CLOSING: u16 = 421;
/// The code with which it asks for the message.
const GO_AHEAD: u16 = 354;
/// Codes that say something of our credentials and nothing of the message.
const SIGN_IN: [u16; 4] = [530, 534, 535, 538];
/// Bytes that are kept of an answer.
const MOST_OF_ANSWER: usize = 500;
const TOO_LATE: &str = "no answer within the time limit";

/// How a transaction ended.
pub(super) enum Ended {
    Accepted(String),
    Answered(Answer),
    /// The connection failed before DATA was asked for.
    Dead(String),
    /// It failed later, but the final dot was not handed over.
    BeforeDot(String),
    /// It failed when the dot may have arrived.
    AfterDot(String),
}

/// A negative answer.
pub(super) struct Answer {
    pub(super) code: u16,
    response: String,
}

impl Answer {
    pub(super) fn into_sent(self) -> Sent {
        let Self { code, response } = self;
        if SIGN_IN.contains(&code) {
            return Sent::NotSent {
                reason: format!("the server wants other credentials ({code})"),
            };
        }
        Sent::Refused {
            code,
            response,
            is_permanent: code >= 500,
        }
    }
}

enum Failure {
    Answered(Answer),
    Broken(String),
}

/// Sends over a connection that waited: one that answers nothing, or that it closes, is dead.
pub(super) async fn run_again(
    connection: &mut Connection,
    letter: &Letter,
    limit: Duration,
) -> Ended {
    match ask(connection, Rset, limit).await {
        Ok(_) => match run(connection, letter, limit).await {
            Ended::Answered(answer) if answer.code == CLOSING => Ended::Dead(answer.response),
            ended => ended,
        },
        Err(Failure::Answered(answer)) => Ended::Dead(answer.response),
        Err(Failure::Broken(reason)) => Ended::Dead(reason),
    }
}

/// Sends over a connection that nothing was sent over since it was opened or reset.
pub(super) async fn run(connection: &mut Connection, letter: &Letter, limit: Duration) -> Ended {
    let from = Mail::new(Some(letter.from.clone()), Vec::new());
    let to = Rcpt::new(letter.to.clone(), Vec::new());
    if let Err(failure) = ask(connection, from, limit).await {
        return failure.before_data();
    }
    if let Err(failure) = ask(connection, to, limit).await {
        return failure.before_data();
    }
    match ask(connection, Data, limit).await {
        Ok(response) if response.has_code(GO_AHEAD) => {}
        // An answer to something else: the two sides have lost count of each other.
        Ok(response) => {
            return Ended::BeforeDot(format!("the server answered {} to DATA", response.code()));
        }
        Err(Failure::Answered(answer)) => return Ended::Answered(answer),
        Err(Failure::Broken(reason)) => return Ended::BeforeDot(reason),
    }
    content(connection, letter, limit).await
}

impl Failure {
    fn before_data(self) -> Ended {
        match self {
            Self::Answered(answer) => Ended::Answered(answer),
            Self::Broken(reason) => Ended::Dead(reason),
        }
    }
}

/// The message and its final dot, which is written when the iterator has no more parts.
async fn content(connection: &mut Connection, letter: &Letter, limit: Duration) -> Ended {
    let is_dot_next = AtomicBool::new(false);
    let bytes = letter.bytes();
    // The line end before the dot is added again by what writes it.
    let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
    let mut whole = Some(bytes);
    let parts = iter::from_fn(|| {
        let part = mem::take(&mut whole);
        is_dot_next.store(part.is_none(), Ordering::Relaxed);
        part
    });
    let answered = timeout(limit, connection.message_iter(parts)).await;
    let failure = match answered {
        Ok(Ok(response)) if response.code().severity == Severity::PositiveCompletion => {
            return Ended::Accepted(text(&response));
        }
        Ok(Ok(response)) => Failure::Broken(format!(
            "the server answered {} to the message",
            response.code()
        )),
        Ok(Err(error)) => failure(&error),
        Err(_) => Failure::Broken(TOO_LATE.to_owned()),
    };
    match failure {
        Failure::Answered(answer) => Ended::Answered(answer),
        Failure::Broken(reason) if is_dot_next.load(Ordering::Relaxed) => Ended::AfterDot(reason),
        Failure::Broken(reason) => Ended::BeforeDot(reason),
    }
}

async fn ask(
    connection: &mut Connection,
    command: impl Display,
    limit: Duration,
) -> Result<Response, Failure> {
    match timeout(limit, connection.command(command)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(Failure::Broken(TOO_LATE.to_owned())),
    }
}

fn failure(error: &Error) -> Failure {
    match error.status() {
        Some(code) => Failure::Answered(Answer {
            code: code.into(),
            response: within(&error.source().map(ToString::to_string).unwrap_or_default()),
        }),
        None => Failure::Broken(within(&error.to_string())),
    }
}

fn text(response: &Response) -> String {
    within(&response.message().collect::<Vec<_>>().join(" "))
}

/// What others say, in one line of a length that can be kept.
pub(super) fn within(text: &str) -> String {
    let mut kept = String::new();
    for character in text.chars() {
        if kept.len() + character.len_utf8() > MOST_OF_ANSWER {
            break;
        }
        kept.push(if character.is_control() {
            ' '
        } else {
            character
        });
    }
    kept
}
