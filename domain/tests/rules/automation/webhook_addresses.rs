//! Public addresses, against Python's `ipaddress`.

use serde::Deserialize;
use std::net::{IpAddr, Ipv6Addr};
use tessera_domain::automation::webhook::{Reach, is_public};

#[derive(Deserialize)]
struct Fixture {
    addresses: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    address: IpAddr,
    is_global: bool,
    is_multicast: bool,
    is_loopback: bool,
}

fn fixture() -> Vec<Case> {
    let json = include_str!("../../../../tests/oracles/fixtures/webhook_addresses.json");
    let fixture: Fixture = serde_json::from_str(json).expect("the fixture");
    assert!(fixture.addresses.len() > 800);
    fixture.addresses
}

/// What Python calls global and we do not: anycast of protocols and of 6to4, tunnels and translations,
/// and what IANA has handed out to nobody yet.
fn is_refused_beside(address: IpAddr) -> bool {
    let starts = |prefix: u128, length: u32| match address {
        IpAddr::V6(address) => address.to_bits() >> (128 - length) == prefix,
        IpAddr::V4(_) => false,
    };
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            [[192, 0, 0], [192, 88, 99]].contains(&[a, b, c])
        }
        IpAddr::V6(_) => {
            !starts(1, 3)
                || starts(0x2001_0000 >> 9, 23)
                || starts(0x2002, 16)
                || starts(0x3fff0, 20)
        }
    }
}

#[test]
fn what_python_does_not_call_global_or_calls_multicast_is_not_public() {
    for case in fixture() {
        if !case.is_global || case.is_multicast {
            assert!(!is_public(case.address), "{}", case.address);
        }
    }
}

#[test]
fn everything_else_is_public_but_for_a_short_list() {
    let mut public = 0;
    for case in fixture() {
        if case.is_global && !case.is_multicast && !is_refused_beside(case.address) {
            assert!(is_public(case.address), "{}", case.address);
            public += 1;
        }
    }
    assert!(public > 300, "{public}");
}

#[test]
fn this_machine_is_reached_where_that_is_allowed_and_nowhere_else() {
    for case in fixture() {
        let address = case.address;
        assert_eq!(Reach::Public.allows(address), is_public(address));
        let allowed = is_public(address) || case.is_loopback;
        let mapped = matches!(address, IpAddr::V6(it) if it.to_ipv4_mapped().is_some());
        assert!(
            mapped || Reach::Loopback.allows(address) == allowed,
            "{address}"
        );
    }
}

#[test]
fn an_address_that_leads_to_another_one_is_not_public() {
    for address in [
        "::ffff:1.1.1.1",
        "::1.1.1.1",
        "64:ff9b::1.1.1.1",
        "64:ff9b:1::1",
        "2002:a00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ] {
        let address: Ipv6Addr = address.parse().expect(address);
        assert!(!is_public(address.into()), "{address}");
    }
}
