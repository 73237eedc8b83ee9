//! Reading what comes back: bounces (RFC 3464) and complaints (RFC 5965).
//!
//! Law: anybody can write such a mail, so nothing in it is believed: who acts on a report looks for
//! a token in it that only the letter's envelope held. No bytes panic, and the work is bounded: a
//! report is split into its parts once, and no part is split again, however its parts are nested.

mod bounce;
mod complaint;
mod fields;
mod parts;

use mail_parser::{Address, HeaderValue, Message, MessageParser};
use parts::{Part, split};

/// Bytes of a report; it may hold the whole message.
const MOST_OF_REPORT: usize = 8 << 20;
/// Bytes of a text that is taken out of one.
const MOST_OF_TEXT: usize = 1_000;

/// What a report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A message was not delivered, or not yet.
    Bounce {
        /// The Message-ID of the message, without angle brackets.
        message_id: Option<String>,
        /// The tag behind the `+` of the address that the report was sent to.
        envelope_token: Option<String>,
        /// The address that was not reached.
        recipient: Option<String>,
        /// The enhanced status, such as 5.1.1.
        status: String,
        /// It has failed for a reason that stays: the status is of class 5.
        is_permanent: bool,
        /// What the server that refused it said.
        diagnostic: Option<String>,
    },
    /// The recipient called a message spam.
    Complaint {
        /// The Message-ID of the message, without angle brackets.
        message_id: Option<String>,
        /// The tag behind the `+` of the address that the message bounces to.
        envelope_token: Option<String>,
        /// The one who complains, when the provider says so.
        recipient: Option<String>,
        /// What kind of complaint, such as `abuse`.
        feedback_type: String,
    },
}

/// Reads a report; `None` of what is none, or says that all went well.
#[must_use]
pub fn read_report(bytes: &[u8]) -> Option<Report> {
    if bytes.len() > MOST_OF_REPORT {
        return None;
    }
    let headers = MessageParser::new().parse_headers(bytes)?;
    let parts = split(bytes, &headers)?;
    let find = |kinds: &[&str]| parts.iter().find(|part| kinds.contains(&&part.kind[..]));
    let returned = find(&[
        "message/rfc822",
        "message/global",
        "message/rfc822-headers",
        "text/rfc822-headers",
        "message/global-headers",
    ]);
    let original = returned.map(Part::decoded);
    let original = original
        .as_deref()
        .and_then(|bytes| MessageParser::new().parse_headers(bytes));
    if let Some(part) = find(&["message/delivery-status", "message/global-delivery-status"]) {
        bounce::read(&part.decoded(), &headers, original.as_ref())
    } else {
        let part = find(&["message/feedback-report"])?;
        complaint::read(&part.decoded(), &headers, original.as_ref())
    }
}

fn message_id(original: Option<&Message<'_>>) -> Option<String> {
    original?.message_id().map(shortened)
}

/// The tag of the address that a mail was sent to. What the last server added goes before `To`.
fn token(headers: &Message<'_>) -> Option<String> {
    ["Delivered-To", "X-Original-To", "Envelope-To", "To"]
        .iter()
        .find_map(|name| match headers.header(*name)? {
            HeaderValue::Address(address) => first_address(address).and_then(tag),
            HeaderValue::Text(text) => tag(text),
            HeaderValue::TextList(texts) => texts.iter().find_map(|text| tag(text)),
            _ => None,
        })
}

fn first_address<'x>(address: &'x Address<'_>) -> Option<&'x str> {
    address.first().and_then(|address| address.address())
}

/// What stands between `+` and `@`.
fn tag(address: &str) -> Option<String> {
    let (local, _) = address.trim().rsplit_once('@')?;
    let (_, tag) = local.split_once('+')?;
    (!tag.is_empty()).then(|| shortened(tag))
}

fn shortened(text: &str) -> String {
    let mut end = text.len().min(MOST_OF_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
