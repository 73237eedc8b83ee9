"""What the document says in words, because no schema can.

A schema describes a request alone and one field at a time. A rule about the time, about another field or
about what the organisation has stands in the field's description instead, and here: a refusal for such a
rule is no disagreement, and every other refusal of what the document allows is one.
"""

import re

import schemathesis

# Rules as the API states them, by what they are about.
SAID_IN_WORDS = {
    "the time": [
        r"must be at most \d+ days old",
        r"must be at most 10 minutes ahead",
        r"must be in the future",
        r"must not be in the future",
        r"must not be later than now",
    ],
    "another field": [
        r"must be later than (from|the day before)",
        r"must be later than \w+",
        r"must not be (before|earlier than|later than) .*",
        r"must be (\d|from [12] to \d{1,2})",
        r"must have at least one model, each once",
        r"must be there where there are no prices",
        r"must not be there: the segment charges for none",
        r"must not be there without a wallet and a plan",
        r"must name \w+",
        r"must be the name of a group",
        r"must be at least one, each a scope of the kind that the caller has itself",
        r"must be there, unless \w+( or \w+)? is.*",
        r"must be 1 or \d+, the line after those done",
        r"must be unique.*",
    ],
    "what is there": [
        r"must be the id of a person of the organisation.*",
        r"must be a plan of the organisation's Org that has not ended",
        r"must be the code of an offer that is published.*",
        r"must be a message that this site takes.*",
        r"must be a step of the funnel, counted from 1",
        r"must be another one than USD, which the rates are in",
    ],
    "personal data, and ids that programs send for nobody": [
        r"must not be personal data.*",
        r"must not be an e-mail address.*",
        r"must stand for one person.*",
        r"must not begin or end with white space",
    ],
}
WORDS = [re.compile(rule) for rules in SAID_IN_WORDS.values() for rule in rules]


@schemathesis.check
def refused_though_allowed(ctx, response, case):
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 413, 415):
        return
    refused = response.json().get("errors", [])
    unsaid = [it for it in refused if not any(rule.fullmatch(it["rule"]) for rule in WORDS)]
    if unsaid or not refused:
        raise AssertionError(f"refused though allowed: {unsaid or response.json()}")
