//! The program's events in a transaction's log lines.
//!
//! Only the runtime can write lines that start with `Program <id> invoke`, `success`, `failed` or
//! `Program data:`; a program's own text always follows `Program log: `. So the invocation stack
//! is read from the structure of whole lines, and a line that some program printed to look like
//! another is never taken for it. Truncated logs are an error, never "no events".

use crate::decode::Event;
use base64::{Engine, prelude::BASE64_STANDARD};
use solana_sdk_ids::{ed25519_program, secp256k1_program, secp256r1_program};
use tessera_types::{Address, ID};

/// Where in a transaction an event was emitted, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Index of the transaction's instruction.
    pub outer: u16,
    /// 0 for that instruction itself, else the number of the inner call, counted from 1.
    pub inner: u16,
    /// Position among the events of that call.
    pub ordinal: u16,
    /// The event, discriminator included.
    pub data: Vec<u8>,
}

/// Why log lines cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The node cut the logs, so events may be missing.
    #[error("the logs are truncated")]
    Truncated,
    /// A line contradicts the ones before it.
    #[error("line {line} does not fit the invocations before it: {text}")]
    Unexpected {
        /// Line number from 0.
        line: usize,
        /// The line.
        text: String,
    },
    /// Event bytes that are not base64.
    #[error("line {line} holds data that is not base64")]
    NotBase64 {
        /// Line number from 0.
        line: usize,
    },
}

struct Frame {
    ours: bool,
    inner: u16,
    events: u16,
}

/// The program's events in `lines`, in order. `outer_programs` are the programs of the
/// transaction's instructions, because precompiles leave no line.
///
/// # Errors
/// [`LogError`] when the lines are truncated or inconsistent.
pub fn events(outer_programs: &[Address], lines: &[String]) -> Result<Vec<LoggedEvent>, LogError> {
    let mut stack: Vec<Frame> = Vec::new();
    let mut outer = 0usize;
    let mut inner_calls = 0u16;
    let mut found = Vec::new();
    for (line, text) in lines.iter().enumerate() {
        let unexpected = || LogError::Unexpected {
            line,
            text: text.clone(),
        };
        if text == "Log truncated" {
            return Err(LogError::Truncated);
        }
        if let Some(data) = text.strip_prefix("Program data: ") {
            let frame = stack.last_mut().ok_or_else(unexpected)?;
            if !frame.ours {
                continue;
            }
            found.push(LoggedEvent {
                outer: u16::try_from(outer).map_err(|_| unexpected())?,
                inner: frame.inner,
                ordinal: frame.events,
                data: BASE64_STANDARD
                    .decode(data)
                    .map_err(|_| LogError::NotBase64 { line })?,
            });
            frame.events += 1;
            continue;
        }
        let Some((program, rest)) = runtime_line(text) else {
            continue;
        };
        if let Some(depth) = rest
            .strip_prefix("invoke [")
            .and_then(|rest| rest.strip_suffix(']'))
        {
            if depth.parse() != Ok(stack.len() + 1) {
                return Err(unexpected());
            }
            if stack.is_empty() {
                outer += outer_programs
                    .get(outer..)
                    .and_then(|rest| rest.iter().position(|outer| !is_precompile(outer)))
                    .ok_or_else(unexpected)?;
                if outer_programs.get(outer) != Some(&program) {
                    return Err(unexpected());
                }
                inner_calls = 0;
            } else {
                inner_calls += 1;
            }
            stack.push(Frame {
                ours: program == ID,
                inner: inner_calls,
                events: 0,
            });
        } else if rest == "success" || rest.starts_with("failed") {
            stack.pop().ok_or_else(unexpected)?;
            if stack.is_empty() {
                outer += 1;
            }
        }
    }
    Ok(found)
}

/// The receipts of `account` in `lines`, as logged and in order; see [`events`].
///
/// # Errors
/// [`LogError`] when the lines are truncated or inconsistent.
pub fn receipts_of(
    account: &Address,
    outer_programs: &[Address],
    lines: &[String],
) -> Result<Vec<Vec<u8>>, LogError> {
    let events = events(outer_programs, lines)?.into_iter();
    Ok(events
        .map(|event| event.data)
        .filter(|data| Event::decode(data).is_ok_and(|event| event.receipt().account == *account))
        .collect())
}

/// Splits `Program <id> <rest>`; a colon ends the word of a line that a program wrote.
fn runtime_line(text: &str) -> Option<(Address, &str)> {
    let (id, rest) = text.strip_prefix("Program ")?.split_once(' ')?;
    Some((id.parse().ok()?, rest))
}

fn is_precompile(program: &Address) -> bool {
    [
        ed25519_program::ID,
        secp256k1_program::ID,
        secp256r1_program::ID,
    ]
    .contains(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines()
            .map(|line| line.trim().replace("TESSERA", &ID.to_string()))
            .collect()
    }

    const OTHER: &str = "ComputeBudget111111111111111111111111111111";

    #[test]
    fn truncated_logs_are_an_error() {
        let logs = lines("Program TESSERA invoke [1]\nLog truncated");
        assert_eq!(events(&[ID], &logs), Err(LogError::Truncated));
    }

    #[test]
    fn a_depth_that_does_not_follow_is_an_error() {
        let logs = lines("Program TESSERA invoke [2]");
        assert!(matches!(
            events(&[ID], &logs),
            Err(LogError::Unexpected { line: 0, .. })
        ));
    }

    #[test]
    fn text_that_a_program_prints_is_never_structure() {
        let other: Address = OTHER.parse().expect("address");
        let logs = lines(&format!(
            "Program {OTHER} invoke [1]
             Program log: Program TESSERA invoke [2]
             Program data: AAAA
             Program {OTHER} success"
        ));
        assert_eq!(events(&[other], &logs), Ok(vec![]));
    }

    #[test]
    fn events_carry_their_place_behind_precompiles_and_inner_calls() {
        let other: Address = OTHER.parse().expect("address");
        let logs = lines(&format!(
            "Program {OTHER} invoke [1]
             Program {OTHER} success
             Program TESSERA invoke [1]
             Program {OTHER} invoke [2]
             Program data: ////
             Program {OTHER} success
             Program data: AQ==
             Program data: Ag==
             Program TESSERA consumed 5 of 10 compute units
             Program TESSERA success
             Program {OTHER} invoke [1]
             Program TESSERA invoke [2]
             Program data: Aw==
             Program TESSERA success
             Program {OTHER} success"
        ));
        let at = |outer, inner, ordinal, byte| LoggedEvent {
            outer,
            inner,
            ordinal,
            data: vec![byte],
        };
        assert_eq!(
            events(&[other, ed25519_program::ID, ID, other], &logs),
            Ok(vec![at(2, 0, 0, 1), at(2, 0, 1, 2), at(3, 1, 0, 3)])
        );
    }
}
