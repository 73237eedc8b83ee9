//! The strict parser of a message's text, by the ABNF of Sign In With Solana: every byte has a
//! place, every field occurs once and in order, and a statement cannot pass for a field.

use super::{
    SignInError,
    message::{Field, HEADER, MAX_MESSAGE_BYTES, Message},
};
use crate::{
    base58::{self, Base58Error},
    time::Timestamp,
};
use serde::{
    Deserialize,
    de::{IntoDeserializer, value::Error as PlainError},
};

/// Fewest characters of a nonce.
const MIN_NONCE_CHARS: usize = 8;
/// Number of the line after header, address and an empty line.
const FIRST_BODY_LINE: usize = 4;
const RESOURCE_MARK: &str = "- ";

/// Reads a message.
///
/// # Errors
/// When the text is not exactly one message.
pub fn parse(text: &str) -> Result<Message, SignInError> {
    if text.len() > MAX_MESSAGE_BYTES {
        return Err(SignInError::TooLong);
    }
    let printable = |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
    if !text.bytes().all(printable) {
        return Err(SignInError::Character);
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let [header, rest @ ..] = lines.as_slice() else {
        return Err(SignInError::Header);
    };
    let domain = header.strip_suffix(HEADER).ok_or(SignInError::Header)?;
    if !is_authority(domain) {
        return Err(SignInError::Domain);
    }
    let [address, rest @ ..] = rest else {
        return Err(SignInError::Address(Base58Error::Length));
    };
    let message = Message {
        domain: domain.to_owned(),
        address: base58::decode(address)?,
        ..Message::default()
    };
    match rest {
        [] => Ok(message),
        ["", body @ ..] => parse_body(message, body),
        _ => Err(SignInError::Line(FIRST_BODY_LINE - 1)),
    }
}

/// A statement, fields, or both with an empty line between them.
fn parse_body(mut message: Message, body: &[&str]) -> Result<Message, SignInError> {
    match body {
        [statement, "", fields @ ..] if !fields.is_empty() => {
            message.statement = Some(parse_statement(statement)?);
            parse_fields(message, fields, FIRST_BODY_LINE + 2)
        }
        [statement] if field_of(statement).is_none() => {
            message.statement = Some(parse_statement(statement)?);
            Ok(message)
        }
        [first, ..] if field_of(first).is_some() => parse_fields(message, body, FIRST_BODY_LINE),
        _ => Err(SignInError::Statement),
    }
}

fn parse_statement(line: &str) -> Result<String, SignInError> {
    if line.is_empty() || field_of(line).is_some() {
        return Err(SignInError::Statement);
    }
    Ok(line.to_owned())
}

/// Parses fields, the first of which is in line `first_line` of the text.
fn parse_fields(
    mut message: Message,
    lines: &[&str],
    first_line: usize,
) -> Result<Message, SignInError> {
    let mut seen: Vec<Field> = Vec::new();
    for (line_number, line) in (first_line..).zip(lines) {
        if seen.last() == Some(&Field::Resources)
            && let Some(resource) = line.strip_prefix(RESOURCE_MARK)
        {
            let resource = checked(Field::Resources, resource, is_uri)?;
            message.resources.push(resource);
            continue;
        }
        let (field, value) = field_of(line).ok_or(SignInError::Line(line_number))?;
        if seen.contains(&field) {
            return Err(SignInError::Duplicate(field));
        }
        if seen.last().is_some_and(|last| field < *last) {
            return Err(SignInError::Order(field));
        }
        seen.push(field);
        set(&mut message, field, value)?;
    }
    Ok(message)
}

fn set(message: &mut Message, field: Field, value: &str) -> Result<(), SignInError> {
    let text = |rule: fn(&str) -> bool| checked(field, value, rule).map(Some);
    let moment = || moment(field, value).map(Some);
    match field {
        Field::Uri => message.uri = text(is_uri)?,
        Field::Version => message.version = text(is_word)?,
        Field::ChainId => message.chain_id = text(is_word)?,
        Field::Nonce => message.nonce = text(is_nonce)?,
        Field::IssuedAt => message.issued_at = moment()?,
        Field::ExpirationTime => message.expiration_time = moment()?,
        Field::NotBefore => message.not_before = moment()?,
        Field::RequestId => message.request_id = text(is_request_id)?,
        Field::Resources => {}
    }
    Ok(())
}

/// The field that a line holds, and its value.
fn field_of(line: &str) -> Option<(Field, &str)> {
    Field::ALL.into_iter().find_map(|field| {
        let rest = line.strip_prefix(field.label())?.strip_prefix(':')?;
        let value = match field {
            Field::Resources => rest.is_empty().then_some(rest),
            _ => rest.strip_prefix(' '),
        };
        Some((field, value?))
    })
}

fn checked(field: Field, value: &str, rule: fn(&str) -> bool) -> Result<String, SignInError> {
    if rule(value) {
        Ok(value.to_owned())
    } else {
        Err(SignInError::Form(field))
    }
}

fn moment(field: Field, value: &str) -> Result<Timestamp, SignInError> {
    let form = SignInError::Form(field);
    if !is_word(value) {
        return Err(form);
    }
    let value: serde::de::value::StrDeserializer<'_, PlainError> = value.into_deserializer();
    Timestamp::deserialize(value).map_err(|_| form)
}

fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let inner = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let named = |it: &str| {
        it.bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"-.".contains(&it))
    };
    let address = |it: &str| {
        it.bytes()
            .all(|it| it.is_ascii_hexdigit() || b":.".contains(&it))
    };
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    !host.is_empty() && inner.map_or_else(|| named(host), address) && port.is_none_or(digits)
}

/// A scheme, a colon, and characters that RFC 3986 allows in a URI.
fn is_uri(text: &str) -> bool {
    let symbols = b"-._~:/?#[]@!$&'()*+,;=%";
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it))
        && !rest.is_empty()
        && rest
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || symbols.contains(&it))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_graphic())
}

fn is_nonce(text: &str) -> bool {
    text.len() >= MIN_NONCE_CHARS && text.bytes().all(|it| it.is_ascii_alphanumeric())
}

/// `*pchar` of RFC 3986.
fn is_request_id(text: &str) -> bool {
    let symbols = b"-._~%!$&'()*+,;=:@";
    text.bytes()
        .all(|it| it.is_ascii_alphanumeric() || symbols.contains(&it))
}
