"""Writes fixtures/attribution.json: journeys and what other people's packages make of them.

- marketing-attribution-models (MAM): journeys split at conversions; first, last, linear, time decay
  and position on conversions and revenue; Markov removal effects by matrix inversion, with and
  without transitions of a channel to itself.
- do-attribution: Markov removal effects (strategy `redirect_to_null`, the one whose definition is
  ours); Shapley values by visiting all coalitions. Its own game values a coalition by the paths of
  exactly that set of channels. It is given, for each coalition, as many paths as its channels can
  convert alone, so that the game is ours.
- shapley-attribution: the simplified Shapley value of Zhao et al. on conversions.
- ChannelAttribution: first, last and linear; Markov, which it simulates.
- scipy: percentile bootstrap of shares, resampling persons.

MAM's own Markov and Shapley *credit* is not compared: it spreads a journey's conversion over that
journey's channels by the removal effects, and its Shapley game is another one for each journey.
"""

import json
import random
import warnings
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import ChannelAttribution
import numpy as np
import pandas as pd
from do_attribution import MarkovAttribution, ShapleyAttribution
from mam import MAM
from scipy.stats import bootstrap
from shapley_attribution import SimplifiedShapleyAttribution

warnings.filterwarnings("ignore")

HOUR = 3_600
EPOCH = pd.Timestamp("2026-01-01")


def people(seed, count, channels, stay, convert):
    """Rows of person, seconds, channel and value (None: no conversion at this touch)."""
    rng = random.Random(seed)
    rows = []
    for person in range(count):
        hour = rng.randrange(24 * 20)
        channel = rng.choice(channels)
        for _ in range(rng.randint(1, 8)):
            value = None
            if rng.random() < convert[channel]:
                value = rng.choice([0, rng.randrange(1, 10**9)]) if rng.random() < 0.2 else 29_000_000
            rows.append((person, hour * HOUR, channel, value))
            hour += rng.randint(1, 24 * 12)
            if rng.random() > stay:
                channel = rng.choice(channels)
    return rows


DATA_SETS = {
    "six_channels": people(
        7,
        300,
        ["direct", "email", "organic", "paid", "referral", "social"],
        0.3,
        {"direct": 0.25, "email": 0.15, "organic": 0.1, "paid": 0.05, "referral": 0.3, "social": 0.02},
    ),
    # Long runs of one channel, and one that never converts itself.
    "loops": people(11, 150, ["direct", "paid", "video"], 0.7, {"direct": 0.1, "paid": 0.3, "video": 0.0}),
}


def mam(rows, value_column):
    frame = pd.DataFrame(rows, columns=["person", "secs", "channel", "value"])
    frame["at"] = EPOCH + pd.to_timedelta(frame["secs"], unit="s")
    frame["converted"] = frame["value"].notna()
    frame["value"] = frame["value"].fillna(0).astype(float)
    frame["person"] = frame["person"].map("{:05d}".format)
    return MAM(
        frame,
        format_type="session",
        channels_colname="channel",
        journey_with_conv_colname="converted",
        datetime_colname="at",
        user_id_colname="person",
        create_journey_id_based_on_conversion=True,
        conversion_value_colname=value_column,
    )


def journeys_of(rows):
    """The journeys as MAM has split them: channels, converted, value."""
    table = mam(rows, "value").unified_df.sort("journey_id")
    return [
        (list(row["channels"]), row["has_conversion"], int(row["conversion_value"]))
        for row in table.iter_rows(named=True)
    ]


def credit(result):
    frame = result.to_pandas()
    return dict(zip(frame["channels"].astype(str), frame["attribution"]))


def heuristics(rows):
    found = {}
    for name, column in [("conversions", None), ("revenue", "value")]:
        models = mam(rows, column)
        found[name] = {
            "first": credit(models.run_first_click()),
            "last": credit(models.run_last_click()),
            "linear": credit(models.run_linear()),
            "time_decay": credit(models.run_time_decay(half_life_hours=168)),
            "position": credit(models.run_position_based()),
        }
    return found


