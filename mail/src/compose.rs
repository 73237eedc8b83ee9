//! Composing: headers, one or two bodies, a signature.
//!
//! Law: the same draft makes the same bytes, but for the signature's time. They are ASCII, so a
//! server needs no extension to take them, and no line is longer than 998 bytes.

use crate::{
    address,
    draft::{Draft, Mailbox, Unsubscribe},
    error::Error,
    field,
    letter::Letter,
    signer::Signer,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use lettre::{
    Address, Message,
    message::{
        Body, MessageBuilder, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use std::time::{Duration, UNIX_EPOCH};

/// Separates the bodies. Neither of their encodings can hold `=_`, so no text can end its part.
const BOUNDARY: &str = "=_alternative";
/// Of how many bytes quoted-printable must escape one for base64 to be shorter.
const DENSE: usize = 6;
/// Bytes in an encoded word, which may have 75 characters with what stands around them.
const MOST_OF_WORD: usize = 45;

/// Checks a draft and makes a letter of it. `envelope_from` is where bounces go; with a tag behind a
/// `+`, [`read_report`](crate::read_report) returns the tag.
///
/// # Errors
/// A field that breaks a rule, or a key that signs nothing.
pub fn compose(
    draft: &Draft<'_>,
    envelope_from: &str,
    signer: Option<&Signer>,
) -> Result<Letter, Error> {
    let from = address::parse("envelope_from", envelope_from)?;
    let to = address::parse("to", draft.to)?;
    let message = headers(draft, &to)?;
    let text = part("text", draft.text, ContentType::TEXT_PLAIN)?;
    let message = match draft.html {
        None => message.singlepart(text),
        Some(html) => message.multipart(
            MultiPart::alternative()
                .boundary(BOUNDARY)
                .singlepart(text)
                .singlepart(part("html", html, ContentType::TEXT_HTML)?),
        ),
    };
    // It fails only without a sender or a recipient, and both were given above.
    let message = message.map_err(|_| Error::refused("to", "must be an address"))?;
    let mut bytes = message.formatted();
    if let Some(signer) = signer {
        let mut signed = signer
            .sign(&bytes, draft.feedback_id.is_some())?
            .into_bytes();
        signed.append(&mut bytes);
        bytes = signed;
    }
    Ok(Letter { from, to, bytes })
}

fn headers(draft: &Draft<'_>, to: &Address) -> Result<MessageBuilder, Error> {
    let date = UNIX_EPOCH + Duration::from_secs(field::date(draft.date_unix_secs)?);
    let mut message = Message::builder()
        .date(date)
        .from(mailbox(&draft.from)?)
        .to(lettre::message::Mailbox::new(None, to.clone()))
        .raw_header(subject(field::subject(draft.subject)?))
        .raw_header(raw(
            "Message-ID",
            format!("<{}>", field::message_id(draft.message_id)?),
        ));
    if let Some(reply_to) = draft.reply_to {
        let address = address::parse("reply_to", reply_to)?;
        message = message.reply_to(lettre::message::Mailbox::new(None, address));
    }
    if let Some(unsubscribe) = &draft.unsubscribe {
        message = message
            .raw_header(raw("List-Unsubscribe", list_unsubscribe(unsubscribe)?))
            .raw_header(raw(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click".into(),
            ));
    }
    if let Some(feedback_id) = draft.feedback_id {
        let feedback_id = field::feedback_id(feedback_id)?.to_owned();
        message = message.raw_header(raw("Feedback-ID", feedback_id));
    }
    if draft.auto_submitted {
        message = message.raw_header(raw("Auto-Submitted", "auto-generated".into()));
    }
    Ok(message)
}

/// The subject. One that reads like an encoded word is encoded itself, or readers would decode it.
fn subject(text: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    if !text.contains("=?") {
        return HeaderValue::new(name, text.to_owned());
    }
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.floor_char_boundary(MOST_OF_WORD));
        words.push(format!("=?utf-8?b?{}?=", STANDARD.encode(word)));
        rest = after;
    }
    HeaderValue::dangerous_new_pre_encoded(name, text.to_owned(), words.join("\r\n "))
}

fn mailbox(mailbox: &Mailbox<'_>) -> Result<lettre::message::Mailbox, Error> {
    let name = mailbox
        .name
        .map(|name| field::name("from.name", name).map(str::to_owned))
        .transpose()?;
    let address = address::parse("from.address", mailbox.address)?;
    Ok(lettre::message::Mailbox::new(name, address))
}

fn list_unsubscribe(unsubscribe: &Unsubscribe<'_>) -> Result<String, Error> {
    let mut value = format!("<{}>", field::one_click(unsubscribe.https_url)?);
    if let Some(mailto) = unsubscribe.mailto {
        let address = address::parse("unsubscribe.mailto", mailto)?;
        value += &format!(",\r\n <mailto:{address}>");
    }
    Ok(value)
}

/// A header whose value is checked already and stays as it is.
fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.clone(),
        value,
    )
}

fn part(field: &'static str, text: &str, kind: ContentType) -> Result<SinglePart, Error> {
    let text = field::body(field, text)?;
    let escaped = text.bytes().filter(is_escaped).count();
    let encoding = if escaped * DENSE > text.len() {
        ContentTransferEncoding::Base64
    } else {
        ContentTransferEncoding::QuotedPrintable
    };
    let body = Body::new_with_encoding(text, encoding)
        .map_err(|_| Error::refused(field, "cannot be encoded"))?;
    Ok(SinglePart::builder().content_type(kind).body(body))
}

/// What takes three bytes in quoted-printable.
fn is_escaped(byte: &u8) -> bool {
    !matches!(byte, b' '..=b'<' | b'>'..=b'~' | b'\t' | b'\r' | b'\n')
}
