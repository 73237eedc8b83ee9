"""The parts of monthly recurring revenue, by saas-metrics.

Payments are generated; pandas takes from them each wallet's recurring revenue in the last instant of each
month (a payment as of a moment: merge_asof), and saas-metrics names and sums the movements between months.
Periods and prices are chosen so that an amount per 30 days is a whole number of cents, which is what
saas-metrics counts in. Run from the root of the repository: python tests/oracles/recurring_revenue.py"""

import json
import random
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import saas_metrics

FIXTURE = Path(__file__).parent / "fixtures" / "recurring_revenue.json"
DAY = 86_400
MONTHS = pd.date_range("2024-01-01", periods=25, freq="MS", tz="UTC")
PERIOD_DAYS = [7, 30, 30, 30, 31, 90, 360]
CENT = 10_000  # smallest units of a mint with 6 decimals


def amount(cents_per_month, period_days):
    smallest_units = cents_per_month * CENT * period_days
    assert smallest_units % 30 == 0
    return smallest_units // 30


def payments():
    seeded = random.Random(3)
    start, end = int(MONTHS[0].timestamp()), int(MONTHS[-1].timestamp())
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
                period_days = 30
                if number:
                    at = seeded.randrange(at, end)
                    period_days = seeded.choice(PERIOD_DAYS)
                cents = 3 * seeded.randrange(100, 20_000)
                paid_through = 0
                while start <= at < end:
                    paid_through = max(paid_through, at) + period_days * DAY
                    yield {
                        "wallet": wallet, "mint": mint, "subscription": subscription, "at": at,
                        "amount": amount(cents, period_days), "period_secs": period_days * DAY,
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
                        at = at + seeded.randrange(1, period_days * DAY)
                    else:
                        at = paid_through
                    if fate < 0.25 and seeded.random() < 0.6:
                        cents = 3 * seeded.randrange(100, 20_000)


def month_ends(paid):
    """Cents per 30 days of each wallet that pays in the last second of each month."""
    ends = pd.DataFrame({"moment": [int(month.timestamp()) - 1 for month in MONTHS[1:]]})
    ends["month"] = [(month - pd.Timedelta(days=1)).date() for month in MONTHS[1:]]
    for (wallet, subscription), group in paid.groupby(["wallet", "subscription"]):
        latest = pd.merge_asof(ends, group.sort_values("at"), left_on="moment", right_on="at")
        latest = latest[latest["moment"] < latest["paid_through"]]
        per_month = latest["amount"] * (30 * DAY) // latest["period_secs"]
        assert (per_month % CENT == 0).all()
        yield pd.DataFrame({"customer_id": wallet, "period": latest["month"], "cents": per_month // CENT})


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
    "payments": paid.values.tolist(),
    "movements": [
        {"mint": int(mint), **month} for mint, group in paid.groupby("mint") for month in movements(group)
    ],
}
FIXTURE.write_text(json.dumps(fixture, separators=(",", ":")).replace("],[", "],\n[") + "\n")
