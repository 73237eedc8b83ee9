"""Working time counted minute by minute with Python's zoneinfo, for domain/tests/rules/leads/working_hours.rs.

A minute is worked if the clock of the zone shows an open time in it, by the definition; zoneinfo reads the
package tzdata and nothing of the system. Each row asks when so many seconds have been worked since a moment,
and how many are worked until another one.
"""

import json
import random
import zoneinfo
from datetime import datetime, timezone
from pathlib import Path

zoneinfo.reset_tzpath([])
rng = random.Random(20261130)
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

# Nights in which clocks are set: by an hour, by half an hour, at midnight, and not at all.
NIGHTS = [
    ("Europe/Zurich", "2026-03-29"), ("Europe/Zurich", "2026-10-25"),
    ("America/New_York", "2026-03-08"), ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"), ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Cairo", "2026-04-24"), ("Africa/Cairo", "2026-10-30"),
    ("America/Santiago", "2026-04-05"), ("America/Santiago", "2026-09-06"),
    ("Asia/Kathmandu", "2026-06-01"), ("UTC", "2026-12-31"),
]  # fmt: skip


def clock(minutes):
    return f"{minutes // 60:02}:{minutes % 60:02}"


def moment(secs):
    return datetime.fromtimestamp(secs, timezone.utc).isoformat().replace("+00:00", "Z")


def day_hours():
    """Up to three stretches of a day, not all of whole hours; some days end at 24:00."""
    count = rng.choice([0, 1, 1, 2, 3])
    bounds = sorted(rng.sample(range(0, 24 * 60 + 1, 15), 2 * count))
    return [(bounds[at], bounds[at + 1]) for at in range(0, 2 * count, 2)]


def is_open(secs, zone, week, holidays):
    shown = datetime.fromtimestamp(secs, zone)
    minute = shown.hour * 60 + shown.minute
    spans = week[shown.weekday()]
    return shown.date().isoformat() not in holidays and any(low <= minute < high for low, high in spans)


def row(name, night):
    zone = zoneinfo.ZoneInfo(name)
    week = [day_hours() for _ in DAYS]
    if not any(week):
        week[rng.randrange(7)] = [(0, 24 * 60)]
    midnight = int(datetime.fromisoformat(f"{night}T00:00:00+00:00").timestamp())
    start = midnight + 60 * rng.randint(-2 * 24 * 60, 12 * 60)
    holidays = [moment(midnight + 86_400 * rng.randint(-2, 6))[:10] for _ in range(rng.choice([0, 0, 1, 2]))]
    secs = 60 * rng.choice([1, 30, 60, rng.randint(1, 600), rng.randint(1, 3000)])
    until = start + 60 * rng.randint(-60, 5 * 24 * 60)
    worked, at, between, minute = 0, start, 0, start
    while worked < secs:
        worked += 60 if is_open(at, zone, week, holidays) else 0
        at += 60
    while minute < until:
        between += 60 if is_open(minute, zone, week, holidays) else 0
        minute += 60
    return {
        "hours": {
            "zone": name,
            "week": {
                day: [{"from": clock(low), "until": clock(high)} for low, high in spans]
                for day, spans in zip(DAYS, week)
                if spans
            },
            "holidays": sorted(set(holidays)),
        },
        "from": moment(start),
        "secs": secs,
        "after": moment(at),
        "until": moment(until),
        "between": between,
    }


def main():
    rows = [row(*night) for night in NIGHTS for _ in range(12)]
    path = Path(__file__).parent / "fixtures" / "working_hours.json"
    lines = ",\n".join(json.dumps(it, separators=(",", ":")) for it in rows)
    path.write_text('{\n"rows": [\n' + lines + "\n]\n}\n")


if __name__ == "__main__":
    main()
