//! Faults of a server, and what may be repeated of its messages.

use super::YellowstoneConfig;
use std::error::Error;
use tonic::{Code, Status};

/// Most characters of a server's words that are repeated.
const LONGEST: usize = 200;

/// Why a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The server refused access.
    Refused(String),
    /// The server does not have what happened since the mark.
    NoReplay(String),
    /// Everything else.
    Broken(String),
}

impl Fault {
    pub(super) fn broken(reason: &str) -> Self {
        Self::Broken(reason.to_owned())
    }

    /// The fault behind a status that ended a connection; `replaying` when the connection had asked
    /// for the past and nothing had come yet.
    pub(super) fn of_status(status: &Status, replaying: bool, config: &YellowstoneConfig) -> Self {
        let reason = clean(&format!("{:?}: {}", status.code(), said(status)), config);
        match status.code() {
            Code::Unauthenticated | Code::PermissionDenied => Self::Refused(reason),
            // Servers differ in the code for this. One that means something else will repeat it
            // when it is not asked for the past.
            Code::OutOfRange
            | Code::DataLoss
            | Code::FailedPrecondition
            | Code::InvalidArgument
            | Code::Unimplemented
            | Code::Internal
                if replaying && status.source().is_none() =>
            {
                Self::NoReplay(reason)
            }
            _ => Self::Broken(reason),
        }
    }

    /// The fault behind a connection that could not be made.
    pub(super) fn of_transport(error: &(dyn Error + 'static), config: &YellowstoneConfig) -> Self {
        Self::Broken(clean(&innermost(error), config))
    }
}

fn said(status: &Status) -> String {
    match status.source() {
        Some(source) => format!("{} ({})", status.message(), innermost(source)),
        None => status.message().to_owned(),
    }
}

/// The innermost cause; the outer errors say only that there was one.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// `text` without secrets, and cut to [`LONGEST`] characters.
fn clean(text: &str, config: &YellowstoneConfig) -> String {
    let host = config.url.split_once("://").map_or("", |(_, rest)| rest);
    // Some providers have the secret in the path, some before the host.
    let path = host.find('/').map_or("", |start| &host[start..]);
    let user = host.split_once('@').map_or("", |(user, _)| user);
    let token = config.token.as_deref().unwrap_or_default();
    let mut text = text.to_owned();
    for secret in [token, path, user] {
        if secret.len() > 1 {
            text = text.replace(secret, "…");
        }
    }
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> YellowstoneConfig {
        YellowstoneConfig::new(
            "https://me:pw@host.example/key-5/x",
            Some("tok-7".to_owned()),
        )
    }

    #[test]
    fn no_secret_is_repeated_and_no_speech() {
        let said = format!("tok-7 of me:pw at /key-5/x is bad{}", "!".repeat(5_000));
        let fault = Fault::of_status(&Status::unauthenticated(said), true, &config());
        let Fault::Refused(reason) = fault else {
            panic!("{fault:?}");
        };
        assert!(reason.starts_with("Unauthenticated: … of … at … is bad!!"));
        assert_eq!(reason.chars().count(), LONGEST);
    }

    #[test]
    fn every_way_to_refuse_the_past_is_understood_where_the_past_was_asked_for() {
        let refusals = [
            Status::out_of_range("broadcast from 7 is not available, last available: 9"),
            Status::internal("from_slot is not supported"),
            Status::invalid_argument("first available slot: 9"),
            Status::data_loss("gone"),
        ];
        for status in refusals {
            let asked = Fault::of_status(&status, true, &config());
            assert!(matches!(asked, Fault::NoReplay(_)), "{asked:?}");
            let live = Fault::of_status(&status, false, &config());
            assert!(matches!(live, Fault::Broken(_)), "{live:?}");
        }
        let passing = Fault::of_status(&Status::unavailable("restarting"), true, &config());
        assert!(matches!(passing, Fault::Broken(_)), "{passing:?}");
    }
}
