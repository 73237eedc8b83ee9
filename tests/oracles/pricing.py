"""Charges and prices computed by others, for domain/tests/rules/pricing.rs.

Packages, run as they are:
  graduated     OpenFisca-Core: a marginal tax scale is a graduated price, and its marginal amounts
                are the flat fees of the tiers reached (binary floats).
  volume        localstripe: how the fake Stripe bills a tiered plan in volume mode (whole cents).
                Its graduated mode does not end a tier at up_to, and so disagrees with Stripe's own
                documentation; it is not used.
Worked examples, from the pages named in each row's "source".
Where no package was found, a count from the published definition, in exact fractions:
  package       a loop opens one package after another until the units are covered;
  percentage    each transaction by itself;
  price         a month's price made one for a period of months or seconds, factors, amount off, rounding
                and floor in fractions of a token.
"""

import json
import math
import random
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import numpy
from localstripe.resources import SubscriptionItem
from openfisca_core.taxscales import MarginalAmountTaxScale, MarginalRateTaxScale

STRIPE = "https://docs.stripe.com/subscriptions/pricing-models/tiered-pricing"
STRIPE_FLAT = "https://stripe.com/docs/billing/subscriptions/tiers, adding flat fees"
LAGO = "https://getlago.com/docs/guide/plans/charges/charge-models/"
LAGO_TESTS = "figures of the charge model tests of github.com/getlago/lago-api"

rng = random.Random(20260131)
MONTH_SECS = Fraction(1461, 48) * 86_400


