"""Writes what lifetimes and scipy say about lifetime values: fixtures/lifetime_value.json.

Data: CDNOW and the donations data that lifetimes bundles, and seeded customers and purchases.
lifetimes works with money in dollars; the fixture holds micro-dollars where the rules do.
"""

import json
import pathlib
import warnings

import lifetimes
import numpy as np
import pandas as pd
import scipy
from lifetimes import BetaGeoFitter, GammaGammaFitter
from lifetimes import datasets
from lifetimes.generate_data import beta_geometric_nbd_model
from lifetimes.utils import summary_data_from_transaction_data
from scipy import integrate, special

warnings.simplefilter("ignore")

MICROS = 1_000_000
HERE = pathlib.Path(__file__).parent


def grouped(frame):
    """Rows [frequency, recency, T, monetary value in micros or null, customers]."""
    columns = ["frequency", "recency", "T", "monetary_value"]
    counts = frame.groupby(columns, sort=True)["weights"].sum()
    return [
        [int(x), float(t_x), float(age), round(spend * MICROS) if spend > 0 else None, int(n)]
        for (x, t_x, age, spend), n in counts.items()
    ]


def raw_log_likelihood(model, frame):
    """Of the fitted parameters, with time as it is: the fit's own value is of scaled time."""
    log_parameters = np.log(model.params_[["r", "alpha", "a", "b"]].to_numpy())
    mean = BetaGeoFitter._negative_log_likelihood(
        log_parameters,
        frame["frequency"].to_numpy(),
        frame["recency"].to_numpy(),
        frame["T"].to_numpy(),
        frame["weights"].to_numpy(),
        0.0,
    )
    return float(-mean * frame["weights"].sum())


def bg_nbd(frame, penalizer):
    model = BetaGeoFitter(penalizer_coef=penalizer)
    model.fit(frame["frequency"], frame["recency"], frame["T"], weights=frame["weights"], tol=1e-9)
    return model, {
        "penalizer": penalizer,
        "parameters": {name: float(value) for name, value in model.params_.items()},
        "log_likelihood": raw_log_likelihood(model, frame),
    }


def gamma_gamma(frame):
    spenders = frame[(frame["frequency"] > 0) & (frame["monetary_value"] > 0)]
    model = GammaGammaFitter()
    model.fit(spenders["frequency"], spenders["monetary_value"], tol=1e-8)
    return model, {
        "parameters": {name: float(value) for name, value in model.params_.items()},
        "log_likelihood": float(-model._negative_log_likelihood_ * len(spenders)),
        "customers": len(spenders),
        "correlation": float(spenders["frequency"].corr(spenders["monetary_value"])),
    }


def cdnow():
    frame = datasets.load_cdnow_summary_data_with_monetary_value()
    frame["weights"] = 1
    purchases, fit = bg_nbd(frame, 0.0)
    _, penalized = bg_nbd(frame, 0.01)
    spend, spend_fit = gamma_gamma(frame)
    sample = pd.concat([frame.iloc[::120], frame.nlargest(5, "frequency")])
    times = [0.5, 39.0, 1000.0]
    horizon = {"steps": 12, "periods_per_step": 4.345, "discount_rate_per_step": 0.01}
    value = spend.customer_lifetime_value(
        purchases,
        sample["frequency"],
        sample["recency"],
        sample["T"],
        sample["monetary_value"],
        time=horizon["steps"],
        discount_rate=horizon["discount_rate_per_step"],
        freq="W",
    )
    history = sample["frequency"], sample["recency"], sample["T"]
    return {
        "groups": grouped(frame),
        "bg_nbd": [fit, penalized],
        "gamma_gamma": spend_fit,
        "times": times,
        "new_customer": [float(purchases.expected_number_of_purchases_up_to_time(t)) for t in times],
        "horizon": horizon,
        "customers": [
            {
                "history": [int(x), float(t_x), float(age), round(m * MICROS) if x > 0 else None],
                "alive": float(alive),
                "purchases": [float(it) for it in expected],
                "spend": float(mean),
                "value": float(clv),
            }
            for x, t_x, age, m, alive, expected, mean, clv in zip(
                *history,
                sample["monetary_value"],
                purchases.conditional_probability_alive(*history),
                np.transpose([purchases.predict(t, *history) for t in times]),
                spend.conditional_expected_average_profit(
                    sample["frequency"], sample["monetary_value"]
                ),
                value,
            )
        ],
    }


