//! The valid values of options.
//!
//! Law: a refusal names the option and its rule. It does not repeat a value that may hold a key or
//! a password.

use axum::http::HeaderName;
use clap::{Arg, Command, Error, builder::TypedValueParser, error::ErrorKind};
use std::{ffi::OsStr, net::SocketAddr, ops::RangeInclusive};
use tessera_client::types::Address;

/// An `http://` or `https://` address.
#[derive(Debug, Clone)]
pub(crate) struct HttpUrl(pub(crate) String);

pub(super) fn address(text: &str) -> Result<Address, String> {
    let refusal = |_| "expected an address: 32 bytes in base58".to_owned();
    text.parse().map_err(refusal)
}

/// A whole number of `range`.
pub(super) fn number<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let number = number.and_then(|number: u64| number.try_into().ok());
        let (low, high) = (range.start(), range.end());
        number.ok_or_else(|| format!("expected a whole number from {low} to {high}"))
    }
}

/// A port of TCP.
pub(super) fn port() -> impl Fn(&str) -> Result<u16, String> + Clone + Send + Sync + 'static {
    number(0..=u16::MAX.into())
}

/// Where to listen.
pub(super) fn socket(text: &str) -> Result<SocketAddr, String> {
    let refusal = |_| "expected IP:PORT, such as 127.0.0.1:8080 or [::1]:8080".to_owned();
    text.parse().map_err(refusal)
}

/// The name of a header.
pub(super) fn header_name(text: &str) -> Result<HeaderName, String> {
    let refusal = |_| "expected the name of a header, such as x-forwarded-for".to_owned();
    text.parse().map_err(refusal)
}

/// The address of a node.
pub(super) fn http() -> Secret<HttpUrl> {
    Secret(|text| match begins(text, ["http://", "https://"]) {
        true => Ok(HttpUrl(text.to_owned())),
        false => Err("expected http://host:port or https://host"),
    })
}

/// The address of a node's web socket.
pub(super) fn web_socket() -> Secret<String> {
    Secret(|text| match begins(text, ["ws://", "wss://"]) {
        true => Ok(text.to_owned()),
        false => Err("expected ws://host:port or wss://host"),
    })
}

/// The address of a database.
pub(super) fn database() -> Secret<String> {
    Secret(|text| {
        let known = ["postgres://", "postgresql://"];
        match begins(text, known) && tessera_store::is_address(text) {
            true => Ok(text.to_owned()),
            false => Err("expected postgres://user:password@host:port/database"),
        }
    })
}

fn begins<const N: usize>(text: &str, schemes: [&str; N]) -> bool {
    let mut rests = schemes.iter().filter_map(|it| text.strip_prefix(it));
    rests.any(|rest| !rest.is_empty())
}

/// Reads a value, and does not repeat it when it is refused.
#[derive(Clone)]
pub(super) struct Secret<T>(pub(super) fn(&str) -> Result<T, &'static str>);

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Secret<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        option: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, Error> {
        let text = value.to_str().ok_or("expected text in UTF-8");
        text.and_then(self.0).map_err(|rule| {
            let option = option.map(ToString::to_string).unwrap_or_default();
            let refusal = format!("invalid value for '{option}': {rule}\n");
            Error::raw(ErrorKind::ValueValidation, refusal).with_cmd(command)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::Arguments;
    use clap::Parser;

    fn said(line: &str) -> String {
        let line = std::iter::once("tessera").chain(line.split(' '));
        let refused = Arguments::try_parse_from(line).map(|_| ());
        refused.map_or_else(|error| error.to_string(), |()| "taken".to_owned())
    }

    #[test]
    fn a_refusal_names_option_and_rule() {
        for (line, option, rule) in [
            (
                "audit --rpc-url localhost",
                "--rpc-url",
                "expected http://host",
            ),
            (
                "audit --database mysql://a",
                "--database",
                "expected postgres://",
            ),
            (
                "migrate --database-url a",
                "--database-url",
                "expected postgres://",
            ),
            (
                "dev --database-url a",
                "--database-url",
                "expected postgres://",
            ),
            (
                "indexer --ws-url http://a",
                "--ws-url",
                "expected ws://host",
            ),
            ("indexer --ws-url wss://", "--ws-url", "or wss://host"),
            (
                "indexer --yellowstone-url ws://a",
                "--yellowstone-url",
                "or https://host",
            ),
            (
                "indexer --metrics-listen 9100",
                "--metrics-listen",
                "expected IP:PORT",
            ),
            ("api --listen localhost:80", "--listen", "expected IP:PORT"),
            ("api --public-url a", "--public-url", "expected http://host"),
            ("dev --wallets 3", "--wallets", "from 4 to 1000"),
            ("dev --wallets -4", "--wallets", "from 4 to 1000"),
            ("dev --months x", "--months", "from 1 to 24"),
            ("dev --rpc-port 65536", "--rpc-port", "from 0 to 65535"),
            ("keeper --tables 1.5", "--tables", "a whole number from 0"),
            (
                "keeper --priority-fee-cap -1",
                "--priority-fee-cap",
                "a whole number from 0",
            ),
        ] {
            let said = said(line);
            assert!(
                said.contains(option) && said.contains(rule),
                "{line}: {said}"
            );
        }
    }

    #[test]
    fn a_refusal_repeats_no_secret() {
        for line in [
            "migrate --database-url host:SECRET@a/b",
            "audit --rpc-url node.example?key=SECRET",
            "audit --database postgres://a:SECRET@b:port/c",
            "indexer --ws-url node.example/SECRET",
            "indexer --yellowstone-url node.example/SECRET",
        ] {
            let said = said(line);
            assert!(
                said.contains("invalid value") && !said.contains("SECRET"),
                "{said}"
            );
        }
    }
}
