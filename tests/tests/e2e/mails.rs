//! The mails of a demo, read as a mail program reads them.

use crate::dev::{dev, folder};
use mail_parser::{Message, MessageParser};
use std::fs;

/// Subjects of the journeys' mails.
const OFFER: &str = "A fifth less for the first hundred";
const REMINDER: &str = "Your payment did not come through";

#[test]
fn the_mails_of_both_journeys_are_in_the_folder_and_can_be_read() {
    let data = folder();
    let output = dev(data.path(), None)
        .args(["--once", "--wallets", "20", "--months", "1"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let mails = data.path().join("mails");
    assert!(said.contains(mails.to_str().expect("text")), "{said}");

    let files = fs::read_dir(&mails).expect("the folder");
    let files = files.map(|file| fs::read(file.expect("a file").path()).expect("a mail"));
    let files: Vec<Vec<u8>> = files.collect();
    let parser = MessageParser::default();
    let parsed = files.iter().map(|file| parser.parse(file).expect("a mail"));
    let parsed: Vec<Message> = parsed.collect();
    for mail in &parsed {
        let from = mail.from().and_then(|it| it.first()?.address());
        assert_eq!(from, Some("hello@shop.example"));
        let to = mail.to().and_then(|it| it.first()?.address());
        assert!(to.is_some_and(|it| it.ends_with("@mail.example")), "{to:?}");
        assert!(mail.header("DKIM-Signature").is_some());
        let (text, html) = (mail.body_text(0), mail.body_html(0));
        let greeting = if mail.subject() == Some(OFFER) {
            "Hello there,"
        } else {
            "Dear "
        };
        assert!(text.is_some_and(|it| it.starts_with(greeting)));
        assert!(html.is_some_and(|it| it.contains(&format!("<p>{greeting}"))));
    }
    let with = |subject| {
        parsed
            .iter()
            .filter(|it| it.subject() == Some(subject))
            .count()
    };
    assert_eq!(with(REMINDER), 2);
    assert!(with(OFFER) > 0);
    assert_eq!(with(OFFER) + with(REMINDER), parsed.len());
}
