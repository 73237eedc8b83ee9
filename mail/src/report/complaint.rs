//! Feedback loops: a recipient called a message spam (RFC 5965).

use super::{Report, fields::groups, first_address, message_id, shortened, tag, token};
use mail_parser::Message;

/// Reports of the same form that complain of nothing.
const NO_COMPLAINT: [&str; 2] = ["not-spam", "auth-failure"];

pub(super) fn read(
    feedback: &[u8],
    headers: &Message<'_>,
    original: Option<&Message<'_>>,
) -> Option<Report> {
    let groups = groups(feedback);
    let group = groups.first()?;
    let feedback_type = group.get("feedback-type")?.to_ascii_lowercase();
    if NO_COMPLAINT.contains(&&feedback_type[..]) {
        return None;
    }
    let bounces_to = group
        .address("original-mail-from")
        .and_then(|address| tag(&address));
    let to = || original?.to().and_then(first_address).map(shortened);
    Some(Report::Complaint {
        message_id: message_id(original),
        envelope_token: bounces_to.or_else(|| token(headers)),
        recipient: group.address("original-rcpt-to").or_else(to),
        feedback_type: shortened(&feedback_type),
    })
}
