"""What schemathesis asks of the API and its document, see scripts/fuzz-api.

Two of its own checks are replaced. A request that the document allows may be refused by a rule that no
schema can state: RULES lists all of them, by the field and the rule of the refusal, and nothing else is
excused. And a batch that is answered 207 with no item accepted has been refused.
"""

import json
import re

import schemathesis
from schemathesis.specs.openapi import checks as built_in

# What the field's value has to be depends on what it refers to, on another field, or on the time.
RULES = [
    # Text that only the server can have made, or that stands for bytes of one length.
    (r"cursor", r"must be the next_cursor of an answer of this list"),
    (r".*", r"must be an address(: 32 bytes in base58)?"),
    # What exists in the organisation.
    (r"person|winner|loser", r"must be the id of a person of the organisation.*"),
    (r"plan", r"must be a plan of the organisation's Org.*"),
    (r"offer", r"must be the code of an offer that is published and not withdrawn.*"),
    (r"scopes", r"must be at least one, each a scope of the kind that the caller has itself"),
    # Two fields together.
    (r"until", r"must be later than from"),
    # The clock.
    (r"timestamp|events\[\d+\]\.timestamp", r"must be at most 90 days old"),
    (r"urgency\.(until|expires_at)", r"must be in the future"),
    # A text that a wallet signed.
    (r"message", r"must be a message that this site takes.*"),
]


def is_excused(error):
    field, rule = error.get("field", ""), error.get("rule", "")
    return any(re.fullmatch(f, field) and re.fullmatch(r, rule) for f, r in RULES)


def problem(response):
    try:
        return json.loads(response.content)
    except ValueError:
        return {}


@schemathesis.check
def accepts_what_is_documented(ctx, response, case):
    errors = problem(response).get("errors", [])
    if response.status_code == 400 and errors and all(map(is_excused, errors)):
        return None
    return built_in.positive_data_acceptance(ctx, response, case)


@schemathesis.check
def refuses_what_is_not_documented(ctx, response, case):
    if response.status_code == 207 and problem(response).get("accepted") == 0:
        return None
    return built_in.negative_data_rejection(ctx, response, case)