def text(value):
    """A fraction whose denominator divides a power of ten, as a decimal."""
    value = Fraction(value)
    decimals = 0
    while (value * 10**decimals).denominator != 1:
        decimals += 1
        assert decimals <= 28, value
    digits = str(abs(value * 10**decimals)).rjust(decimals + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (digits if decimals == 0 else f"{digits[:-decimals]}.{digits[-decimals:]}")


def decimal(low, high, decimals):
    return Fraction(rng.randint(low * 10**decimals, high * 10**decimals), 10**decimals)


def tiers(bounds, prices, fees):
    return [
        {
            "up_to": None if bound is None else text(bound),
            "unit_price": text(price),
            "flat_fee": text(fee),
        }
        for bound, price, fee in zip([*bounds, None], prices, fees, strict=True)
    ]


def tier_bounds(count, scale):
    return sorted(rng.sample(range(1, scale), count))


def graduated_by_openfisca():
    rows = []
    for _ in range(40):
        bounds = tier_bounds(rng.randint(0, 5), 10_000)
        prices = [decimal(0, 20, rng.choice([0, 2, 6])) for _ in range(len(bounds) + 1)]
        fees = [decimal(0, 50, 2) for _ in prices]
        rates, amounts = MarginalRateTaxScale(), MarginalAmountTaxScale()
        for begin, price, fee in zip([0, *bounds], prices, fees, strict=True):
            rates.add_bracket(begin, float(price))
            amounts.add_bracket(begin, float(fee))
        usages = [decimal(0, 12_000, rng.choice([0, 3])) + 1 for _ in range(3)] + bounds[:2]
        used = numpy.array([float(units) for units in usages])
        totals = rates.calc(used) + amounts.calc(used)
        for units, total in zip(usages, totals, strict=True):
            rows.append(
                {
                    "model": {"model": "graduated", "tiers": tiers(bounds, prices, fees)},
                    "usage": {"units": text(units)},
                    "amount": float(total),
                }
            )
    return rows


def volume_by_localstripe():
    rows = []
    for _ in range(40):
        bounds = tier_bounds(rng.randint(0, 5), 10_000)
        cents = [rng.randint(0, 2_000) for _ in range(len(bounds) + 1)]
        fees = [rng.randint(0, 5_000) for _ in cents]
        plan = SimpleNamespace(
            billing_scheme="tiered",
            tiers_mode="volume",
            tiers=[
                {"up_to": bound, "unit_amount": price, "flat_amount": fee}
                for bound, price, fee in zip([*bounds, "inf"], cents, fees, strict=True)
            ],
        )
        for units in [rng.randint(1, 12_000), *bounds[:2], *[bound + 1 for bound in bounds[:2]]]:
            item = SimpleNamespace(plan=plan, quantity=units)
            item._calculate_amount_in_tier = SubscriptionItem._calculate_amount_in_tier.__get__(item)
            total = SubscriptionItem._calculate_amount(item)
            in_dollars = [Fraction(amount, 100) for amount in cents]
            fees_in_dollars = [Fraction(amount, 100) for amount in fees]
            rows.append(
                {
                    "model": {
                        "model": "volume",
                        "tiers": tiers(bounds, in_dollars, fees_in_dollars),
                    },
                    "usage": {"units": text(units)},
                    "amount": text(Fraction(total, 100)),
                }
            )
    return rows


def published_examples():
    rows = []

    def add(source, model, usage, amount):
        usage = {"transactions": usage} if isinstance(usage, list) else {"units": usage}
        rows.append({"source": source, "model": model, "usage": usage, "amount": amount})

    def tiered(model, bounds, prices, fees=None):
        fees = fees or [0] * len(prices)
        return {"model": model, "tiers": tiers(bounds, map(Fraction, prices), fees)}

    fonts = ([5, 10], ["7", "6.5", "6"])
    for units, total in [("1", "7"), ("5", "35"), ("6", "39"), ("20", "120"), ("25", "150")]:
        add(STRIPE, tiered("volume", *fonts), units, total)
    for units, total in [("1", "7"), ("5", "35"), ("6", "41.5"), ("20", "127.5"), ("25", "157.5")]:
        add(STRIPE, tiered("graduated", *fonts), units, total)

    # Its examples do not reach the two highest tiers, whose fees are made up here.
    flat = ([5, 10, 15, 20], ["5", "4", "3", "2", "1"], [10, 20, 30, 40, 50])
    for model, units, total in [
        ("volume", "12", "66"),
        ("graduated", "12", "111"),
        ("volume", "0", "10"),
        ("graduated", "0", "10"),
    ]:
        add(STRIPE_FLAT, tiered(model, *flat), units, total)

    calls = ([10_000, 50_000, 100_000], ["0.001", "0.0008", "0.0006", "0.0004"], [10] * 4)
    add(LAGO + "volume", tiered("volume", *calls), "65000", "49")

    package = {"model": "package", "amount": "5", "package_size": 100, "free_units": 100}
    add(LAGO + "package", package, "201", "10")
    for free, total in [(0, "1300"), (10, "1200"), (200, "0")]:
        package = {"model": "package", "amount": "100", "package_size": 10, "free_units": free}
        add(LAGO_TESTS, package, "121", total)

    ranges = ([10, 20], ["10", "5", "5"], [2, 3, 3])
    for units, total in [("0", "2"), ("1", "12"), ("10", "102"), ("11", "110"), ("21", "163")]:
        add(LAGO_TESTS, tiered("graduated", *ranges), units, total)
    parts = ([Fraction(1, 10), 1], ["10", "5", "2"])
    for units, total in [("0.05", "0.5"), ("0.5", "3")]:
        add(LAGO_TESTS, tiered("graduated", *parts), units, total)

    for fee, least, most, total in [
        ("0", None, None, "301.691"),
        ("0", "1.75", "12", "16.142"),
        ("2", "1.75", "12", "18.691"),
    ]:
        share = {
            "model": "percentage",
            "rate": "0.0299",
            "fixed_fee": fee,
            "minimum": least,
            "maximum": most,
        }
        add(LAGO_TESTS, share, ["10", "80", "10000"], total)
    return rows


def package_by_counting():
    rows = []
    for _ in range(60):
        size, free = rng.randint(1, 500), rng.choice([0, rng.randint(0, 2_000)])
        amount = decimal(0, 30, 4)
        units = rng.choice([free + size * rng.randint(0, 20), decimal(0, 5_000, 3)])
        opened, covered = 0, Fraction(free)
        while covered < units:
            opened, covered = opened + 1, covered + size
        rows.append(
            {
                "model": {
                    "model": "package",
                    "amount": text(amount),
                    "package_size": size,
                    "free_units": free,
                },
                "usage": {"units": text(units)},
                "amount": text(sum((amount for _ in range(opened)), Fraction(0))),
            }
        )
    return rows


def percentage_by_transaction():
    rows = []
    for _ in range(60):
        rate, fee = decimal(0, 1, 4) / rng.choice([1, 10]), decimal(0, 2, 2)
        least, most = sorted([decimal(0, 40, 2), decimal(0, 40, 2)])
        least, most = rng.choice([None, least]), rng.choice([None, most])
        values = [decimal(0, 2_000, 2) for _ in range(rng.randint(0, 6))]
        total = Fraction(0)
        for value in values:
            cost = value * rate + fee
            if least is not None and cost < least:
                cost = least
            if most is not None and cost > most:
                cost = most
            total += cost
        rows.append(
            {
                "model": {
                    "model": "percentage",
                    "rate": text(rate),
                    "fixed_fee": text(fee),
                    "minimum": None if least is None else text(least),
                    "maximum": None if most is None else text(most),
                },
                "usage": {"transactions": [text(value) for value in values]},
                "amount": text(total),
            }
        )
    return rows


def months_of(period):
    ((unit, length),) = period.items()
    return Fraction(length) if unit == "months" else length / MONTH_SECS


def price_in_fractions():
    rows = []
    for _ in range(160):
        decimals = rng.choice([0, 2, 6, 9])
        unit = Fraction(1, 10**decimals)
        base = decimal(1, 5_000, min(decimals, 2))
        quantity = rng.randint(1, 40)
        factors = [Fraction(rng.randint(30, 100), 100) for _ in range(rng.randint(0, 4))]
        floor_factor = Fraction(rng.randint(5, 90), 100)
        offer = rng.choice([None, "factor", "amount"])
        best_only = rng.random() < 0.3
        period = rng.choice(
            [
                {"months": 1},
                {"months": rng.randint(2, 36)},
                {"secs": rng.choice([7, 30, 90, 365]) * 86_400},
                {"secs": rng.randint(3_600, 40_000_000)},
            ]
        )
        months = months_of(period)

        list_price = math.floor(base * quantity * months / unit) * unit
        reductions = [lambda amount, factor=factor: amount * factor for factor in factors]
        offer_value = None
        if offer == "factor":
            offer_value = Fraction(rng.randint(1_000, 10_000), 10_000)
            reductions.append(lambda amount: amount * offer_value)
        elif offer == "amount":
            offer_value = decimal(0, 300, 1) + Fraction(1, 2)
            taken = math.ceil(offer_value * months / unit) * unit if months != 1 else offer_value
            reductions.append(lambda amount, taken=taken: max(amount - taken, Fraction(0)))
        if best_only:
            price = min([list_price, *(reduction(list_price) for reduction in reductions)])
        else:
            price = list_price
            for reduction in reductions:
                price = reduction(price)
        price = math.floor(price / unit) * unit
        price = max(price, math.ceil(list_price * floor_factor / unit) * unit)
        rows.append(
            {
                "decimals": decimals,
                "period": period,
                "base": text(base),
                "quantity": quantity,
                "factors": [text(factor) for factor in factors],
                "mode": "best_only" if best_only else "multiply",
                "floor_factor": text(floor_factor),
                "offer": offer,
                "offer_value": None if offer_value is None else text(offer_value),
                "price": text(price),
            }
        )
    return rows


def main():
    fixture = {
        "versions": {
            "openfisca-core": version("openfisca-core"),
            "localstripe": version("localstripe"),
        },
        "graduated_openfisca": graduated_by_openfisca(),
        "volume_localstripe": volume_by_localstripe(),
        "published": published_examples(),
        "package_counted": package_by_counting(),
        "percentage_counted": percentage_by_transaction(),
        "price_counted": price_in_fractions(),
    }
    path = Path(__file__).parent / "fixtures" / "pricing.json"
    groups = []
    for name, value in fixture.items():
        if isinstance(value, list):
            lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in value)
            groups.append(f"{json.dumps(name)}: [\n{lines}\n]")
        else:
            groups.append(f"{json.dumps(name)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(groups) + "\n}\n")


if __name__ == "__main__":
    main()
