//! Delivery status notifications (RFC 3464).

use super::{
    Report,
    fields::{Group, groups},
    message_id, shortened, token,
};
use mail_parser::Message;

pub(super) fn read(
    status: &[u8],
    headers: &Message<'_>,
    original: Option<&Message<'_>>,
) -> Option<Report> {
    let groups = groups(status);
    let says = |action: &str| {
        groups.iter().find(|group| {
            group
                .get("action")
                .is_some_and(|said| said.eq_ignore_ascii_case(action))
        })
    };
    let failed = says("failed");
    let group = failed.or_else(|| says("delayed"))?;
    let diagnostic = group
        .get("diagnostic-code")
        .map(|code| code.split_once(';').map_or(code, |(_, text)| text).trim());
    let status = status_of(group, diagnostic, failed.is_some());
    Some(Report::Bounce {
        message_id: message_id(original),
        envelope_token: token(headers),
        recipient: group
            .address("original-recipient")
            .or_else(|| group.address("final-recipient")),
        is_permanent: failed.is_some() && status.starts_with('5'),
        status,
        diagnostic: diagnostic.map(shortened),
    })
}

/// The status of the field, unless that says no more than its class and the server's answer does.
fn status_of(group: &Group, diagnostic: Option<&str>, has_failed: bool) -> String {
    let field = group.get("status").and_then(enhanced);
    let said =
        || diagnostic.and_then(|text| text.split([' ', '\t', '-', '#', '(']).find_map(enhanced));
    match field {
        Some(status) if !status.ends_with(".0.0") => status,
        Some(status) => said()
            .filter(|said| said.as_bytes().first() == status.as_bytes().first())
            .unwrap_or(status),
        None => said().unwrap_or_else(|| if has_failed { "5.0.0" } else { "4.0.0" }.to_owned()),
    }
}

/// `5.1.1` at the beginning of a text, which a comment may follow.
fn enhanced(text: &str) -> Option<String> {
    let word = text
        .split_whitespace()
        .next()?
        .trim_matches([')', ':', ',', ';']);
    let mut numbers = word.split('.');
    let class = numbers.next()?;
    let is_number =
        |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let is_status = matches!(class, "2" | "4" | "5")
        && numbers.next().is_some_and(is_number)
        && numbers.next().is_some_and(is_number)
        && numbers.next().is_none();
    is_status.then(|| word.to_owned())
}
