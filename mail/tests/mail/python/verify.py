"""What dkimpy says of signed mails.

    python verify.py RECORD_NAME RECORD_VALUE FILE...

A line for each file: "pass" or "fail", and the signed headers in lower case, separated by colons."""

import sys
from pathlib import Path

import dkim


def main():
    name, value, *files = sys.argv[1:]

    def record(asked, timeout=5):
        asked = asked.decode() if isinstance(asked, bytes) else asked
        return value.encode() if asked.rstrip(".") == name else None

    for file in files:
        mail = dkim.DKIM(Path(file).read_bytes())
        try:
            passed = mail.verify(dnsfunc=record)
        # A key of another kind is a ValueError.
        except (dkim.DKIMException, ValueError) as error:
            print(error, file=sys.stderr)
            passed = False
        signed = (mail.signature_fields or {}).get(b"h", b"")
        signed = b"".join(signed.split()).decode().lower()
        print("pass" if passed else "fail", signed)


main()
