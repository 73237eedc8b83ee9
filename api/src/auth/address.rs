//! The address that a request comes from, as far as requests are counted by it.

use crate::state::ApiConfig;
use axum::extract::{ConnectInfo, Request};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Bits of an IPv6 address that are handed out together: who has one has all that share them.
const NETWORK: u128 = u128::MAX << 64;

/// The client's address, from the configured header or from the connection; an IPv6 address with the
/// rest of its network. All clients without one count as one.
pub(crate) fn of(request: &Request, config: &ApiConfig) -> Ipv6Addr {
    let address = match &config.client_address_header {
        // What a client itself sends stands before what the proxy adds.
        Some(header) => request
            .headers()
            .get_all(header)
            .iter()
            .next_back()
            .and_then(|value| parse(value.to_str().ok()?.rsplit(',').next()?.trim())),
        None => request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|from| from.ip()),
    };
    match address.map(|it| it.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_ipv6_mapped(),
        Some(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() & NETWORK),
        None => Ipv6Addr::UNSPECIFIED,
    }
}

/// An address with or without a port: some proxies write the connection's port behind it.
fn parse(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().map(|it: SocketAddr| it.ip());
    let bracketed = || {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse().map(IpAddr::V6).ok()
    };
    text.parse()
        .or_else(|_| with_port())
        .ok()
        .or_else(bracketed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::HeaderName};

    fn address(header: Option<&'static str>, sent: &[&str]) -> String {
        let config = ApiConfig {
            client_address_header: header.map(HeaderName::from_static),
            ..ApiConfig::default()
        };
        let mut request = Request::new(Body::empty());
        let peer: SocketAddr = "192.0.2.7:4000".parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        for value in sent {
            let value = value.parse().expect("a header");
            request.headers_mut().append("x-forwarded-for", value);
        }
        of(&request, &config).to_string()
    }

    #[test]
    fn a_header_that_nobody_configured_says_nothing() {
        assert_eq!(address(None, &["198.51.100.1"]), "::ffff:192.0.2.7");
    }

    #[test]
    fn what_a_client_puts_before_the_proxys_word_says_nothing() {
        let configured = Some("x-forwarded-for");
        for sent in [
            &["203.0.113.9, 198.51.100.1"][..],
            &["203.0.113.9", "nonsense,198.51.100.1"],
            &["::ffff:198.51.100.1"],
        ] {
            assert_eq!(address(configured, sent), "::ffff:198.51.100.1", "{sent:?}");
        }
    }

    #[test]
    fn requests_that_do_not_say_where_they_come_from_count_as_one() {
        for sent in [&[][..], &["unknown"], &["198.51.100.1:80, "]] {
            assert_eq!(address(Some("x-forwarded-for"), sent), "::", "{sent:?}");
        }
    }

    #[test]
    fn a_port_behind_an_address_says_nothing() {
        let of = |address: &str| self::address(Some("x-forwarded-for"), &[address]);
        for sent in ["198.51.100.1:1234", "[::ffff:198.51.100.1]:443"] {
            assert_eq!(of(sent), "::ffff:198.51.100.1", "{sent}");
        }
        for sent in ["[2001:db8::1]:443", "[2001:db8::2]", "2001:db8::3"] {
            assert_eq!(of(sent), "2001:db8::", "{sent}");
        }
        for sent in [
            "198.51.100.1:",
            "198.51.100.1:70000",
            "[198.51.100.1]",
            "[]",
            "[",
        ] {
            assert_eq!(of(sent), "::", "{sent}");
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let of = |address: &str| self::address(Some("x-forwarded-for"), &[address]);
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    }
}
