"""Keys, digests, seals, base58 and body hashes by other implementations, for domain/tests/rules.

Run from the repository's root: python tests/oracles/identity.py
"""

import hashlib
import json
import random
from importlib.metadata import version
from pathlib import Path

import base58
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as xchacha_encrypt

FIXTURE = Path("tests/oracles/fixtures/identity.json")
draw = random.Random(1)


def derive(master: bytes, label: str, context: bytes) -> bytes:
    info = label.encode() + b"\0" + context
    return HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(master)


def digest(key: bytes, kind: str, value: str) -> str:
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(f"tessera/v1/identifier\0{kind}\0{value}".encode())
    return mac.finalize().hex()


def keys() -> dict:
    master, org, data_key, nonce = (draw.randbytes(n) for n in (32, 32, 32, 24))
    wrap_key = derive(master, "tessera/v1/data-key-wrap", b"")
    identifiers = [
        ("anonymous", "visitor-1"),
        ("user", "visitor-1"),
        ("user", "Zoë 🦀"),
        ("email", "ada+news@mail.example.com"),
        ("wallet", base58.b58encode(org).decode()),
    ]
    digest_keys = {
        org_id: derive(
            master,
            "tessera/v1/identifier-digest",
            org_id.to_bytes(4, "big", signed=True),
        )
        for org_id in (1, 2_147_483_647)
    }
    return {
        "master": master.hex(),
        "org": org.hex(),
        "quote_seed": derive(master, "tessera/v1/quote-authority", org).hex(),
        "digests": [
            {
                "organisation": org_id,
                "kind": kind,
                "value": value,
                "digest": digest(key, kind, value),
            }
            for org_id, key in digest_keys.items()
            for kind, value in identifiers
        ],
        "nonce": nonce.hex(),
        "data_key": data_key.hex(),
        "wrapped": (
            nonce + xchacha_encrypt(data_key, b"person 1", nonce, wrap_key)
        ).hex(),
        "seals": [
            {
                "plaintext": plaintext.hex(),
                "associated_data": aad.hex(),
                "sealed": (nonce + xchacha_encrypt(plaintext, aad, nonce, data_key)).hex(),
            }
            for plaintext, aad in (
                (b"", b""),
                (b"ada@example.com", b"person 1"),
                (draw.randbytes(300), draw.randbytes(40)),
            )
        ],
    }


def texts() -> list:
    samples = [bytes(32), bytes([255]) * 32, bytes(31) + b"\1", b"\1" + bytes(31)]
    samples += [bytes(n) + draw.randbytes(32 - n) for n in range(32)]
    samples += [draw.randbytes(32) for _ in range(100)]
    return [{"bytes": it.hex(), "text": base58.b58encode(it).decode()} for it in samples]


def bodies() -> list:
    items = [
        {},
        {"message_id": "m-1", "event": "page_viewed", "anonymous_id": "a"},
        {
            "user_id": "Zoë 🦀",
            "event": "api_called",
            "message_id": 'q"\\\n\t\u0001/',
            "properties": {
                "z": [1, -2, 1.5, True, None, {"b": 1, "a": {"é": "", "Z": 2}}],
                "a": 18446744073709551615,
                "": [],
            },
        },
    ]
    compact = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False}
    domain = b"tessera/v1/message-body\0"
    return [
        {
            "item": item,
            "hash": hashlib.sha256(domain + json.dumps(item, **compact).encode()).hexdigest(),
        }
        for item in items
    ]


def messages() -> list:
    ids = ["1", "m-1", "0198f3c2-7c1b-7d4e-9c55-0d6f1b2a3c4d", "~" * 64]
    domain = b"tessera/v1/message-id\0"
    return [
        {"id": it, "sha256": hashlib.sha256(domain + it.encode()).hexdigest()} for it in ids
    ]


packages = ("base58", "cryptography", "PyNaCl")
fixture = {
    "versions": {name: version(name) for name in packages},
    "keys": keys(),
    "base58": texts(),
    "bodies": bodies(),
    "messages": messages(),
}
FIXTURE.write_text(json.dumps(fixture, indent=1, ensure_ascii=False) + "\n")
