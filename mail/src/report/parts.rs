//! The parts of a report, one level deep.
//!
//! Law: time and memory grow with the bytes, not with how they are nested.

use mail_parser::{
    HeaderName, HeaderValue, Message, MessageParser, MimeHeaders,
    decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode},
};
use std::borrow::Cow;

/// Parts that are looked at. A report has three.
const MOST_PARTS: usize = 16;

pub(super) struct Part<'a> {
    /// The media type in lower case, without parameters.
    pub(super) kind: String,
    encoding: String,
    body: &'a [u8],
}

impl Part<'_> {
    /// The body as it was before it was encoded to travel.
    pub(super) fn decoded(&self) -> Cow<'_, [u8]> {
        let decoded = match &self.encoding[..] {
            "base64" => base64_decode(self.body),
            "quoted-printable" => quoted_printable_decode(self.body),
            _ => None,
        };
        decoded.map_or(Cow::Borrowed(self.body), Cow::Owned)
    }
}

/// The parts of a multipart/report; `None` of another mail.
pub(super) fn split<'a>(bytes: &'a [u8], headers: &Message<'_>) -> Option<Vec<Part<'a>>> {
    let content_type = headers.content_type()?;
    let is_report = content_type.ctype().eq_ignore_ascii_case("multipart")
        && content_type.subtype()?.eq_ignore_ascii_case("report");
    let boundary = content_type.attribute("boundary")?;
    if !is_report || boundary.is_empty() {
        return None;
    }
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut begins = None;
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if let Some(rest) = line.strip_prefix(delimiter.as_bytes()) {
            let is_last = rest.starts_with(b"--");
            if is_last || rest.trim_ascii().is_empty() {
                parts.extend(begins.and_then(|begins| part(&bytes[begins..at])));
                begins = Some(at + line.len());
                if is_last || parts.len() == MOST_PARTS {
                    return Some(parts);
                }
            }
        }
        at += line.len();
    }
    // One that was cut off has a last part all the same.
    parts.extend(begins.and_then(|begins| part(&bytes[begins..])));
    Some(parts)
}

fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let headers = MessageParser::new().parse_headers(bytes)?;
    let content_type = headers.content_type()?;
    let kind = format!("{}/{}", content_type.ctype(), content_type.subtype()?);
    let encoding = match headers.header(HeaderName::ContentTransferEncoding) {
        Some(HeaderValue::Text(encoding)) => encoding.trim().to_ascii_lowercase(),
        _ => String::new(),
    };
    Some(Part {
        kind: kind.to_ascii_lowercase(),
        encoding,
        body: body(bytes),
    })
}

/// What follows the first empty line.
fn body(bytes: &[u8]) -> &[u8] {
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if line == b"\n" || line == b"\r\n" {
            return &bytes[at..];
        }
    }
    &[]
}
