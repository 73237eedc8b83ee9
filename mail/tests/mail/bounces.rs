//! What comes back, as servers write it.

use proptest::prelude::*;
use tessera_mail::{Report, read_report};

/// A report of three parts.
fn report(kind: &str, status: &str, original: &str) -> String {
    let part = if kind == "feedback-report" {
        "message/feedback-report"
    } else {
        "message/delivery-status"
    };
    format!(
        "From: MAILER-DAEMON@mx.example\r\n\
         To: bounce+7hJ2k@mail.example\r\n\
         Subject: Undelivered\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type={kind};\r\n\tboundary=\"b 1\"\r\n\
         \r\n\
         --b 1\r\n\
         Content-Type: text/plain\r\n\
         \r\n\
         Action: failed\r\nIt did not work.\r\n\
         --b 1\r\n\
         Content-Type: {part}\r\n\
         \r\n\
         {status}\r\n\
         --b 1\r\n\
         Content-Type: message/rfc822\r\n\
         \r\n\
         {original}\r\n\
         --b 1--\r\n"
    )
}

const ORIGINAL: &str = "From: news@mail.example\r\nTo: Person <person@example.com>\r\n\
     Message-ID: <1@mail.example>\r\nSubject: Hello\r\n\r\nHello\r\n";

fn bounce(fields: &str) -> Report {
    let status = format!("Reporting-MTA: dns; mx.example\r\n\r\n{fields}");
    read_report(report("delivery-status", &status, ORIGINAL).as_bytes()).unwrap()
}

fn expected(status: &str, is_permanent: bool, diagnostic: Option<&str>) -> Report {
    Report::Bounce {
        message_id: Some("1@mail.example".into()),
        envelope_token: Some("7hJ2k".into()),
        recipient: Some("person@example.com".into()),
        status: status.into(),
        is_permanent,
        diagnostic: diagnostic.map(Into::into),
    }
}

#[test]
fn a_permanent_failure_names_message_token_recipient_and_status() {
    let found = bounce(
        "Final-Recipient: rfc822; person@example.com\r\n\
         Action: failed\r\nStatus: 5.1.1 (bad mailbox)\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 <person@example.com>:\r\n  no such user\r\n",
    );
    let said = "550 5.1.1 <person@example.com>: no such user";
    assert_eq!(found, expected("5.1.1", true, Some(said)));
}

#[test]
fn a_status_that_says_nothing_is_taken_from_the_answer() {
    for (said, status) in [
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", "5.1.10"),
        ("550-5.7.26 not authenticated", "5.7.26"),
        ("550 mailbox (#5.1.1)", "5.1.1"),
        ("550 no", "5.0.0"),
        ("451 4.7.1 greylisted", "5.0.0"),
    ] {
        let found = bounce(&format!(
            "Original-Recipient: rfc822;person@example.com\nAction: failed\nStatus: 5.0.0\n\
             Diagnostic-Code: smtp;{said}\n"
        ));
        assert_eq!(found, expected(status, true, Some(said)));
    }
}

#[test]
fn a_delay_and_a_full_mailbox_are_not_permanent() {
    let recipient = "Final-Recipient: rfc822;<person@example.com>\r\n";
    let found = bounce(&format!("{recipient}Action: delayed\r\nStatus: 4.4.1\r\n"));
    assert_eq!(found, expected("4.4.1", false, None));
    let found = bounce(&format!("{recipient}Action: failed\r\nStatus: 4.2.2\r\n"));
    assert_eq!(found, expected("4.2.2", false, None));
    let found = bounce(&format!("{recipient}Action: FAILED\r\n"));
    assert_eq!(found, expected("5.0.0", true, None));
}

#[test]
fn a_complaint_names_message_token_and_recipient() {
    let fields = "Feedback-Type: abuse\r\nUser-Agent: SomeLoop/1.0\r\nVersion: 1\r\n\
         Original-Mail-From: <bounce+loop@mail.example>\r\n\
         Original-Rcpt-To: <person@example.com>\r\n";
    let complaint = |fields| read_report(report("feedback-report", fields, ORIGINAL).as_bytes());
    let expected = |token: &str| {
        Some(Report::Complaint {
            message_id: Some("1@mail.example".into()),
            envelope_token: Some(token.into()),
            recipient: Some("person@example.com".into()),
            feedback_type: "abuse".into(),
        })
    };
    assert_eq!(complaint(fields), expected("loop"));
    // Many loops leave out who complains.
    assert_eq!(complaint("Feedback-Type: abuse\r\n"), expected("7hJ2k"));
    assert_eq!(complaint("Feedback-Type: not-spam\r\n"), None);
}

#[test]
fn what_is_no_report_is_none() {
    let delivered = report(
        "delivery-status",
        "Reporting-MTA: dns; a\r\n\r\nFinal-Recipient: rfc822; a@b.c\r\nAction: delivered\r\n",
        ORIGINAL,
    );
    let answer = "From: a@b.c\r\nSubject: Re: Hello\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    for bytes in [
        delivered.as_bytes(),
        answer.as_bytes(),
        ORIGINAL.as_bytes(),
        b"",
        b"\r\n\r\n",
    ] {
        assert_eq!(read_report(bytes), None);
    }
}

#[test]
fn nested_parts_cost_no_more_than_their_bytes() {
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(1_000);
    let boundaries = "--b 1\r\n\r\n".repeat(200_000);
    let begun = std::time::Instant::now();
    for original in [nested, boundaries] {
        let fields = "Reporting-MTA: dns; a\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n";
        let report = report("delivery-status", fields, &original);
        assert!(read_report(report.as_bytes()).is_some());
    }
    assert!(begun.elapsed().as_secs() < 5);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read_report(&bytes);
    }

    #[test]
    fn no_fields_panic(
        kind in "delivery-status|feedback-report",
        fields in "((Action|Status|Diagnostic-Code|Final-Recipient|Feedback-Type): ?\\PC{0,40}\r?\n){0,8}",
        original in "(\\PC{0,30}:\\PC{0,60}\r?\n){0,6}",
    ) {
        let _ = read_report(report(&kind, &fields, &original).as_bytes());
    }

    /// Bytes of a report that are changed anywhere.
    #[test]
    fn no_change_panics(at in 0_usize..800, put in any::<[u8; 3]>()) {
        let status = "Reporting-MTA: dns; a\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n";
        let mut bytes = report("delivery-status", status, ORIGINAL).into_bytes();
        for (offset, byte) in put.into_iter().enumerate() {
            if let Some(found) = bytes.get_mut(at + offset) {
                *found = byte;
            }
        }
        let _ = read_report(&bytes);
    }
}
