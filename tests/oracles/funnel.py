"""Levels of seeded event logs by ClickHouse's windowFunnel, run in process by chDB.

Writes fixtures/funnel.json. Per case: a funnel definition and, per person, the events as [second,
name] and the level in four modes: default, strict_once, strict_order, strict_order with strict_once.
"""

import json
import random
from importlib.metadata import version
from pathlib import Path

import chdb

MODES = [[], ["strict_once"], ["strict_order"], ["strict_order", "strict_once"]]
DAY = 86_400


def case(name, steps, window, persons, seconds, events, noise):
    """`steps` lists the event names of each step; times are drawn from `seconds`."""
    rng = random.Random(f"funnel {name}")
    names = sorted({event for step in steps for event in step})
    logs = []
    for _ in range(persons):
        count = rng.randint(1, events)
        drawn = [rng.choice(noise) if rng.random() < 0.1 else rng.choice(names) for _ in range(count)]
        if rng.random() < 0.3:
            # A person who walks the funnel, disturbed by what else is drawn.
            drawn[: len(steps)] = [rng.choice(step) for step in steps]
            times = sorted(rng.randrange(seconds) for _ in drawn)
        else:
            times = [rng.randrange(seconds) for _ in drawn]
        log = [list(event) for event in zip(times, drawn)]
        rng.shuffle(log)
        logs.append(log)
    definition = {
        "mode": "ordered",
        "steps": [
            {"name": f"step {index}", "any_of": [{"event": event} for event in step]}
            for index, step in enumerate(steps, start=1)
        ],
        "window_secs": window,
    }
    levels = levels_of(steps, window, logs)
    rows = [[log, [by_mode[person] for by_mode in levels]] for person, log in enumerate(logs)]
    return {"name": name, "definition": definition, "persons": rows}


def levels_of(steps, window, logs):
    rows = ",".join(
        f"({person},{second},'{event}')"
        for person, log in enumerate(logs)
        for second, event in log
    )
    conditions = ["event IN (" + ",".join(f"'{event}'" for event in step) + ")" for step in steps]
    answers = []
    for mode in MODES:
        parameters = ", ".join([str(window)] + [f"'{word}'" for word in mode])
        # Events of no step are left out: in strict_order they would end the history.
        sql = f"""
            SELECT person, windowFunnel({parameters})(second, {", ".join(conditions)}) AS level
            FROM values('person UInt32, second UInt64, event String', {rows})
            WHERE {" OR ".join(conditions)}
            GROUP BY person ORDER BY person FORMAT JSONCompactEachRow
        """
        found = dict(json.loads(line) for line in str(chdb.query(sql)).splitlines())
        answers.append([found.get(person, 0) for person in range(len(logs))])
    return answers


def main():
    stages = [
        ["page_viewed", "referral_clicked"],
        ["whitepaper_downloaded", "demo_requested", "pricing_page_visited"],
        ["sales_demo_held", "technical_consultation_held", "roi_calculator_used"],
        ["subscribed"],
    ]
    letters = [[letter] for letter in "abcdefgh"]
    cases = [
        case("ties", letters[:4], 6, 300, 12, 12, ["z"]),
        case("all at one moment", letters[:3], 1, 40, 1, 5, ["z"]),
        case("long", letters, 30, 100, 60, 25, ["z"]),
        case("repeated steps", [["a"], ["b"], ["a"], ["a"]], 8, 250, 14, 10, ["z"]),
        case("same step twice", [["a"], ["a"], ["b"]], 5, 150, 8, 7, ["z"]),
        case("overlapping steps", [["a", "b"], ["b", "c"], ["a", "c"]], 5, 250, 9, 8, ["z"]),
        case("default stages", stages, 90 * DAY, 150, 240 * DAY, 14, ["logged_in"]),
    ]
    fixture = {
        "versions": {"chdb": version("chdb"), "clickhouse": str(chdb.query("SELECT version()")).strip('"\n')},
        "cases": cases,
    }
    path = Path(__file__).parent / "fixtures" / "funnel.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
