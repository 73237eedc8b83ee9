"""What a mining farm earns, in exact fractions, for domain/tests/rules/leads/mining.rs.

No package was found that computes a plan's worth, so everything is counted from the published formulas with
Python's fractions, month by month, and rounded once when it is written:
  blocks a day    hashes a day over difficulty * 2^32 (Rosenfeld, arXiv:1112.4980, section 2), or the share
                  of the network's hash rate times the blocks that come;
  published       figures of others: the two examples of bitcoin.stackexchange.com/questions/18629, and the
                  hash rate that a difficulty implies in medium.com/chainalysis/bitcoin-mining-calculations.
"""

import json
import math
import random
from fractions import Fraction
from pathlib import Path

MONTH_DAYS = Fraction(1461, 48)
STEPS = [-50, -25, -10, 0, 10, 25, 50]
PARTS = {"pool_fee", "uptime", "power_saved", "uptime_gained"}
# In the order in which bars of the same width are listed.
INPUTS = [
    "terahashes", "watts", "power_price", "pool_fee", "network", "block_reward", "block_fees", "coin_price",
    "hardware_price", "uptime", "difficulty_growth", "monthly_price", "power_saved", "uptime_gained",
]  # fmt: skip

rng = random.Random(20261130)


def shown(value, decimals=8):
    """Rounded half away from zero, without zeros at the end."""
    scaled = abs(value) * 10**decimals
    digits = math.floor(scaled + Fraction(1, 2))
    text = str(digits).rjust(decimals + 1, "0")
    text = f"{text[:-decimals]}.{text[-decimals:]}".rstrip("0").rstrip(".")
    return "-" + text if value < 0 and digits else text


def day(farm, hardness=Fraction(1)):
    """Coins, revenue and cost of a day."""
    hashes = farm["terahashes"] * 10**12 * 86_400
    if farm["block_secs"] is None:
        blocks = hashes / (farm["network"] * 2**32)
    else:
        blocks = hashes / (farm["network"] * 10**12 * farm["block_secs"])
    paid = (farm["block_reward"] + farm["block_fees"]) * (1 - farm["pool_fee"])
    coins = blocks / hardness * farm["uptime"] * paid
    cost = farm["watts"] / 1000 * 24 * farm["uptime"] * farm["power_price"]
    return coins, coins * farm["coin_price"], cost


def profit(farm, hardness=Fraction(1)):
    _, revenue, cost = day(farm, hardness)
    return revenue - cost


def improved(farm):
    watts = farm["watts"] * (1 - farm["power_saved"])
    return farm | {"watts": watts, "uptime": min(Fraction(1), farm["uptime"] + farm["uptime_gained"])}


def daily(farm):
    coins, revenue, cost = day(farm)
    figures = {"coins": coins, "revenue": revenue, "cost": cost, "profit": revenue - cost}
    return {name: shown(value) for name, value in figures.items()}


def year_profit(farm):
    months = (profit(farm, (1 + farm["difficulty_growth"]) ** month) for month in range(12))
    return sum(max(Fraction(0), it) for it in months) * MONTH_DAYS


def break_even(farm):
    """Days, or why there are none. Of a farm that is never paid, the last profitable month says why."""
    owed, last = farm["hardware_price"], None
    for month in range(120):
        if owed == 0:
            return shown(Fraction(math.ceil(month * MONTH_DAYS))), None
        earned = max(Fraction(0), profit(farm, (1 + farm["difficulty_growth"]) ** month))
        if earned:
            last = month
        if owed <= earned * MONTH_DAYS:
            return shown(Fraction(math.ceil(month * MONTH_DAYS + owed / earned))), None
        owed -= earned * MONTH_DAYS
    if farm["difficulty_growth"] < 0 or last == 119:
        return None, "beyond_horizon"
    return None, "no_profit" if last is None else "profit_ends_before"


def answer(value, reason):
    return {"value": value, "reason": reason}


def quotient(of, whole, reason):
    return answer(None, reason) if whole == 0 else answer(shown(of / whole), None)


def forecast(farm):
    profit_ = year_profit(farm)
    return {
        "year_profit": shown(profit_),
        "year_result": shown(profit_ - farm["hardware_price"]),
        "break_even_days": answer(*break_even(farm)),
    }


def first_year(farm):
    return year_profit(improved(farm)) - farm["hardware_price"] - 12 * farm["monthly_price"]


def plan(farm):
    gain = profit(improved(farm)) - profit(farm)
    price = farm["monthly_price"]
    if price == 0:
        payback = answer("0", None)
    elif gain <= 0:
        payback = answer(None, "no_gain")
    else:
        payback = answer(shown(Fraction(math.ceil(price / gain))), None)
    return {
        "daily": daily(improved(farm)),
        "daily_gain": shown(gain),
        "monthly_net_gain": shown(gain * MONTH_DAYS - price),
        "gain_per_price": quotient(gain * MONTH_DAYS, price, "no_price"),
        "payback_days": payback,
    }


def bars(farm):
    rows = []
    for place, name in enumerate(INPUTS):
        ends = []
        for factor in (Fraction(9, 10), Fraction(11, 10)):
            value = farm[name] * factor
            value = min(value, Fraction(1)) if name in PARTS else value
            ends.append(first_year(farm | {name: value}))
        rows.append((-abs(ends[1] - ends[0]), place, name, ends))
    return [
        {"input": name, "lower": shown(ends[0]), "higher": shown(ends[1]), "swing": shown(-swing)}
        for swing, _, name, ends in sorted(rows)
    ]


