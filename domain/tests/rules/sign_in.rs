//! Sign-in messages: against the Wallet Standard's own package, against tampering, and for
//! arbitrary text.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

use proptest::prelude::*;
use serde::Deserialize;
use tessera_domain::{
    access::sign_in::{Expected, Field, Message, Network, SignInError, parse, verify},
    base58::{self, Base58Error},
    time::{MICROS_PER_SEC, Timestamp},
};

#[derive(Deserialize)]
struct Fixture {
    written: Vec<Written>,
    changed: Vec<Changed>,
}

#[derive(Deserialize)]
struct Written {
    input: Input,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Input {
    domain: String,
    address: String,
    statement: Option<String>,
    uri: Option<String>,
    version: Option<String>,
    chain_id: Option<String>,
    nonce: Option<String>,
    issued_at: Option<Timestamp>,
    expiration_time: Option<Timestamp>,
    not_before: Option<Timestamp>,
    request_id: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
}

#[derive(Deserialize)]
struct Changed {
    text: String,
    reads: bool,
}

fn fixture() -> Fixture {
    let text = include_str!("../../../tests/oracles/fixtures/sign_in.json");
    serde_json::from_str(text).unwrap()
}

impl From<Input> for Message {
    fn from(input: Input) -> Self {
        Self {
            domain: input.domain,
            address: base58::decode(&input.address).unwrap(),
            statement: input.statement,
            uri: input.uri,
            version: input.version,
            chain_id: input.chain_id,
            nonce: input.nonce,
            issued_at: input.issued_at,
            expiration_time: input.expiration_time,
            not_before: input.not_before,
            request_id: input.request_id,
            resources: input.resources,
        }
    }
}

const NOW: Timestamp = Timestamp(1_769_860_800 * MICROS_PER_SEC);

fn message() -> Message {
    Message {
        domain: "app.example.com".to_owned(),
        address: [7; 32],
        statement: Some("Sign in to Tessera.".to_owned()),
        uri: Some("https://app.example.com/sign-in".to_owned()),
        version: Some("1".to_owned()),
        chain_id: Some("mainnet".to_owned()),
        nonce: Some("oBbLoEldZs42".to_owned()),
        issued_at: Some(NOW),
        expiration_time: Some(NOW.plus_secs(300)),
        not_before: None,
        request_id: None,
        resources: Vec::new(),
    }
}

fn expected() -> Expected<'static> {
    Expected {
        domain: "app.example.com",
        origin: "https://app.example.com",
        network: Network::Mainnet,
        nonce: "oBbLoEldZs42",
        now: NOW,
        max_age_secs: 300,
    }
}

fn verdict(change: impl FnOnce(&mut Message)) -> Result<(), SignInError> {
    let mut message = message();
    change(&mut message);
    let read = parse(&message.render().unwrap()).unwrap();
    verify(&read, &expected())
}

/// The error of the valid text with `from` replaced by `to`.
fn replaced(from: &str, to: &str) -> SignInError {
    let text = message().render().unwrap();
    let changed = text.replacen(from, to, 1);
    assert_ne!(text, changed);
    parse(&changed).unwrap_err()
}

#[test]
fn another_sites_message_signs_nobody_in() {
    let domain = |text: &str| verdict(|it| text.clone_into(&mut it.domain));
    for other in [
        "evil.example",
        "app.example.com.evil.example",
        "app.example.com:8443",
        "App.example.com",
        "evil-app.example.com",
    ] {
        assert_eq!(domain(other), Err(SignInError::WrongDomain));
    }
    let uri = |text: &str| verdict(|it| it.uri = Some(text.to_owned()));
    for other in [
        "https://evil.example/",
        "https://app.example.com.evil.example/",
        "https://app.example.com@evil.example/",
        "https://app.example.com:8443/",
        "http://app.example.com/",
        "javascript:alert(1)",
    ] {
        assert_eq!(uri(other), Err(SignInError::WrongUri));
    }
    for own in ["", "/", "/a/b?c#d", "?a", "#a"] {
        assert_eq!(uri(&format!("https://app.example.com{own}")), Ok(()));
    }
}

#[test]
fn a_replayed_nonce_or_another_version_or_network_signs_nobody_in() {
    let nonce = verdict(|it| it.nonce = Some("oBbLoEldZs43".to_owned()));
    assert_eq!(nonce, Err(SignInError::WrongNonce));
    let version = verdict(|it| it.version = Some("2".to_owned()));
    assert_eq!(version, Err(SignInError::WrongVersion));
    for other in [
        "devnet",
        "solana:devnet",
        "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1",
        "mainnet-beta",
        "Mainnet",
        "eip155:1",
        "1",
    ] {
        let network = verdict(|it| it.chain_id = Some(other.to_owned()));
        assert_eq!(network, Err(SignInError::WrongNetwork), "{other}");
    }
}

