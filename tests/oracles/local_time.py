"""Writes fixtures/local_time.json: when clocks of the world show an hour, by Python's zoneinfo over the tzdata
package, found by going from minute to minute.

`next` is the first minute after `from` at which a clock of the zone shows at least `time` of the day that it
shows at `from` or a later one. `quiet_until` is the end of quiet hours: the minute after the last one before
which the clock shows a quiet minute, counted from `from`, with the other one of a doubled hour taken in.
"""

import json
import random
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

# The package's data alone, never the machine's.
reset_tzpath(to=())

UTC = timezone.utc
MINUTE = timedelta(minutes=1)


def shows(zone, at):
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def next_at(zone, start, minutes):
    """The first minute after `start` that begins a day's time of `minutes`."""
    day = shows(zone, start).date()
    while True:
        wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
        at = wanted.replace(tzinfo=UTC) - timedelta(hours=30)
        while shows(zone, at) < wanted:
            at += MINUTE
        if at > start:
            return at
        day += timedelta(days=1)


def quiet(minutes, begin, end):
    return begin <= minutes < end if begin < end else minutes >= begin or minutes < end


def quiet_until(zone, start, begin, end):
    minute = lambda at: shows(zone, at).hour * 60 + shows(zone, at).minute
    if not quiet(minute(start), begin, end):
        return None
    at = start.replace(second=0)
    while quiet(minute(at), begin, end):
        at += MINUTE
    # A clock that is put back may come into the quiet hours once more within the next two hours.
    again = at
    for _ in range(120):
        again += MINUTE
        if quiet(minute(again), begin, end) and shows(zone, again) < shows(zone, at) + timedelta(minutes=1):
            while quiet(minute(again), begin, end):
                again += MINUTE
            return again
    return at


def main():
    chance = random.Random(14)
    # Clocks put forward and back, at midnight and by half an hour; laws that changed lately; odd offsets.
    zones = [
        "Europe/Berlin", "America/New_York", "America/Nuuk", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe",
        "Pacific/Chatham", "America/Santiago", "Africa/Casablanca", "Asia/Kathmandu", "America/Havana", "UTC",
    ]
    cases = []
    for name in zones:
        zone = ZoneInfo(name)
        changes, at = [], datetime(2026, 1, 1, tzinfo=UTC)
        while at < datetime(2028, 1, 1, tzinfo=UTC):
            if zone.utcoffset(at.astimezone(zone)) != zone.utcoffset((at + timedelta(minutes=30)).astimezone(zone)):
                changes.append(at)
            at += timedelta(minutes=30)
        moments = [datetime(2026, 12, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(60 * 24 * 300)) for _ in range(6)]
        for change in changes:
            moments += [change + timedelta(minutes=chance.randrange(-1_600, 200)) for _ in range(6)]
        for start in moments:
            near = shows(zone, start)
            minutes = chance.choice([chance.randrange(1_440), chance.randrange(200), near.hour * 60 + near.minute])
            begin, end = chance.choice([(1_320, 480), (0, 150), (60, 90), (1_380, 30)])
            ends = quiet_until(zone, start, begin, end)
            cases.append({
                "zone": name,
                "from": int(start.timestamp()),
                "time": f"{minutes // 60:02}:{minutes % 60:02}",
                "next": int(next_at(zone, start, minutes).timestamp()),
                "quiet": [f"{it // 60:02}:{it % 60:02}" for it in (begin, end)],
                "quiet_until": ends and int(ends.timestamp()),
            })
    offsets = {
        name: int(ZoneInfo(name).utcoffset(datetime(2026, 12, 1, 12, tzinfo=ZoneInfo(name))).total_seconds())
        for name in sorted(__import__("zoneinfo").available_timezones())
        if "/" in name and not name.startswith(("posix/", "right/", "Etc/", "SystemV/"))
    }
    written = {"made_by": {"tzdata": version("tzdata")}, "offsets_on_2026_12_01": offsets, "cases": cases}
    path = Path(__file__).parent / "fixtures" / "local_time.json"
    path.write_text(json.dumps(written, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
