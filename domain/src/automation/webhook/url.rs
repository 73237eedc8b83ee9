//! The address of an endpoint. What its name leads to is looked at when something is sent; what is
//! plainly wrong is refused when it is given.

use super::Reach;
use crate::refusal::Refusal;
use std::net::IpAddr;
use url::{Host, Url};

/// Most characters of an endpoint's URL.
pub const MAX_URL_CHARS: usize = 2_000;

/// Reads the URL of an endpoint.
///
/// # Errors
/// The field is `url`: of another scheme than https (or http to this machine, where that is allowed),
/// too long, with a user, a fragment or port 0, or at an address that is not allowed.
pub fn endpoint_url(text: &str, reach: Reach) -> Result<Url, Refusal> {
    let refuse = |rule: &str| Err(Refusal::new("url", rule));
    if text.chars().count() > MAX_URL_CHARS {
        return refuse("must have at most 2,000 characters");
    }
    let Ok(url) = Url::parse(text) else {
        return refuse("must be a URL, as in https://example.com/webhooks");
    };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let is_plain_here = url.scheme() == "http" && reach == Reach::Loopback && is_here;
    if url.scheme() != "https" && !is_plain_here {
        return refuse("must begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must have no user and no password");
    }
    if url.fragment().is_some() {
        return refuse("must have no fragment");
    }
    if url.port() == Some(0) {
        return refuse("must have another port than 0");
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        _ => None,
    };
    if literal.is_some_and(|address| !reach.allows(address)) {
        return refuse("must be at a public address");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str, reach: Reach) -> String {
        let refused = endpoint_url(text, reach).expect_err(text);
        assert_eq!(refused.field, "url");
        refused.rule
    }

    #[test]
    fn what_is_no_address_of_the_public_web_is_refused() {
        let long = format!("https://example.com/{}", "a".repeat(MAX_URL_CHARS));
        for (text, part) in [
            ("", "a URL"),
            ("example.com/hook", "a URL"),
            ("http://example.com/", "https://"),
            ("http://localhost/", "https://"),
            ("ftp://example.com/", "https://"),
            ("file:///etc/passwd", "https://"),
            ("https://user@example.com/", "no user"),
            ("https://:secret@example.com/", "no user"),
            ("https://example.com/#part", "fragment"),
            ("https://example.com:0/", "port"),
            ("https://127.0.0.1/", "public"),
            // Other spellings of 127.0.0.1 and 10.0.0.1.
            ("https://2130706433/", "public"),
            ("https://0x7f.1/", "public"),
            ("https://017700000001/", "public"),
            ("https://①②⑦.0.0.1/", "public"),
            ("https://[::ffff:10.0.0.1]/", "public"),
            ("https://[64:ff9b::10.0.0.1]/", "public"),
            ("https://[::1]/", "public"),
            ("https://169.254.169.254/latest/meta-data/", "public"),
            (&long, "2,000"),
        ] {
            let rule = rule(text, Reach::Public);
            assert!(rule.contains(part), "{text}: {rule}");
        }
    }

    #[test]
    fn only_this_machine_is_let_in_beside_the_public() {
        for text in [
            "http://localhost:8080/",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/",
            "https://127.0.0.1/",
            "https://example.com:8443/hook?key=1",
        ] {
            assert!(endpoint_url(text, Reach::Loopback).is_ok(), "{text}");
        }
        assert!(rule("http://example.com/", Reach::Loopback).contains("https://"));
        assert!(rule("http://10.0.0.1/", Reach::Loopback).contains("https://"));
        assert!(rule("https://10.0.0.1/", Reach::Loopback).contains("public"));
        assert!(rule("https://169.254.169.254/", Reach::Loopback).contains("public"));
    }

    #[test]
    fn an_address_of_the_public_web_is_taken() {
        for text in ["https://example.com/hook", "https://1.1.1.1:8443/"] {
            assert!(endpoint_url(text, Reach::Public).is_ok(), "{text}");
        }
    }
}
