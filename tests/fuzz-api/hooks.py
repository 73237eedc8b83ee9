"""What the document says in words, because no schema can.

A schema describes a request alone and one field at a time. A rule about the time, about another field or
about what the organisation has stands in the field's description instead, and here: a refusal for such a
rule is no disagreement, and every other refusal of what the document allows is one.
"""

import re

import schemathesis

# Rules as the API states them, by what they are about; with the field in front where that says it.
SAID_IN_WORDS = {
    "the time": [
        r"must be at most \d+ days old",
        r"must be at most 10 minutes ahead",
        r"must be in the future",
        r"must not be in the future",
        r"must not be later than now",
        r"must be at most 366 days away.*",
    ],
    "another field": [
        r"must be later than (from|the day before)",
        r"must be later than \w+",
        r"must be another time than from",
        r"must not be (before|earlier than|later than) .*",
        r"must be (\d|from [12] to \d{1,2})",
        r"must be there where there are no prices",
        r"must not be there: the segment charges for none",
        r"must not be there without a wallet and a plan",
        r"must name \w+",
        r"must be the name of a group",
        r"must be at least one, each a scope of the kind that the caller has itself",
        r"must be there, unless \w+( or \w+)? is.*",
        r"must be 1 or \d+, the line after those done",
        r"must be unique.*",
        r"must have at most \d decimals",
        r"must be above 0 without a charge model",
        r"must be above .*, where the tier begins",
        r"must be (given for every tier but|null for) the last.*",
        r"must be at most the (maximum|base price of every segment.*)",
        r"must be (another one than a month, whose price is base|there once)",
        r"must have factors with at most \d+ decimals together",
        r"must not name \w+, which no segment has",
        r"must be empty unless type is text",
        r"must be boolean for machine, and text without one_of for agent",
        r"must not be empty: no text is before it",
        r"must be able to hold: .*",
        r"must be able to hold beside the conditions before it",
        r"must be machine if and only if machine is true",
        r"must be there, since the journey begins at a moment of a subscription",
        r"must not be goal, since the journey has none",
    ],
    "other parts of a team, a task or a pipeline": [
        r"must have open hours on some day",
        r"must not be before the end of the stretch before",
        r"must be later than the step before",
        r"must be (a day|a time from 00:00 to 24:00).*",
        r"must not be (beside at_least|there (beside to|unless the task is closed))",
        r"must be given, unless queue is, and not with it",
        r"must be another member",
        r"must be a field of a (deal|lead)",
        r"must be new in the first stage",
        r"must have a stage that stands for (won|lost)",
        r"must be reached from the first stage",
        r"must lead to a stage that is won or lost",
        r"must be (the name of a stage|a stage of the pipeline|another stage, and only once)",
        r"must not go from \w+ to \w+",
        r"must be there: no key is stored for this address",
    ],
    "other parts of a design": [
        r"must have weights that add up to 10000 ten-thousandths",
        r"must have two arms or more with a weight above 0",
        r"must be above 0, as the first arm is the base",
        r"must be another than that of the other arms",
        r"must be another identifier than hash_attribute",
        r"must be left out (without sticky|in a namespace): .*",
        r"must be less than to_bps",
        r"must not name a segment that any_of names",
        r"must not be chosen twice",
        r"must not be there (but for a guardrail|for a (share|quantile)|with an arm of weight 0|unless arms are sticky.*)",
        r"must be there for a metric that waits for its window to be over",
        r"must have (a primary metric|exactly one primary metric)",
        r"must be 1 to 64 of a-z, 0-9 and _, a letter first, and no other's",
        r"must be (no other's|from 1 to \d{1,5})",
        r"must have an arm for each of the \d+ combinations of levels",
        r"must be both for a method without bounds on one side",
        r"must not be e_benjamini_hochberg but for the method sequential.*",
        r"must be wallet, without a fallback: .*",
        r"must be an object with exactly .*",
        r"must be one of (monthly|percentage|none), .*",
        r"must have 1 to 500 characters, none of them a control character",
        r"must be from 0 to 1 for a share, without a deviation",
        r"must be there for what is no share",
        r"must be chances that add up to 1",
        r"must have an identifier",
        r"must be the name of a metric of the design",
    ],
    "other parts of a referral campaign": [
        r"must be at most \d+ days later than from",
        r"must be later than from, by at most 366 days",
        r"must be at least 1 and below within_days",
        r"must be above the last tier's",
        r"must have one for a side at least",
        r"must be stated, as a tier pays in it",
        r"must be one of the campaign's checks",
        r"must be from 1 to 1",
    ],
    "other parts of recommendation rules": [
        r"must be another one than those before",
        r"must be from 1 to \d{1,4}",
    ],
    "the whole": [
        r"must have at most (100 keys.*|32768 bytes)(, as every property)?",
        r"must be a 64-bit integer or less than 2\^63.*",
    ],
    "what a file holds, which is one text to a schema": [
        r"line \d+: .*",
        r"must not be there; known are (.*, )?message_id, .*",
        r"must not be there; known are amount, channel, currency, day",
        r"must not be there (twice|beside .*)",
    ],
    "the tables of Unicode and of names on the internet": [
        r"must be a company's own registered domain.*",
        r"must be a time zone of the IANA database.*",
        r"must have hosts in lower case and NFC.*",
        r"must have no public suffix.*",
        r"must have channels in lower case.*",
        r"must be a name with a letter or digit",
        r"must be a time zone of the IANA database, as in Europe/Berlin",
        r"must be an https address without user and password.*",
    ],
    "what a template says, and for which channel": [
        r"must be one of the locales",
        r"must (not )?be there for the channel \w+",
        r"must have (1 to|at most) \d+ bytes(, none of them of a control character)?",
        r"must (leave escaping as it is|not be blank|take fewer steps to fill in)",
        r"must contain links\.unsubscribe, as all marketing mail",
        r"must (name a (trait|property)|name one of the blocks) behind \w+.*",
        r"must (use no (names|filters) but|call nothing|name what is there).*",
        r"must have a fallback .* for who has none: it uses .*",
        r"must be of a trait, as in first_name, or of a property, as in event\.plan",
        r"must be a template that can be (read|filled in): line \d+ cannot",
        r"must be empty in the last text, which is for everybody else, and in no other",
        r"must begin with https://( and a host, which is filled in with nothing)?",
        r"must be there, or else traits",
        r"must be List-Unsubscribe=One-Click, or choice=unsubscribe, or choice=topics",
    ],
    "who asks for an inbox, and what is in it": [
        r"must not be there in a wallet's session, which has its own inbox",
        r"must be there, unless a customer's wallet asks",
        r"must be the id of a message in this inbox, or the nil UUID",
    ],
    "where a webhook goes": [
        r"must be a URL, as in https://example\.com/webhooks",
        r"must have (no user and no password|no fragment|another port than 0)",
        r"must be at a public address",
    ],
    "what is there": [
        r"must be the wallet of a member of the sales team",
        r"must be the name of a pipeline of which a version is published",
        r"must test segments that there are",
        r"must be the name of a metric",
        r"must be the name of a segment that there is",
        r"must be those of the mint",
        r"must be a referral code of a wallet of the inviter",
        r"must be (pending, )?qualified or held .*",
        r"must have something due to release.*",
        r"must be given where checks hold the referral back",
        r"must (not )?be used .*",
        r"must be a metric of the design",
        r"must be the key of an arm",
        r"must be the code of an offer that is open.*",
        r"must not shrink while the experiment runs",
        r"must be the id of a person of the organisation.*",
        r"must be a plan of the organisation's Org that has not ended",
        r"must be the code of an offer that is published.*",
        r"must be a message that this site takes.*",
        r"must be a step of the funnel, counted from 1",
        r"must be another one than USD, which the rates are in",
        r"must be 1 to 64 of a-z, 0-9 and _, a letter first, or an alias",
        r"must not be an event that only Tessera writes",
        r"must be the name of an event, .* or an alias in the event registry in force",
        r"must not be the id of another message",
        r"must be (a segment of the book: .*|segments of the price book in force)",
        r"must be the mint of the price book in force",
        r"must be from the plan's floor of .*",
    ],
    "personal data, and ids that programs send for nobody": [
        r"must not be personal data.*",
        r"must not be an e-mail address.*",
        r"must stand for one person.*",
        r"must be an id of 1 to 128 characters that stands for one visitor",
        r"must not begin or end with white space",
    ],
}
WORDS = [re.compile(rule) for rules in SAID_IN_WORDS.values() for rule in rules]


@schemathesis.check
def refused_though_allowed(ctx, response, case):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code == 207:
        refused = [item for item in response.json()["items"] if item["status"] == "rejected"]
    elif response.status_code in (400, 413, 415):
        refused = response.json().get("errors", [])
    else:
        return
    said = lambda it: [it["rule"], f'{it["field"]}: {it["rule"]}']
    unsaid = [it for it in refused if not any(rule.fullmatch(text) for rule in WORDS for text in said(it))]
    if unsaid or not refused:
        raise AssertionError(f"refused though allowed: {unsaid or response.json()}")
