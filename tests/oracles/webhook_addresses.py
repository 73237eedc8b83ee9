"""Which addresses are global, multicast or loopback, by Python's ipaddress. Run from the root of the
repository: python tests/oracles/webhook_addresses.py"""

import ipaddress
import json
import platform
import random
from pathlib import Path

FIXTURE = Path(__file__).parent / "fixtures" / "webhook_addresses.json"

NETWORKS = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.0.8/29", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
    "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "255.255.255.255/32", "::/128", "::1/128", "::/96", "::ffff:0:0/96", "::ffff:10.0.0.0/104",
    "::ffff:127.0.0.0/104", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2000::/3", "2001::/23",
    "2001::/32", "2001:1::1/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28",
    "2001:30::/28", "2001:db8::/32", "2002::/16", "2606:4700::/32", "2620:4f:8000::/48", "2a00::/12", "3fff::/20",
    "4000::/3", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
]


def chosen():
    draw = random.Random(1)
    for text in NETWORKS:
        network = ipaddress.ip_network(text)
        kind = type(network.network_address)
        first, last = int(network.network_address), int(network.broadcast_address)
        inside = [draw.randint(first, last) for _ in range(4)]
        for number in [first - 1, first, first + 1, last - 1, last, last + 1, *inside]:
            if 0 <= number < 2**network.max_prefixlen:
                yield kind(number)
    for _ in range(150):
        yield ipaddress.IPv4Address(draw.getrandbits(32))
        yield ipaddress.IPv6Address(draw.getrandbits(125) | 1 << 125)
        yield ipaddress.IPv6Address(draw.getrandbits(128))


addresses = sorted(set(chosen()), key=lambda it: (it.version, int(it)))
rows = [
    {
        "address": str(it),
        "is_global": it.is_global,
        "is_multicast": it.is_multicast,
        "is_loopback": it.is_loopback,
    }
    for it in addresses
]
lines = ",\n".join(json.dumps(row) for row in rows)
made_by = json.dumps(f"Python {platform.python_version()}, ipaddress")
FIXTURE.write_text(f'{{"made_by": {made_by}, "addresses": [\n{lines}\n]}}\n')
