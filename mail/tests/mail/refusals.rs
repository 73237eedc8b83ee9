//! What is refused before anything is composed, each by its field.

use crate::support::draft;
use proptest::prelude::*;
use tessera_mail::{Draft, Error, Mailbox, Unsubscribe, compose};

const ENVELOPE: &str = "bounce@mail.example";

fn refused(draft: &Draft<'_>, envelope: &str) -> &'static str {
    match compose(draft, envelope, None) {
        Err(Error::Refused { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

/// A draft for each field that takes a text, with that text in it.
fn with<'a>(text: &'a str) -> [(&'static str, Draft<'a>); 8] {
    let plain = draft("person@example.com", "1@mail.example");
    let unsubscribe = plain.unsubscribe.unwrap();
    [
        (
            "from.name",
            Draft {
                from: Mailbox {
                    name: Some(text),
                    ..plain.from
                },
                ..plain
            },
        ),
        (
            "from.address",
            Draft {
                from: Mailbox {
                    address: text,
                    ..plain.from
                },
                ..plain
            },
        ),
        (
            "reply_to",
            Draft {
                reply_to: Some(text),
                ..plain
            },
        ),
        ("to", Draft { to: text, ..plain }),
        (
            "subject",
            Draft {
                subject: text,
                ..plain
            },
        ),
        (
            "message_id",
            Draft {
                message_id: text,
                ..plain
            },
        ),
        (
            "feedback_id",
            Draft {
                feedback_id: Some(text),
                ..plain
            },
        ),
        (
            "unsubscribe.mailto",
            Draft {
                unsubscribe: Some(Unsubscribe {
                    mailto: Some(text),
                    ..unsubscribe
                }),
                ..plain
            },
        ),
    ]
}

#[test]
fn a_line_break_is_refused_in_every_field_of_a_header() {
    for line_break in ["\r\n", "\n", "\r", "\0", "\u{85}", "\u{2028}"] {
        let text = format!("a@mail.example{line_break}Bcc: everybody@example.com");
        for (field, draft) in with(&text) {
            assert_eq!(refused(&draft, ENVELOPE), field, "{line_break:?}");
        }
        let url = format!("https://mail.example/{line_break}Bcc:everybody@example.com");
        let plain = draft("person@example.com", "1@mail.example");
        let unsubscribe = Some(Unsubscribe {
            https_url: &url,
            mailto: None,
        });
        assert_eq!(
            refused(
                &Draft {
                    unsubscribe,
                    ..plain
                },
                ENVELOPE
            ),
            "unsubscribe.https_url"
        );
        assert_eq!(refused(&plain, &text), "envelope_from");
    }
}

#[test]
fn what_no_header_holds_is_refused_by_field() {
    let long = "a".repeat(2_000);
    for (field, draft) in with(&long) {
        assert_eq!(refused(&draft, ENVELOPE), field);
    }
    for (field, draft) in with("") {
        assert_eq!(refused(&draft, ENVELOPE), field);
    }
}

#[test]
fn an_address_that_only_some_servers_take_is_refused() {
    for address in [
        "josé@example.com",
        "\"a b\"@example.com",
        "a..b@example.com",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@example.com.",
        "a@exa mple.com",
        "a@-.com",
        "@example.com",
        "a@",
        "a",
        "A <a@example.com>",
        "a@example.com, b@example.com",
    ] {
        assert_eq!(refused(&draft(address, "1@mail.example"), ENVELOPE), "to");
    }
}

#[test]
fn a_link_that_providers_do_not_follow_is_refused() {
    for url in [
        "http://mail.example/u",
        "https://",
        "https://mail.example/a>,<https://evil.example",
        "javascript:alert(1)",
        "mailto:stop@mail.example",
    ] {
        let unsubscribe = Some(Unsubscribe {
            https_url: url,
            mailto: None,
        });
        let draft = Draft {
            unsubscribe,
            ..draft("person@example.com", "1@mail.example")
        };
        assert_eq!(refused(&draft, ENVELOPE), "unsubscribe.https_url", "{url}");
    }
}

#[test]
fn bodies_and_dates_that_no_mail_has_are_refused() {
    let plain = draft("person@example.com", "1@mail.example");
    let huge = "a".repeat((2 << 20) + 1);
    assert_eq!(refused(&Draft { text: "", ..plain }, ENVELOPE), "text");
    assert_eq!(
        refused(
            &Draft {
                text: "a\0",
                ..plain
            },
            ENVELOPE
        ),
        "text"
    );
    assert_eq!(
        refused(
            &Draft {
                text: &huge,
                ..plain
            },
            ENVELOPE
        ),
        "text"
    );
    assert_eq!(
        refused(
            &Draft {
                html: Some(&huge),
                ..plain
            },
            ENVELOPE
        ),
        "html"
    );
    for date_unix_secs in [-1, i64::MIN, 253_402_300_800, i64::MAX] {
        let draft = Draft {
            date_unix_secs,
            ..plain
        };
        assert_eq!(refused(&draft, ENVELOPE), "date_unix_secs");
    }
    assert!(
        compose(
            &Draft {
                date_unix_secs: 253_402_300_799,
                ..plain
            },
            ENVELOPE,
            None
        )
        .is_ok()
    );
}

proptest! {
    /// The headers of a draft, whatever its texts are, are those that its fields make.
    #[test]
    fn no_text_adds_a_header(text in "\\PC{0,80}|[\\x00-\\xff]{0,80}|.{0,300}") {
        let headers = |draft: &Draft<'_>| {
            let letter = compose(draft, ENVELOPE, None).ok()?;
            let text = String::from_utf8(letter.bytes().to_vec()).unwrap();
            let (headers, _) = text.split_once("\r\n\r\n").unwrap();
            let names = headers.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
            Some(names.map(|line| line.split(':').next().unwrap().to_owned()).collect::<Vec<_>>())
        };
        let plain = draft("person@example.com", "1@mail.example");
        let usual = headers(&Draft { reply_to: Some("a@example.com"), ..plain });
        for (_, draft) in with(&text) {
            let draft = Draft { reply_to: draft.reply_to.or(Some("a@example.com")), ..draft };
            if let Some(names) = headers(&draft) {
                prop_assert_eq!(Some(names), usual.clone());
            }
        }
    }
}
