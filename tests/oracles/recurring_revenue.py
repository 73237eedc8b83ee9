"""The parts of monthly recurring revenue, by saas-metrics.

Payments are generated; pandas takes from them each wallet's recurring revenue in the last instant of each
month (a payment as of a moment: merge_asof), and saas-metrics names and sums the movements between months.
A month is a calendar month, or 365.25 / 12 days where a period is stated in seconds. Prices are chosen so that
an amount a month is a whole number of cents, which is what saas-metrics counts in. Run from the root of the repository: python tests/oracles/recurring_revenue.py"""

import json
import random
from datetime import date
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import saas_metrics

FIXTURE = Path(__file__).parent / "fixtures" / "recurring_revenue.json"
DAY = 86_400
MONTHS = pd.date_range("2024-01-01", periods=25, freq="MS", tz="UTC")
MONTH_DAYS = Fraction(1461, 48)
PERIODS = [("secs", 7), ("secs", 30), ("months", 1), ("months", 1), ("months", 3), ("secs", 90), ("months", 12)]
CENT = 10_000  # smallest units of a mint with 6 decimals


def months(period):
    unit, length = period
    return Fraction(length) if unit == "months" else length / MONTH_DAYS


def amount(cents_per_month, period):
    smallest_units = cents_per_month * CENT * months(period)
    assert smallest_units.denominator == 1
    return int(smallest_units)


def cents(seeded):
    return 487 * seeded.randrange(1, 120)


def end(at, period):
    unit, length = period
    if unit == "secs":
        return at + length * DAY
    return int((pd.Timestamp(at, unit="s") + pd.DateOffset(months=length)).timestamp())


def payments():
    seeded = random.Random(3)
    start, last = int(MONTHS[0].timestamp()), int(MONTHS[-1].timestamp())
    subscription = 0
    for wallet in range(60):
        for mint in range(1 + (wallet % 4 == 0)):
            # Early in a month and paid for 30 days: a wallet's first revenue is there at a month's end, which
            # is where saas-metrics looks for it.
            month = seeded.choice(MONTHS[:20]) if wallet else MONTHS[0]
            first = month + pd.Timedelta(seconds=seeded.randrange(3 * DAY, 20 * DAY))
            for number in range(seeded.choice([1, 1, 2, 3])):
                subscription += 1
                at = int(first.timestamp())
                period = ("months", 1)
                if number:
                    at = seeded.randrange(at, last)
                    period = seeded.choice(PERIODS)
                price = cents(seeded)
                paid_through = 0
                while start <= at < last:
                    paid_through = end(max(paid_through, at), period)
                    yield {
                        "wallet": wallet, "mint": mint, "subscription": subscription, "at": at,
                        "amount": amount(price, period), "period": period,
                        "paid_through": paid_through,
                    }
                    fate = seeded.random()
                    if fate < 0.05:
                        break
                    if fate < 0.15:
                        at = paid_through + seeded.randrange(DAY, 120 * DAY)
                    elif fate < 0.2:
                        at = paid_through + seeded.randrange(0, 3_600)
                    elif fate < 0.25:
                        # Signed anew before the paid time ended.
                        at = at + seeded.randrange(1, end(at, period) - at)
                    else:
                        at = paid_through
                    if fate < 0.25 and seeded.random() < 0.6:
                        price = cents(seeded)


def written(value):
    """A period as billing_period.rs reads it; any other value as it is."""
    if not isinstance(value, tuple):
        return value
    unit, length = value
    return {unit: length * DAY if unit == "secs" else length}


def month_ends(paid):
    """Cents a month of each wallet that pays in the last second of each month."""
    ends = pd.DataFrame({"moment": [int(month.timestamp()) - 1 for month in MONTHS[1:]]})
    ends["month"] = [(month - pd.Timedelta(days=1)).date() for month in MONTHS[1:]]
    for (wallet, subscription), group in paid.groupby(["wallet", "subscription"]):
        latest = pd.merge_asof(ends, group.sort_values("at"), left_on="moment", right_on="at")
        latest = latest[latest["moment"] < latest["paid_through"]]
        per_month = [Fraction(int(row.amount)) / months(row.period) / CENT for row in latest.itertuples()]
        assert all(it.denominator == 1 for it in per_month)
        per_month = pd.Series([int(it) for it in per_month], index=latest.index, dtype=int)
        yield pd.DataFrame({"customer_id": wallet, "period": latest["month"], "cents": per_month})


def movements(paid):
    lines = pd.concat(month_ends(paid))
    lines["cents"] = lines["cents"].astype(int)
    lines["revenue"] = [f"{cents // 100}.{cents % 100:02}" for cents in lines["cents"]]
    report = saas_metrics.analyze(lines[["customer_id", "period", "revenue"]], today=date(2030, 1, 1), allow_warnings=True)
    assert report.ok, report.checks
    names = {
        "opening": "beginning", "new": "new_logo", "expansion": "expansion", "reactivation": "reactivation",
        "contraction": "contraction", "churn": "churn", "closing": "ending",
    }
    wallets = {
        "new": "new_logos", "reactivation": "reactivated_logos", "churn": "churned_logos",
        "closing": "active_logos",
    }
    for row in report.waterfall.to_dict("records"):
        cents = {ours: round(float(row[theirs]) * 100) for ours, theirs in names.items()}
        yield {
            "month": pd.Timestamp(row["period_end"]).strftime("%Y-%m"),
            "smallest_units": {name: str(value * CENT) for name, value in cents.items()},
            "wallets": {ours: int(row[theirs]) for ours, theirs in wallets.items()},
        }


paid = pd.DataFrame(payments())
fixture = {
    "versions": {name: version(name) for name in ("saas-metrics", "pandas", "duckdb")},
    "columns": list(paid.columns),
    "payments": [[written(it) for it in row] for row in paid.values.tolist()],
    "movements": [
        {"mint": int(mint), **month} for mint, group in paid.groupby("mint") for month in movements(group)
    ],
}
FIXTURE.write_text(json.dumps(fixture, separators=(",", ":")).replace("],[", "],\n[") + "\n")
