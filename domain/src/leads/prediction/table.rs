//! Leads as rows and features as columns: selection and scaling of features.

use super::features::Features;
use nalgebra::DMatrix;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// A feature that differs between the leads of the training part.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Mean over the leads.
    pub(super) mean: f64,
    /// Standard deviation over the leads (divided by their number), above 0.
    pub(super) deviation: f64,
    /// Whether all its values are 0 or 1.
    pub(super) is_flag: bool,
}

/// At most `most` features, those that most leads have, in the order of their names. Constant ones
/// cannot distinguish leads and are left out, and so are those `but`.
pub(super) fn columns(leads: &[&Features], most: usize, but: &BTreeSet<String>) -> Vec<Column> {
    let names: BTreeSet<&str> = leads
        .iter()
        .flat_map(|features| features.keys().map(String::as_str))
        .filter(|name| !but.contains(*name))
        .collect();
    let mut ranked: Vec<(Reverse<usize>, Column)> = names
        .into_iter()
        .filter_map(|name| {
            let having = leads.iter().filter(|lead| value(lead, name) != 0.0).count();
            column(leads, name).map(|column| (Reverse(having), column))
        })
        .collect();
    // A stable sort, so that of equally common features the first by name are kept.
    ranked.sort_by_key(|(having, _)| *having);
    ranked.truncate(most);
    let by_name: BTreeMap<String, Column> = ranked
        .into_iter()
        .map(|(_, column)| (column.name.clone(), column))
        .collect();
    by_name.into_values().collect()
}

/// A lead's value; 0 when it is absent.
pub(super) fn value(features: &Features, name: &str) -> f64 {
    features.get(name).copied().unwrap_or_default()
}

/// Standard deviations above the mean.
pub(super) fn standardise(value: f64, mean: f64, deviation: f64) -> f64 {
    (value - mean) / deviation
}

/// One row for each lead, with `of` applied to each column and the lead's value.
pub(super) fn rows<'a>(
    leads: &[&Features],
    columns: impl IntoIterator<Item = &'a Column>,
    of: impl Fn(&Column, f64) -> f64,
) -> DMatrix<f64> {
    let columns: Vec<&Column> = columns.into_iter().collect();
    let cells = columns.iter().flat_map(|column| {
        let of = &of;
        leads
            .iter()
            .map(move |lead| of(column, value(lead, &column.name)))
    });
    DMatrix::from_iterator(leads.len(), columns.len(), cells)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
fn column(leads: &[&Features], name: &str) -> Option<Column> {
    let values: Vec<f64> = leads.iter().map(|lead| value(lead, name)).collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / count).sqrt();
    // Compares the values themselves: the mean of equal ones may differ by a rounding error.
    let is_constant = values.windows(2).all(|pair| pair.first() == pair.last());
    (!is_constant && deviation > 0.0).then(|| Column {
        name: name.to_owned(),
        mean,
        deviation,
        is_flag: values.iter().all(|value| *value == 0.0 || *value == 1.0),
    })
}
