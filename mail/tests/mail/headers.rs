//! What is composed, as another library reads it.

use crate::support::draft;
use mail_parser::{HeaderValue, MessageParser, MimeHeaders};
use proptest::prelude::*;
use tessera_mail::{Draft, Letter, Mailbox, Unsubscribe, compose};

fn composed(draft: &Draft<'_>) -> Letter {
    compose(draft, "bounce+7hJ2k@mail.example", None).unwrap()
}

/// Folding may turn a run of spaces into one.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check(letter: &Letter, draft: &Draft<'_>) -> Result<(), TestCaseError> {
    prop_assert!(letter.bytes().is_ascii());
    prop_assert!(letter.bytes().ends_with(b"\r\n"));
    for line in letter.bytes().split_inclusive(|byte| *byte == b'\n') {
        prop_assert!(line.len() <= 1_000 && line.ends_with(b"\r\n"));
        prop_assert!(!line[..line.len() - 2].contains(&b'\r'));
    }
    let mail = MessageParser::new().parse(letter.bytes()).unwrap();
    let from = mail.from().unwrap().first().unwrap();
    prop_assert_eq!(mail.from().unwrap().iter().count(), 1);
    prop_assert_eq!(from.name().map(spaced), draft.from.name.map(spaced));
    prop_assert_eq!(from.address(), Some(draft.from.address));
    prop_assert_eq!(mail.subject().map(spaced), Some(spaced(draft.subject)));
    prop_assert_eq!(mail.message_id(), Some(draft.message_id));
    prop_assert_eq!(mail.date().unwrap().to_timestamp(), draft.date_unix_secs);
    let crlf = |text: &str| {
        text.replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\n', "\r\n")
    };
    let text = mail.body_text(0).unwrap().into_owned();
    if draft.html.is_none() && text != crlf(draft.text) {
        // Mails end with a line end, also where the only text of one does not.
        prop_assert_eq!(text, format!("{}\r\n", crlf(draft.text)));
    } else {
        prop_assert_eq!(text, crlf(draft.text));
    }
    if let Some(html) = draft.html {
        prop_assert_eq!(mail.body_html(0).unwrap().into_owned(), crlf(html));
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_name_subject_and_body_is_read_as_it_was_written(
        name in proptest::option::of("\\PC{0,20}[^\\pC\\pZ]\\PC{0,20}"),
        subject in "\\PC{0,60}[^\\pC\\pZ]\\PC{0,60}",
        text in "(?s)[^\\x00]{1,400}",
        html in proptest::option::of("(?s)[^\\x00]{1,400}"),
    ) {
        let plain = draft("person@example.com", "1@mail.example");
        let draft = Draft {
            from: Mailbox { name: name.as_deref(), ..plain.from },
            subject: &subject,
            text: &text,
            html: html.as_deref(),
            ..plain
        };
        if let Ok(letter) = compose(&draft, "bounce@mail.example", None) {
            check(&letter, &draft)?;
        }
    }
}

#[test]
fn names_that_look_like_addresses_stay_names() {
    for name in [
        "Acme, Inc.",
        "\"Acme\" \\ Co",
        "evil@example.com",
        "<evil@example.com>",
        "a <evil@example.com>, b",
        "(comment) Acme",
        "=?utf-8?q?evil?=",
        "Größe",
        "株式会社テッセラ、東京都千代田区丸の内一丁目、メール配信部門、第二係、担当者御中",
        "😀 Tessera",
        "a:b;",
    ] {
        let plain = draft("person@example.com", "1@mail.example");
        let from = Mailbox {
            name: Some(name),
            ..plain.from
        };
        let draft = Draft { from, ..plain };
        check(&composed(&draft), &draft).unwrap();
    }
}

