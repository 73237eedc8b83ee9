//! What lifetimes and scipy say, as `tests/oracles/lifetime_value.py` wrote it.

use serde::Deserialize;
use std::num::NonZeroU32;
use tessera_domain::analytics::lifetime_value::{
    BgNbd, CustomerGroup, GammaGamma, Horizon, Summary,
};

/// Frequency, recency, age, mean spend and, in a group, customers.
pub(super) type Group = (u32, f64, f64, Option<f64>, u64);
pub(super) type History = (u32, f64, f64, Option<f64>);

#[derive(Deserialize)]
pub(super) struct Fixture {
    pub(super) cdnow: Cdnow,
    pub(super) donations: Donations,
    pub(super) simulated: Simulated,
    pub(super) heavy_spenders: HeavySpenders,
    pub(super) summaries: Vec<Summaries>,
    /// a, b, c, z and the value.
    pub(super) hyp2f1: Vec<[f64; 5]>,
    /// r, alpha, a, b, periods and the expectation.
    pub(super) new_customer_integral: Vec<[f64; 6]>,
}

#[derive(Deserialize)]
pub(super) struct Cdnow {
    pub(super) groups: Vec<Group>,
    pub(super) bg_nbd: Vec<Fit>,
    pub(super) gamma_gamma: SpendFit,
    pub(super) times: Vec<f64>,
    pub(super) new_customer: Vec<f64>,
    pub(super) horizon: Horizon,
    pub(super) customers: Vec<Customer>,
}

#[derive(Deserialize)]
pub(super) struct Donations {
    pub(super) groups: Vec<Group>,
}

#[derive(Deserialize)]
pub(super) struct Simulated {
    pub(super) groups: Vec<Group>,
    pub(super) bg_nbd: Vec<Fit>,
}

#[derive(Deserialize)]
pub(super) struct HeavySpenders {
    pub(super) groups: Vec<Group>,
    pub(super) gamma_gamma: SpendFit,
}

#[derive(Deserialize)]
pub(super) struct Fit {
    pub(super) penalizer: f64,
    pub(super) parameters: BgNbd,
    pub(super) log_likelihood: f64,
}

#[derive(Deserialize)]
pub(super) struct SpendFit {
    pub(super) parameters: GammaGamma,
    pub(super) log_likelihood: f64,
    pub(super) customers: u64,
    pub(super) correlation: f64,
}

#[derive(Deserialize)]
pub(super) struct Customer {
    pub(super) history: History,
    pub(super) alive: f64,
    pub(super) purchases: Vec<f64>,
    pub(super) spend: f64,
    pub(super) value: f64,
}

#[derive(Deserialize)]
pub(super) struct Summaries {
    pub(super) period_secs: NonZeroU32,
    pub(super) end_secs: i64,
    pub(super) customers: Vec<Purchases>,
}

#[derive(Deserialize)]
pub(super) struct Purchases {
    /// Second and amount.
    pub(super) purchases: Vec<(i64, u64)>,
    /// Frequency, recency, age and mean spend in dollars.
    pub(super) summary: Option<[f64; 4]>,
}

pub(super) fn fixture() -> Fixture {
    let text = include_str!("../../../../tests/oracles/fixtures/lifetime_value.json");
    serde_json::from_str(text).expect("a fixture")
}

pub(super) fn summary((frequency, recency, age, mean_spend_micros): History) -> Summary {
    Summary {
        frequency,
        recency,
        age,
        mean_spend_micros,
    }
}

pub(super) fn groups(rows: &[Group]) -> Vec<CustomerGroup> {
    rows.iter()
        .map(
            |(frequency, recency, age, spend, customers)| CustomerGroup {
                summary: summary((*frequency, *recency, *age, *spend)),
                customers: *customers,
            },
        )
        .collect()
}
