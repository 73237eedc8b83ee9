//! Which addresses a webhook may be sent to: those of the public internet alone. An address that
//! leads to another one, by translation or by a tunnel, is none of them: what it leads to would not be
//! looked at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an installation lets webhooks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// To public addresses.
    #[default]
    Public,
    /// To this machine too, for tests and local work.
    Loopback,
}

impl Reach {
    /// Whether a webhook may be sent there.
    pub fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self == Self::Loopback && address.to_canonical().is_loopback())
    }
}

/// Networks of IPv4 that are not public: address and length of the prefix, by IANA's registry of
/// special-purpose addresses, multicast and what is reserved.
const V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// What IANA hands out for global unicast. Mapped addresses, NAT64, unique local, link-local and
/// multicast ones lie outside.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Networks within [`GLOBAL_UNICAST`] that are not public: protocols with Teredo, documentation, 6to4,
/// documentation again.
const V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address belongs to the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !V4.iter().any(|(network, length)| {
            let rest = 32 - length;
            address.to_bits() >> rest == network.to_bits() >> rest
        }),
        IpAddr::V6(address) => {
            let within = |(network, length): (Ipv6Addr, u32)| {
                let rest = 128 - length;
                address.to_bits() >> rest == network.to_bits() >> rest
            };
            within(GLOBAL_UNICAST) && !V6.into_iter().any(within)
        }
    }
}