def report(farm):
    _, revenue, _ = day(farm)
    kilowatt_hours = farm["watts"] / 1000 * 24 * farm["uptime"]
    return {
        "daily": daily(farm),
        "margin": quotient(profit(farm), revenue, "no_revenue"),
        "break_even_power_price": quotient(revenue, kilowatt_hours, "no_power_draw"),
        "forecast": forecast(farm),
        "forecast_with_plan": forecast(improved(farm)),
        "plan": plan(farm),
        "first_year": shown(first_year(farm)),
        "sensitivity": [
            {
                "price_percent": price,
                "difficulty_percent": difficulty,
                "profit": shown(
                    profit(
                        farm | {"coin_price": farm["coin_price"] * Fraction(100 + price, 100)},
                        Fraction(100 + difficulty, 100),
                    )
                ),
            }
            for price in STEPS
            for difficulty in STEPS
        ],
        "tornado": bars(farm),
    }


def stated(farm):
    """The inputs as they are sent."""
    text = {name: shown(farm[name], 12) for name in INPUTS if name != "network"}
    effect = {name: text.pop(name) for name in ("monthly_price", "power_saved", "uptime_gained")}
    if farm["block_secs"] is None:
        network = {"kind": "difficulty", "difficulty": shown(farm["network"], 12)}
    else:
        network = {"kind": "hash_rate", "terahashes": shown(farm["network"], 12), "block_secs": farm["block_secs"]}
    return text | {"network": network, "plan": effect}


def number(low, high, decimals):
    return Fraction(rng.randint(low * 10**decimals, high * 10**decimals), 10**decimals)


def farm():
    """A farm like those that there are, with some of its inputs at an edge."""
    terahashes = number(1, 200_000, 2)
    by_hash_rate = rng.random() < 0.4
    made = {
        "terahashes": terahashes,
        "watts": terahashes * number(12, 40, 1),
        "power_price": number(0, 1, 3) / 5,
        "pool_fee": number(0, 4, 2) / 100,
        "network": number(10**8, 2 * 10**9, 0) if by_hash_rate else number(10**13, 3 * 10**14, 2),
        "block_secs": rng.choice([600, 150, 60]) if by_hash_rate else None,
        "block_reward": rng.choice([Fraction(25, 8), Fraction(25, 16), Fraction(25, 4)]),
        "block_fees": number(0, 1, 8) / 4,
        "coin_price": number(10_000, 150_000, 2),
        "hardware_price": terahashes * number(2, 40, 2),
        "uptime": number(0, 1, 4) / 5 + Fraction(4, 5),
        "difficulty_growth": number(-5, 6, 3) / 100,
        "monthly_price": rng.choice([Fraction(1999), Fraction(99), Fraction(149925, 100)]),
        "power_saved": number(0, 10, 2) / 100,
        "uptime_gained": number(0, 5, 2) / 100,
    }
    for name in rng.sample(
        ["watts", "power_price", "coin_price", "hardware_price", "monthly_price", "power_saved", "block_fees"],
        rng.choice([0, 0, 0, 1, 2]),
    ):
        made[name] = Fraction(0)
    if rng.random() < 0.15:
        made["uptime_gained"] = made["power_saved"] = Fraction(0)
    if rng.random() < 0.1:
        made["uptime"] = rng.choice([Fraction(0), Fraction(1)])
    return made


def published():
    """Farms of others, and what they say that these earn: coins a day."""
    bare = {name: Fraction(0) for name in INPUTS} | {"uptime": Fraction(1), "block_secs": None}
    question = "https://bitcoin.stackexchange.com/questions/18629"
    chainalysis = "https://medium.com/chainalysis/bitcoin-mining-calculations-ff90dc958dba"
    return [
        {
            "source": f"{question}, its question: 700 MH/s, to seven decimals",
            "inputs": stated(bare | {
                "terahashes": Fraction(7, 10_000), "network": Fraction(908350862437, 1000), "block_reward": Fraction(25),
            }),
            "days": 1, "coins": "0.0003876", "decimals": 7,
        },
        {
            "source": f"{question}, its answer: 30 days of some 20 TH/s",
            "inputs": stated(bare | {
                "terahashes": Fraction(21_990_232_555_520, 10**12), "network": Fraction(47427554950648, 1000),
                "block_reward": Fraction(25),
            }),
            "days": 30, "coins": "6.99542703", "decimals": 8,
        },
        {
            "source": f"{chainalysis}: all of the network finds 144 blocks a day",
            "inputs": stated(bare | {
                "terahashes": Fraction(1_138 * 10**4), "network": Fraction(1590896927258), "block_reward": Fraction(1),
            }),
            "days": 1, "coins": "144", "decimals": 0,
        },
    ]  # fmt: skip


def main():
    farms = [farm() for _ in range(40)]
    rows = [{"inputs": stated(it), "report": report(it)} for it in farms]
    path = Path(__file__).parent / "fixtures" / "mining.json"
    groups = []
    for name, group in {"published": published(), "counted": rows}.items():
        lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in group)
        groups.append(f"{json.dumps(name)}: [\n{lines}\n]")
    path.write_text("{\n" + ",\n".join(groups) + "\n}\n")


if __name__ == "__main__":
    main()
