"""A name server with the TXT records of a file.

    python names.py FILE

The file has lines NAME<tab>VALUE, and may change. It prints "port NUMBER" once it answers, on UDP
and TCP."""

import signal
import sys
from pathlib import Path

from dnslib import QTYPE, RR, TXT
from dnslib.server import BaseResolver, DNSLogger, DNSServer

LONGEST = 255


class Records(BaseResolver):
    def __init__(self, path):
        self.path = path

    def resolve(self, request, handler):
        reply = request.reply()
        asked = str(request.q.qname).rstrip(".").lower()
        for line in self.path.read_text().splitlines():
            name, _, value = line.partition("\t")
            if name == asked and request.q.qtype == QTYPE.TXT:
                texts = [value[at : at + LONGEST] for at in range(0, len(value), LONGEST)]
                reply.add_answer(RR(asked, QTYPE.TXT, rdata=TXT(texts), ttl=1))
        return reply


def main():
    resolver = Records(Path(sys.argv[1]))
    quiet = DNSLogger(log="-request,-reply,-truncated,-error,-recv,-send,-data", prefix=False)
    udp = DNSServer(resolver, address="127.0.0.1", port=0, logger=quiet)
    port = udp.server.server_address[1]
    tcp = DNSServer(resolver, address="127.0.0.1", port=port, tcp=True, logger=quiet)
    udp.start_thread()
    tcp.start_thread()
    print("port", port, flush=True)
    signal.pause()


main()
