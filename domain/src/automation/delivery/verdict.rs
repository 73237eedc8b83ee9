//! What an answer of a mail server says of an address.

/// Codes of RFC 3463 and RFC 7505 by which nobody reads mail at an address: no such mailbox, no such system,
/// an address that is none, one that has moved away, and a domain that takes no mail. Others of the class 5.1
/// are about the sender's address.
const NO_MAILBOX: [&str; 5] = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"];

/// Whether a server's answer, or the status of a report, says that there is no such mailbox, so that nothing
/// may be sent there again.
pub fn names_no_mailbox(answer: &str) -> bool {
    let is_part_of_code = |it: char| it.is_ascii_digit() || it == '.';
    let mut words = answer.split(|it: char| !is_part_of_code(it));
    words.any(|word| NO_MAILBOX.contains(&word.trim_end_matches('.')))
}
