"""A mail server that does what a recipient's name says, to test how our sender takes it.

    python server.py FOLDER [--port PORT] [--tls always|later] [--user NAME:PASSWORD]

It prints "port NUMBER" once it listens. Accepted mails are files FOLDER/MESSAGE-ID--UNIQUE.eml that
begin with a Return-Path, and FOLDER/peak holds the most connections that were open together. With
--tls, FOLDER/cert.pem is the certificate. Recipients begin with a stage and what happens there:

    rcpt-CODE    data-CODE     that answer to RCPT, or to the message
    rcpt-drop    data-drop     the connection breaks there, and nothing is kept
    content-drop               it breaks while the message is sent, which is not read
    kept-drop    kept-stall    the message is kept, then the connection breaks or nothing follows
    rcpt-stall                 no answer
    crowd-NUMBER               no answer before so many connections have been open together

Any other recipient's mail is accepted."""

import argparse
import asyncio
import datetime
import ipaddress
import os
import select
import socket
import ssl
import uuid
from email.parser import BytesHeaderParser
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


async def never():
    await asyncio.Event().wait()


class Handler:
    def __init__(self, folder):
        self.folder = folder

    async def handle_RCPT(self, server, session, envelope, address, options):
        stage, act = acts(address)
        if stage == "rcpt":
            if act == "drop":
                server.transport.abort()
            elif act == "stall":
                await never()
            else:
                return f"{act} says the test"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        stage, act = acts(envelope.rcpt_tos[0])
        if stage == "data":
            if act != "drop":
                return f"{act} says the test"
            server.transport.abort()
            return "250 nobody hears this"
        if stage == "crowd":
            await Server.together(int(act)).wait()
        # As RFC 5321 has the last server on the way do it.
        sender = f"Return-Path: <{envelope.mail_from}>\r\n"
        self.keep(sender.encode() + envelope.original_content)
        if act == "drop":
            server.transport.abort()
        elif act == "stall":
            await never()
        return "250 kept"

    def keep(self, mail):
        message_id = BytesHeaderParser().parsebytes(mail)["Message-ID"].strip("<>")
        name = self.folder / f"{message_id}--{uuid.uuid4().hex}"
        name.with_suffix(".part").write_bytes(mail)
        os.rename(name.with_suffix(".part"), str(name) + ".eml")


def acts(address):
    stage, _, act = address.split("@")[0].split("+")[0].partition("-")
    return stage, act


class Server(SMTP):
    open = 0
    peak = 0
    # By number, set once so many connections have been open together.
    crowds = {}

    @classmethod
    def together(cls, number):
        crowd = cls.crowds.setdefault(number, asyncio.Event())
        if cls.peak >= number:
            crowd.set()
        return crowd

    def connection_made(self, transport):
        super().connection_made(transport)
        Server.open += 1
        if Server.open > Server.peak:
            Server.peak = Server.open
            (self.event_handler.folder / "peak").write_text(str(Server.peak))
            Server.together(Server.peak).set()

    def connection_lost(self, error):
        Server.open -= 1
        super().connection_lost(error)

    async def smtp_DATA(self, arg):
        if self.envelope.rcpt_tos and self.envelope.rcpt_tos[0].startswith("content-drop"):
            # So little room that the sender still writes when what came first is there.
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.transport.pause_reading()
            await self.push("354 go ahead")
            arrives = lambda: select.select([connection.fileno()], [], [])
            await asyncio.get_running_loop().run_in_executor(None, arrives)
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)


def certify(folder):
    """A certificate for this machine, signed by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def signing_in(user):
    """How SMTP asks for a name and a password."""
    if user is None:
        return {}

    def authenticate(server, session, envelope, mechanism, said):
        right = isinstance(said, LoginPassword) and b":".join(said) == user.encode()
        return AuthResult(success=right, handled=False)

    return {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", choices=["always", "later"])
    parser.add_argument("--user")
    arguments = parser.parse_args()
    context = certify(arguments.folder) if arguments.tls else None
    more = signing_in(arguments.user)
    if arguments.tls == "later":
        more |= {"tls_context": context, "require_starttls": True}
    server = await asyncio.get_running_loop().create_server(
        lambda: Server(Handler(arguments.folder), hostname="localhost", **more),
        "127.0.0.1",
        arguments.port,
        ssl=context if arguments.tls == "always" else None,
    )
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