#[test]
fn a_network_has_the_spellings_that_wallets_write() {
    for own in [
        "mainnet",
        "solana:mainnet",
        "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
    ] {
        assert_eq!(verdict(|it| it.chain_id = Some(own.to_owned())), Ok(()));
    }
    for network in [
        Network::Mainnet,
        Network::Testnet,
        Network::Devnet,
        Network::Localnet,
    ] {
        assert_eq!(Network::of_chain_id(network.chain_id()), Some(network));
    }
}

#[test]
fn time_is_bounded_on_every_side() {
    let issued = |secs| verdict(|it| it.issued_at = Some(NOW.plus_secs(secs)));
    assert_eq!(issued(601), Err(SignInError::IssuedAhead));
    assert_eq!(issued(600), Ok(()));
    assert_eq!(issued(-301), Err(SignInError::IssuedTooLongAgo));
    assert_eq!(issued(-300), Ok(()));
    let expires = |secs| verdict(|it| it.expiration_time = Some(NOW.plus_secs(secs)));
    assert_eq!(expires(0), Err(SignInError::Expired));
    assert_eq!(expires(-1), Err(SignInError::Expired));
    assert_eq!(expires(1), Ok(()));
    let not_before = |secs| verdict(|it| it.not_before = Some(NOW.plus_secs(secs)));
    assert_eq!(not_before(1), Err(SignInError::NotYetValid));
    assert_eq!(not_before(0), Ok(()));
}

type Remove = fn(&mut Message);

#[test]
fn what_binds_a_message_must_be_in_it() {
    let removals: [(Field, Remove); 6] = [
        (Field::Uri, |it| it.uri = None),
        (Field::Version, |it| it.version = None),
        (Field::ChainId, |it| it.chain_id = None),
        (Field::Nonce, |it| it.nonce = None),
        (Field::IssuedAt, |it| it.issued_at = None),
        (Field::ExpirationTime, |it| it.expiration_time = None),
    ];
    for (field, remove) in removals {
        assert_eq!(verdict(remove), Err(SignInError::Missing(field)));
    }
}

#[test]
fn a_statement_cannot_bring_lines_or_fields_in() {
    for statement in [
        "a\nNonce: abcdefgh",
        "a\n\nURI: https://evil.example",
        "a\r\nNonce: abcdefgh",
        "a\u{2028}b",
        "a\0",
        "Nonce: abcdefgh",
        "Resources:",
        "",
        "\u{202e}nigis",
    ] {
        let mut injected = message();
        injected.statement = Some(statement.to_owned());
        assert!(injected.render().is_err(), "{statement:?}");
    }
    let mut injected = message();
    injected.statement = None;
    injected.domain = format!("app.example.com{}\n", "x".repeat(3));
    assert!(injected.render().is_err());
    let mut injected = message();
    injected.request_id = Some("1\nResources:\n- https://evil.example".to_owned());
    assert!(injected.render().is_err());
}

#[test]
fn every_byte_of_the_text_has_its_place() {
    let uri = "URI: https://app.example.com/sign-in\n";
    for (from, to, error) in [
        ("\n\n", "\r\n\r\n", SignInError::Character),
        ("Sign in to", "Sign\tin to", SignInError::Character),
        (
            "your Solana account:",
            "your Ethereum account:",
            SignInError::Header,
        ),
        (
            "app.example.com wants",
            "https://app.example.com wants",
            SignInError::Domain,
        ),
        (
            "app.example.com wants",
            "a@app.example.com wants",
            SignInError::Domain,
        ),
        ("app.example.com wants", " wants", SignInError::Domain),
        ("\n\nSign", "\nSign", SignInError::Line(3)),
        ("\n\nURI", "\nURI", SignInError::Statement),
        ("Sign in to Tessera.", "", SignInError::Statement),
        (
            "Version: 1",
            "Version: 1\nVersion: 1",
            SignInError::Duplicate(Field::Version),
        ),
        (
            "Nonce:",
            "URI: https://evil.example\nNonce:",
            SignInError::Duplicate(Field::Uri),
        ),
        (
            uri,
            "Version: 1\nURI: https://a.example\n",
            SignInError::Order(Field::Uri),
        ),
        ("Version: 1", "Version: 1\n", SignInError::Line(8)),
        ("Version: 1", "Version:1", SignInError::Line(7)),
        ("Version: 1", "version: 1", SignInError::Line(7)),
        (
            "Version: 1",
            "Version: 1 ",
            SignInError::Form(Field::Version),
        ),
        ("Version: 1", "Version: ", SignInError::Form(Field::Version)),
        ("Version: 1", "Domain: evil.example", SignInError::Line(7)),
        (
            "https://app.example.com/sign-in",
            "app",
            SignInError::Form(Field::Uri),
        ),
        ("oBbLoEldZs42", "oBbLoEl", SignInError::Form(Field::Nonce)),
        (
            "oBbLoEldZs42",
            "oBbLoEldZs-2",
            SignInError::Form(Field::Nonce),
        ),
        (
            "Issued At: 2026",
            "Issued At: 26",
            SignInError::Form(Field::IssuedAt),
        ),
        (":00Z", ":00", SignInError::Form(Field::IssuedAt)),
    ] {
        assert_eq!(replaced(from, to), error, "{from:?} {to:?}");
    }
    let text = message().render().unwrap();
    assert_eq!(parse(&format!("{text}\n")), Err(SignInError::Line(12)));
    assert_eq!(parse(&format!("\n{text}")), Err(SignInError::Header));
    assert_eq!(parse(&"a".repeat(4_097)), Err(SignInError::TooLong));
}