def markov(rows, journeys):
    def mam_effects(same):
        frame = mam(rows, None).run_markov(transition_to_same_state=same).metadata["removal_effect"]
        return frame["removal_effect"].to_dict()

    chain = MarkovAttribution(order=1, removal_strategy="redirect_to_null")
    fitted = chain.fit([" > ".join(it[0]) for it in journeys], [int(it[1]) for it in journeys])
    paths = pd.DataFrame(
        {
            "path": [">".join(it[0]) for it in journeys],
            "converted": [int(it[1]) for it in journeys],
            "null": [int(not it[1]) for it in journeys],
        }
    )
    simulated = ChannelAttribution.markov_model(
        paths, "path", "converted", var_null="null", order=1, nsim_start=10**6, max_step=10**4,
        conv_par=0.01, seed=1, out_more=True, verbose=False, flg_pro=False,
    )
    effects = simulated["removal_effects"]
    return {
        "mam": mam_effects(False),
        "mam_same_state": mam_effects(True),
        "do_attribution": fitted["removal_effects"],
        "channel_attribution_simulated": dict(zip(effects["channel_name"], effects.iloc[:, 1])),
    }


def channel_attribution(journeys):
    converting = [it for it in journeys if it[1]]
    frame = pd.DataFrame(
        {
            "path": [">".join(it[0]) for it in converting],
            "converted": [1] * len(converting),
            "value": [it[2] for it in converting],
        }
    )
    found = ChannelAttribution.heuristic_models(frame, "path", "converted", var_value="value", flg_pro=False)
    return {
        kind: {
            model: dict(zip(found["channel_name"], found[f"{model}_touch_{column}"]))
            for model in ["first", "last", "linear"]
        }
        for kind, column in [("conversions", "conversions"), ("revenue", "value")]
    }


def shapley(journeys):
    """Conversions by channel."""
    channels = sorted({channel for it in journeys for channel in it[0]})
    converting = [set(it[0]) for it in journeys if it[1]]
    coalitions = [set(it) for size in range(1, len(channels) + 1) for it in combinations(channels, size)]
    # The package takes one conversion a path, so a coalition's path comes as often as it is worth.
    paths = [
        " > ".join(sorted(coalition))
        for coalition in coalitions
        for touched in converting
        if touched <= coalition
    ]
    simplified = SimplifiedShapleyAttribution(normalize=False)
    simplified.fit([it[0] for it in journeys], [int(it[1]) for it in journeys])
    return {
        "enumerated": ShapleyAttribution().fit(paths, [1] * len(paths))["shapley_values"],
        "simplified": {str(channel): value for channel, value in simplified.get_attribution().items()},
    }


def intervals(rows):
    """The share of conversions by last touch, persons resampled."""
    channels = sorted({row[2] for row in rows})
    persons = sorted({row[0] for row in rows})
    counts = np.zeros((len(persons), len(channels)))
    for person, _, channel, value in rows:
        counts[persons.index(person), channels.index(channel)] += value is not None

    def share(index, axis=-1):
        drawn = counts[index].sum(axis=-2)
        return np.moveaxis(drawn / drawn.sum(axis=-1, keepdims=True), -1, 0)

    found = bootstrap(
        (np.arange(len(persons)),), share, n_resamples=20_000, batch=500, method="percentile",
        rng=np.random.default_rng(3),
    ).confidence_interval
    return {channel: [low, high] for channel, low, high in zip(channels, found.low, found.high)}


def fixture(rows):
    journeys = journeys_of(rows)
    return {
        "rows": rows,
        "journeys": len(journeys),
        "mam": heuristics(rows),
        "channel_attribution": channel_attribution(journeys),
        "removal_effects": markov(rows, journeys),
        "shapley": shapley(journeys),
        "last_share_intervals": intervals(rows),
    }


def rounded(it):
    """12 significant digits: the last bits depend on the order of the packages' threads and sets."""
    if isinstance(it, dict):
        return {key: rounded(value) for key, value in it.items()}
    if isinstance(it, (list, tuple)):
        return [rounded(value) for value in it]
    return float(f"{it:.12g}") if isinstance(it, float) else it


PACKAGES = [
    "marketing_attribution_models", "do-attribution", "shapley-attribution", "ChannelAttribution", "scipy",
]

if __name__ == "__main__":
    answer = {
        "versions": {package: version(package) for package in PACKAGES},
        "data_sets": {name: fixture(rows) for name, rows in DATA_SETS.items()},
    }
    target = Path(__file__).parent / "fixtures" / "attribution.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(rounded(answer), sort_keys=True, separators=(",", ":")) + "\n")
