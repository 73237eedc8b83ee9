//! The answers of the packages.

use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
pub(super) struct Fixture {
    pub(super) comparisons: Vec<Compared>,
    pub(super) best: Vec<Best>,
    pub(super) rates: Vec<Rates>,
    pub(super) quantiles: Vec<Quantiles>,
    pub(super) powers: Vec<Power>,
    pub(super) drifts: Vec<Drifts>,
}

#[derive(Deserialize)]
pub(super) struct Compared {
    pub(super) name: String,
    pub(super) shape: String,
    pub(super) copies: u32,
    pub(super) adjusted: bool,
    pub(super) theta: f64,
    pub(super) base: Vec<[i64; 4]>,
    pub(super) arm: Vec<[i64; 4]>,
    pub(super) difference: f64,
    pub(super) error: f64,
    pub(super) freedom: f64,
    pub(super) z: f64,
    pub(super) relative: Option<[f64; 2]>,
    pub(super) fieller: Option<[f64; 2]>,
    pub(super) fixed: HashMap<String, Fixed>,
    pub(super) sequence: HashMap<String, Sequential>,
    pub(super) posterior: Vec<Believed>,
}

#[derive(Deserialize)]
pub(super) struct Fixed {
    pub(super) p: f64,
    pub(super) critical: f64,
}

#[derive(Deserialize)]
pub(super) struct Sequential {
    pub(super) ln_e: f64,
    pub(super) critical: f64,
}

#[derive(Deserialize)]
pub(super) struct Believed {
    pub(super) prior: Option<[f64; 2]>,
    pub(super) mean: f64,
    pub(super) deviation: f64,
    pub(super) interval: [f64; 2],
    pub(super) chance: f64,
    pub(super) losses: [f64; 2],
}

#[derive(Deserialize)]
pub(super) struct Best {
    pub(super) arms: Vec<[f64; 2]>,
    pub(super) chances: Vec<f64>,
}

#[derive(Deserialize)]
pub(super) struct Rates {
    pub(super) base: [i64; 2],
    pub(super) arm: [i64; 2],
    pub(super) chance: f64,
    pub(super) losses: [f64; 2],
}

#[derive(Deserialize)]
pub(super) struct Quantiles {
    pub(super) name: String,
    pub(super) level: f64,
    pub(super) base: Vec<i64>,
    pub(super) arm: Vec<i64>,
    pub(super) intervals: [[Option<f64>; 2]; 2],
    pub(super) quantiles: [f64; 2],
    pub(super) looks: HashMap<String, Option<HashMap<String, QuantileTest>>>,
}

#[derive(Deserialize)]
pub(super) struct QuantileTest {
    pub(super) p: f64,
    pub(super) e: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Power {
    pub(super) mean: f64,
    pub(super) variance: Option<f64>,
    pub(super) relative: f64,
    pub(super) people: f64,
    pub(super) shares: [f64; 2],
    pub(super) side: String,
    pub(super) comparisons: u32,
    pub(super) power: f64,
    pub(super) sequential: Option<f64>,
    pub(super) base_needed: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Drifts {
    pub(super) days: Vec<DriftDay>,
    pub(super) slope: [f64; 2],
    pub(super) slope_p: f64,
    pub(super) q: f64,
    pub(super) q_p: f64,
}

#[derive(Deserialize)]
pub(super) struct DriftDay {
    pub(super) day: i32,
    pub(super) base: Vec<i64>,
    pub(super) arm: Vec<i64>,
}

pub(super) fn fixture() -> Fixture {
    let json = include_str!("../../../../../tests/oracles/fixtures/inference.json");
    serde_json::from_str(json).expect("a fixture")
}