#[test]
fn long_subjects_are_folded_and_come_back_whole() {
    for subject in [
        "Grüße an alle, ".repeat(40),
        "ascii words in great number ".repeat(28),
        "漢字".repeat(130),
        "a".repeat(800),
        "=?utf-8?b?4pyT?= is not decoded twice".to_owned(),
    ] {
        let draft = Draft {
            subject: &subject,
            ..draft("person@example.com", "1@mail.example")
        };
        check(&composed(&draft), &draft).unwrap();
    }
}

#[test]
fn no_text_ends_its_part() {
    for text in [
        "--=_alternative--\n\nContent-Type: text/html\n\n<b>mine</b>",
        ".\n..\n.\r\nlast\n",
        "From here\n",
        "trailing space \n\ttab\t\n",
        "\n\n\n",
        "no end of line",
        &"long line without an end ".repeat(500),
        &"ж".repeat(5_000),
    ] {
        let draft = Draft {
            text,
            html: Some(text),
            ..draft("person@example.com", "1@mail.example")
        };
        check(&composed(&draft), &draft).unwrap();
    }
}

#[test]
fn domains_of_other_scripts_are_converted() {
    let plain = draft("person@bücher.example", "1@mail.example");
    let from = Mailbox {
        address: "news@почта.example",
        ..plain.from
    };
    let letter = composed(&Draft { from, ..plain });
    let mail = MessageParser::new().parse(letter.bytes()).unwrap();
    let to = mail.to().unwrap().first().unwrap();
    assert_eq!(to.address(), Some("person@xn--bcher-kva.example"));
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(from.address(), Some("news@xn--80a1acny.example"));
    assert_eq!(letter.envelope_to(), "person@xn--bcher-kva.example");
    assert_eq!(letter.envelope_from(), "bounce+7hJ2k@mail.example");
}

#[test]
fn both_headers_of_one_click_stand_there() {
    let url = format!("https://mail.example/u/{}", "k".repeat(870));
    let plain = draft("person@example.com", "1@mail.example");
    let unsubscribe = Unsubscribe {
        https_url: &url,
        ..plain.unsubscribe.unwrap()
    };
    let letter = composed(&Draft {
        unsubscribe: Some(unsubscribe),
        ..plain
    });
    let mail = MessageParser::new().parse(letter.bytes()).unwrap();
    let HeaderValue::Address(links) = mail.list_unsubscribe() else {
        panic!()
    };
    let links: Vec<_> = links.iter().filter_map(|link| link.address()).collect();
    assert_eq!(links, [&url[..], "mailto:stop+7hJ2k@mail.example"]);
    let post = mail.header_raw("List-Unsubscribe-Post").map(str::trim);
    assert_eq!(post, Some("List-Unsubscribe=One-Click"));
    let automatic = mail.header_raw("Auto-Submitted").map(str::trim);
    assert_eq!(automatic, Some("auto-generated"));
}

#[test]
fn bodies_are_alternatives_text_first() {
    let mut plain = draft("person@example.com", "1@mail.example");
    let letter = composed(&plain);
    let mail = MessageParser::new().parse(letter.bytes()).unwrap();
    assert_eq!(mail.content_type().unwrap().subtype(), Some("alternative"));
    let kinds: Vec<_> = mail.parts[1..]
        .iter()
        .map(|part| part.content_type().unwrap().subtype())
        .collect();
    assert_eq!(kinds, [Some("plain"), Some("html")]);
    plain.html = None;
    let letter = composed(&plain);
    let mail = MessageParser::new().parse(letter.bytes()).unwrap();
    assert_eq!(mail.content_type().unwrap().ctype(), "text");
}

#[test]
fn the_same_draft_makes_the_same_bytes() {
    let draft = draft("person@example.com", "1@mail.example");
    assert_eq!(composed(&draft).bytes(), composed(&draft).bytes());
}

#[test]
fn a_body_of_line_ends_takes_no_longer_than_another() {
    let text = "\n".repeat(2 << 20);
    let draft = Draft {
        text: &text,
        html: None,
        ..draft("person@example.com", "1@mail.example")
    };
    let begun = std::time::Instant::now();
    composed(&draft);
    assert!(begun.elapsed().as_secs() < 5);
}
