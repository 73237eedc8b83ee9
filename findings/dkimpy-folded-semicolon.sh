#!/usr/bin/env bash
# dkimpy 1.1.8 (PyPI) and mailauth 7.1.0 (npm) on a DKIM signature whose last tag, b=, ends with folded white
# space and a semicolon, which RFC 6376 (3.2 and 3.5) lets a signer write:
#
#   b=…            both verify it
#   b=…;           both verify it
#   b=…\r\n\t;     dkimpy says that it does not verify, mailauth that it does
#
# What is hashed is the header without the value of b= and without the white space around it. dkimpy takes away
# what stands in front of the value only. A signer that folds at a fixed width (mail-auth 0.13.3, a Rust
# crate, does) comes to this for some lengths of the other tags, so a few of its mails fail. The script fails when that
# changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check dkimpy==1.1.8 cryptography==46.0.3
npm install --silent --no-fund --no-audit mailauth@7.1.0 >/dev/null
venv/bin/python - <<'PY'
import base64
import hashlib

import dkim
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

key = rsa.generate_private_key(65537, 2048)
public = key.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
open("record", "wb").write(record)
body = b"Hello\r\n"
mail = b"From: shop@mail.example\r\nTo: ada@example.com\r\nSubject: Hello\r\n\r\n" + body
bh = base64.b64encode(hashlib.sha256(body).digest())
tags = b"v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.example; s=s; h=From:To:Subject; bh=" + bh + b"; b="
hashed = b"from:shop@mail.example\r\nto:ada@example.com\r\nsubject:Hello\r\ndkim-signature:" + tags
# What is hashed ends with the semicolon, where there is one.
signatures = [
    base64.b64encode(key.sign(hashed + end, padding.PKCS1v15(), hashes.SHA256())) for end in (b"", b";")
]
for number, end in enumerate([b"", b";", b"\r\n\t;"]):
    signed = b"DKIM-Signature: " + tags + signatures[min(number, 1)] + end + b"\r\n" + mail
    open(f"{number}.eml", "wb").write(signed)
    verified = dkim.verify(signed, dnsfunc=lambda name, timeout=5: record)
    print(f"dkimpy   {end!r:10} {verified}")
    assert verified == (number < 2), "changed"
PY
cat >verify.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';

const record = readFileSync('record', 'utf8');
for (const number of [0, 1, 2]) {
    const { results } = await dkimVerify(readFileSync(`${number}.eml`), { resolver: async () => [[record]] });
    console.log('mailauth', number, results[0].status.result);
    if (results[0].status.result !== 'pass') throw new Error('changed');
}
JS
node verify.mjs
