//! Hosts of addresses, in one spelling: lower case, in ASCII as browsers send them, without `www.`.

use idna::domain_to_unicode;
use psl::Type;
use std::borrow::Cow;
use url::Host;

/// Schemes of what people come from; the others are of pages inside a browser.
const WEB: [&str; 2] = ["http", "https"];
/// Schemes whose host is the name of an app.
const APPS: [&str; 2] = ["android-app", "ios-app"];
/// Longest name of a host.
const MAX_BYTES: usize = 253;

/// The host of an address, or of a host name alone; none when it names none. Without a scheme, only
/// what has a dot or is an IP address is a host: `null` is a word of programs.
pub(super) fn host(address: &str) -> Option<String> {
    let address = address.trim();
    let of_scheme = |it: char| it.is_ascii_alphanumeric() || "+-.:".contains(it);
    let (scheme, rest) = match address.strip_prefix("//") {
        Some(rest) => (Some("https"), rest),
        None => match address.split_once("://") {
            Some((scheme, rest)) if scheme.chars().all(of_scheme) => (Some(scheme), rest),
            _ => (None, address),
        },
    };
    let is = |schemes: [&str; 2]| {
        scheme.is_some_and(|it| schemes.iter().any(|known| it.eq_ignore_ascii_case(known)))
    };
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let (_, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
    if is(APPS) {
        return (!authority.is_empty()).then(|| authority.to_ascii_lowercase());
    }
    if scheme.is_some() && !is(WEB) {
        return None;
    }
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (authority, ""),
    };
    let found = named(name).or_else(|| misspelt(name));
    let found = found.filter(|_| port.bytes().all(|it| it.is_ascii_digit()))?;
    (scheme.is_some() || found.contains(['.', '['])).then_some(found)
}

/// The one spelling of a host's name.
fn named(name: &str) -> Option<String> {
    let host = Host::parse(name.trim_end_matches('.')).ok()?.to_string();
    match host.strip_prefix("www.") {
        // There is a site `www.gov.uk`, and none `gov.uk`.
        Some(rest) if registrable(&host) != host => Some(rest.to_owned()),
        _ => Some(host),
    }
}

/// A name that no resolver takes, such as an IP address of five numbers: somebody's, but nobody's own.
fn misspelt(name: &str) -> Option<String> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let name = name.trim_end_matches('.');
    (!name.is_empty() && name.bytes().all(good)).then(|| name.to_ascii_lowercase())
}

/// Whether a text is a host in its one spelling, or in the same in Unicode.
pub(super) fn is_host(text: &str) -> bool {
    let Some(host) = named(text).filter(|it| it.len() <= MAX_BYTES) else {
        return false;
    };
    let good =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let label = |label: &str| !label.is_empty() && label.bytes().all(good);
    let is_plain = is_ip_address(&host) || host.split('.').all(label);
    is_plain && (host == text || in_unicode(&host).as_deref() == Some(text))
}

/// The host itself, then each domain that it is in, without the top-level one. An IP address is in
/// none.
pub(super) fn and_parents(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |it| {
        let (_, parent) = it.split_once('.').filter(|_| !is_ip_address(it))?;
        Some(parent)
    })
    .filter(move |it| it.contains('.') || *it == host)
}

/// The same in every spelling that rules may have.
pub(super) fn spellings(host: &str) -> impl Iterator<Item = Cow<'_, str>> {
    and_parents(host)
        .flat_map(|it| [Some(Cow::Borrowed(it)), in_unicode(it).map(Cow::Owned)])
        .flatten()
}

fn in_unicode(host: &str) -> Option<String> {
    host.contains("xn--").then(|| domain_to_unicode(host).0)
}

/// As browsers see it: what ends in a number is an address, or nothing.
fn is_ip_address(host: &str) -> bool {
    let (_, last) = host.rsplit_once('.').unwrap_or(("", host));
    host.starts_with('[') || last.bytes().all(|it| it.is_ascii_digit())
}

/// The domain that somebody registered, by the public suffix list: `google.co.uk` of
/// `mail.google.co.uk`. Whoever has it decides on all hosts in it and on no others.
pub(super) fn registrable(host: &str) -> &str {
    if is_ip_address(host) {
        return host;
    }
    psl::domain_str(host).unwrap_or(host)
}

/// Under what kind of public suffix anybody can register, if the host is one.
pub(super) fn suffix_of(host: &str) -> Option<Type> {
    let name = named(host).filter(|it| !is_ip_address(it))?;
    let suffix = psl::suffix(name.as_bytes())?;
    suffix.typ().filter(|_| suffix == name.as_bytes())
}

/// Whether two hosts lie under the same registered domain.
pub(super) fn is_same_site(one: &str, other: &str) -> bool {
    registrable(one) == registrable(other)
}