#[test]
fn an_address_has_one_spelling() {
    let address = base58::encode(&[7; 32]);
    for (other, error) in [
        (format!(" {address}"), Base58Error::Character),
        (format!("{address} "), Base58Error::Character),
        (format!("1{address}"), Base58Error::Length),
        (address[1..].to_owned(), Base58Error::Length),
        (address.replacen('S', "0", 1), Base58Error::Character),
        (String::new(), Base58Error::Length),
    ] {
        let found = replaced(&format!("\n{address}\n"), &format!("\n{other}\n"));
        assert_eq!(found, SignInError::Address(error), "{other:?}");
    }
}

#[test]
fn what_the_wallet_standard_writes_is_read_field_by_field() {
    for Written { input, text } in fixture().written {
        let message = Message::from(input);
        assert_eq!(parse(&text).as_ref(), Ok(&message), "{text}");
        // Ours leaves out the zeros of `.000Z`.
        assert_eq!(message.render().unwrap(), text.replace(".000Z", "Z"));
    }
}

#[test]
fn what_the_wallet_standard_does_not_read_is_not_read_here() {
    let changed = fixture().changed;
    assert!(changed.iter().any(|it| !it.reads));
    for Changed { text, reads } in changed {
        assert!(reads || parse(&text).is_err(), "{text}");
    }
}

/// Messages whose parts are all in order.
fn messages() -> impl Strategy<Value = Message> {
    let moment = || prop::option::of((0i64..4_000_000_000_000_000).prop_map(Timestamp));
    let uri = "[a-z][a-z0-9+.-]{0,5}:[a-zA-Z0-9/?#&=%._~-]{1,20}";
    let text = |pattern: &'static str| prop::option::of(pattern);
    let texts = (
        "[a-z0-9-]{1,10}(\\.[a-z]{2,5})?(:[0-9]{1,5})?",
        any::<[u8; 32]>(),
        text("[ -~]{1,60}"),
        text(uri),
        text("[!-~]{1,3}"),
        text("[!-~]{1,20}"),
        text("[a-zA-Z0-9]{8,20}"),
        text("[a-zA-Z0-9._~:@-]{0,20}"),
        prop::collection::vec(uri, 0..3),
    );
    (texts, moment(), moment(), moment()).prop_map(
        |(texts, issued_at, expiration_time, not_before)| Message {
            domain: texts.0,
            address: texts.1,
            statement: texts.2,
            uri: texts.3,
            version: texts.4,
            chain_id: texts.5,
            nonce: texts.6,
            issued_at,
            expiration_time,
            not_before,
            request_id: texts.7,
            resources: texts.8,
        },
    )
}

proptest! {
    #[test]
    fn a_message_is_read_as_it_was_written(message in messages()) {
        let text = message.render().unwrap();
        prop_assert_eq!(parse(&text), Ok(message));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        prop_assert!(parse(&text).is_err());
    }

    /// One character changed: refused, or another message, never the same one.
    #[test]
    fn no_character_is_passed_over(
        message in messages(), at in any::<prop::sample::Index>(), to in "\\PC|[\\x00-\\x7f]",
    ) {
        let text = message.render().unwrap();
        let at = at.index(text.len());
        let changed = format!("{}{to}{}", &text[..at], &text[at + 1..]);
        if let Ok(other) = parse(&changed) {
            // Moments have several spellings.
            let moments = |it: &Message| (it.issued_at, it.expiration_time, it.not_before);
            let same = changed == text || moments(&message) != (None, None, None);
            prop_assert!(other != message || same, "{changed}");
        }
    }
}