def subscribers():
    """Some of CDNOW's customers as subscribers: single payments by day, the first of them worthless to
    the models, and what lifetimes makes of these payments. Customers of a group pay alike."""
    last_day = 280
    payments = []
    for index, (frequency, recency, age, spend, customers) in enumerate(
        grouped(datasets.load_cdnow_summary_data_with_monetary_value().assign(weights=1))
    ):
        if index % 5:
            continue
        recency, age = round(recency * 7), round(age * 7)
        for copy in range(min(customers, 6)):
            first, name = last_day - age, f"{index}-{copy}"
            payments.append((name, first, 1))
            payments += [(name, first + recency * it // frequency, spend) for it in range(1, frequency + 1)]
    frame = pd.DataFrame(payments, columns=["id", "day", "amount"])
    origin = pd.Timestamp("2026-01-01")
    frame["date"] = origin + pd.to_timedelta(frame["day"], unit="D")
    frame["dollars"] = frame["amount"] / MICROS
    summary = summary_data_from_transaction_data(
        frame, "id", "date", "dollars", observation_period_end=origin + pd.Timedelta(last_day, "D"), freq="D"
    )
    summary["weights"] = 1
    purchases, fit = bg_nbd(summary, 0.0)
    spend, spend_fit = gamma_gamma(summary)
    history = summary["frequency"], summary["recency"], summary["T"]
    horizon = {"steps": 12, "periods_per_step": 30, "discount_rate_per_step": 0.01}
    told = pd.DataFrame(
        {
            "frequency": summary["frequency"].astype(int),
            "probability_alive": purchases.conditional_probability_alive(*history),
            "expected_purchases": purchases.predict(horizon["steps"] * horizon["periods_per_step"], *history),
            "value": MICROS
            * spend.customer_lifetime_value(
                purchases,
                *history,
                summary["monetary_value"],
                time=horizon["steps"],
                discount_rate=horizon["discount_rate_per_step"],
                freq="D",
            ),
        }
    )
    first_of = {
        "top_customers": told.nlargest(1, "value"),
        "likely_lost": told.nsmallest(1, "probability_alive"),
    }
    return {
        "payments": payments,
        "last_day": last_day,
        "customers": len(summary),
        "repeat_customers": int((summary["frequency"] > 0).sum()),
        "bg_nbd": fit,
        "gamma_gamma": spend_fit,
        "horizon": horizon,
        "new_customer_purchases": float(
            purchases.expected_number_of_purchases_up_to_time(horizon["steps"] * horizon["periods_per_step"])
        ),
        "totals": {it: float(told[it].sum()) for it in ["expected_purchases", "value"]},
        "first": {name: row.to_dict("records")[0] for name, row in first_of.items()},
    }


def donations():
    """Nobody leaves in these data: lifetimes follows a towards 0 until floats end, and refuses."""
    frame = datasets.load_donations().rename(columns={"periods": "T"})
    frame["monetary_value"] = 0.0
    return {"groups": grouped(frame)}


def simulated():
    """Seeded customers of a known population, times rounded to whole periods."""
    np.random.seed(3)
    age = np.random.randint(30, 60, 1_500)
    frame = beta_geometric_nbd_model(age, r=1.2, alpha=8.0, a=1.4, b=3.0, size=1_500)
    frame["recency"] = np.ceil(frame["recency"].astype(float)).clip(upper=age)
    frame = frame.astype({"frequency": int, "T": float})
    frame["monetary_value"] = 0.0
    frame["weights"] = 1
    _, fit = bg_nbd(frame, 0.0)
    _, penalized = bg_nbd(frame, 0.002)
    return {"groups": grouped(frame), "bg_nbd": [fit, penalized]}


def heavy_spenders():
    """Seeded spend from a population whose mean spend is infinite: q = 0.8."""
    random = np.random.default_rng(9)
    customers = 300
    frequency = random.integers(1, 12, customers)
    rate = random.gamma(0.8, 1 / 15.0, customers)
    spend = random.gamma(4.0 * frequency, 1 / (rate * frequency))
    frame = pd.DataFrame({"frequency": frequency, "monetary_value": np.maximum(spend, 0.01).round(6)})
    frame["recency"] = frame["frequency"].astype(float)
    frame["T"] = 20.0
    frame["weights"] = 1
    _, fit = gamma_gamma(frame)
    return {"groups": grouped(frame), "gamma_gamma": fit}


def summaries():
    """Single purchases and their summaries, by day and by hour."""
    sample = pd.DataFrame(
        [line.split() for line in (pathlib.Path(datasets.__file__).parent / "CDNOW_sample.txt").open()],
        columns=["id", "sample_id", "date", "units", "amount"],
    )
    sample = sample[sample["id"].isin(sample["id"].unique()[::25])]
    sample["date"] = pd.to_datetime(sample["date"])
    sample["amount"] = sample["amount"].astype(float)

    random = np.random.default_rng(11)
    seeded = pd.DataFrame(
        {
            "id": random.integers(0, 30, 300).astype(str),
            "date": pd.Timestamp("2026-01-01")
            + pd.to_timedelta(random.integers(0, 40 * 86_400, 300), unit="s"),
            "amount": random.integers(0, 90_000, 300) / 100,
        }
    )
    cases = []
    for frame, freq, secs, end in [
        (sample, "D", 86_400, "1997-12-31"),
        (seeded, "D", 86_400, "2026-01-25 12:00:00"),
        (seeded, "h", 3_600, "2026-01-25 12:30:00"),
    ]:
        result = summary_data_from_transaction_data(
            frame, "id", "date", "amount", observation_period_end=end, freq=freq
        )
        epoch = pd.Timestamp("1970-01-01")
        customers = []
        for customer, purchases in frame.groupby("id"):
            row = result.loc[customer] if customer in result.index else None
            customers.append(
                {
                    "purchases": [
                        [int((at - epoch).total_seconds()), round(amount * MICROS)]
                        for at, amount in zip(purchases["date"], purchases["amount"])
                    ],
                    "summary": None
                    if row is None
                    else [float(row[it]) for it in ["frequency", "recency", "T", "monetary_value"]],
                }
            )
        cases.append(
            {
                "period_secs": secs,
                "end_secs": int((pd.Timestamp(end) - epoch).total_seconds()),
                "customers": customers,
            }
        )
    return cases


def hypergeometric():
    rows = []
    for a in [0.24, 1.0, 3.7, 29.2]:
        for b in [0.3, 2.43, 31.0]:
            for c in [-0.4, 0.05, 2.2, 31.2]:
                for z in [0.0, 0.1, 0.6, 0.95, 0.999]:
                    rows.append([a, b, c, z, float(special.hyp2f1(a, b, c, z))])
    return [row for row in rows if np.isfinite(row[4])]


def expectation_by_integral():
    """E[X(t)] of a new customer as the integral over the probability to leave, without 2F1."""
    rows = []
    for a, b in [(1.0, 2.5), (1.0 + 1e-7, 2.5), (1.0 - 4e-5, 2.5), (1.7, 0.9), (0.4, 0.6), (0.3, 0.5)]:
        for t in [0.5, 30.0, 400.0]:
            r, alpha = 0.9, 6.0

            def bought(p):
                return -np.expm1(-r * np.log1p(p * t / alpha)) / p if p > 0 else r * t / alpha

            # The density has singularities at 0 and at 1: p = s^(1/a) takes away the one, and
            # 1 - p = s^(1/b) the other.
            def below_half(s):
                p = s ** (1 / a)
                return bought(p) * (1 - p) ** (b - 1) / a

            def above_half(s):
                p = 1 - s ** (1 / b)
                return bought(p) * p ** (a - 1) / b

            value = sum(
                integrate.quad(half, 0, 0.5**power, epsabs=1e-13, epsrel=1e-13)[0]
                for half, power in [(below_half, a), (above_half, b)]
            ) / special.beta(a, b)
            rows.append([r, alpha, a, b, t, float(value)])
    return rows


fixture = {
    "versions": {
        "lifetimes": lifetimes.__version__,
        "scipy": scipy.__version__,
        "numpy": np.__version__,
        "pandas": pd.__version__,
    },
    "cdnow": cdnow(),
    "subscribers": subscribers(),
    "donations": donations(),
    "simulated": simulated(),
    "heavy_spenders": heavy_spenders(),
    "summaries": summaries(),
    "hyp2f1": hypergeometric(),
    "new_customer_integral": expectation_by_integral(),
}
path = HERE / "fixtures" / "lifetime_value.json"
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
