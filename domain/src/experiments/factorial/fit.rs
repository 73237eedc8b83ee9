//! Ordinary least squares on the means of cells, weighted by people, which has the same coefficients as on
//! single people, and leaves their squares within cells to the residual.

use super::design::{Design, Term};
use crate::experiments::{
    moments::{Moments, VALUE},
    numbers::count,
};
use nalgebra::{DMatrix, DVector};

/// What is left of a column by those before it is a rounding error below this part of its length.
const RANK_TOLERANCE: f64 = 1e-10;

/// A cell that has people, and the square root of how many.
pub(super) struct Row {
    cell: usize,
    weight: f64,
}

/// Rows, and what the mean of each is above that of all, times its weight: taking that away loses no
/// square, as every model has a mean, and no digit where values are far from 0.
pub(super) fn weighted_rows(cells: &[Moments]) -> (Vec<Row>, DVector<f64>) {
    let mut all = Moments::default();
    cells.iter().for_each(|cell| all.add(cell, 1));
    let centre = all.mean(VALUE).unwrap_or(0.0);
    let with_people = cells.iter().enumerate().filter_map(|(cell, moments)| {
        let weight = count(moments.people).sqrt();
        let value = (moments.mean(VALUE)? - centre) * weight;
        Some((Row { cell, weight }, value))
    });
    let (rows, values): (Vec<Row>, Vec<f64>) = with_people.unzip();
    (rows, DVector::from_vec(values))
}

/// A model of a mean and some terms, fitted.
///
/// By Gram and Schmidt's method, each column twice, which is orthogonal to the last digit (Giraud, Langou
/// and Rozložník 2005). The singular values of nalgebra 0.35 are wrong for some of these matrices.
pub(super) struct Fit {
    /// An orthonormal basis of the columns.
    basis: DMatrix<f64>,
    /// All columns in the basis.
    coordinates: DMatrix<f64>,
    /// The columns of which the basis was made.
    independent: Vec<usize>,
    values: DVector<f64>,
}

/// A sum of coefficients.
#[derive(Clone, Copy)]
pub(super) struct Estimate {
    pub(super) value: f64,
    /// Its variance where the residual has a variance of 1.
    pub(super) unit_variance: f64,
}

impl Fit {
    pub(super) fn of(
        design: &Design,
        rows: &[Row],
        values: &DVector<f64>,
        terms: &[&Term],
    ) -> Self {
        let columns = 1 + terms.iter().map(|term| term.freedom(design)).sum::<usize>();
        let coded = rows.iter().flat_map(|row| {
            let terms = terms.iter().flat_map(|term| design.columns(row.cell, term));
            let columns = [1.0].into_iter().chain(terms);
            columns
                .map(|column| column * row.weight)
                .collect::<Vec<_>>()
        });
        let matrix = DMatrix::from_row_iterator(rows.len(), columns, coded);
        let (independent, basis) = orthonormal(&matrix);
        Self {
            coordinates: basis.transpose() * matrix,
            basis,
            independent,
            values: values.clone(),
        }
    }

    /// How many coefficients the cells determine.
    pub(super) fn rank(&self) -> usize {
        self.independent.len()
    }

    /// Squares that the model leaves of the cells' means; 0 where they are rounding errors.
    pub(super) fn residual_squares(&self) -> f64 {
        let fitted = &self.basis * (self.basis.transpose() * &self.values);
        let squares = (&self.values - fitted).norm_squared();
        if squares > self.values.norm_squared() * RANK_TOLERANCE * RANK_TOLERANCE {
            squares
        } else {
            0.0
        }
    }

    /// The sum of coefficients times `contrast`; none where the cells do not determine it, as it is no
    /// sum of cells' means.
    pub(super) fn estimate(&self, contrast: &DVector<f64>) -> Option<Estimate> {
        let triangle = self.coordinates.select_columns(&self.independent);
        let chosen = contrast.select_rows(&self.independent);
        let of_means = triangle.transpose().solve_lower_triangular(&chosen)?;
        let hidden = contrast - self.coordinates.transpose() * &of_means;
        (hidden.amax() < RANK_TOLERANCE.sqrt()).then(|| Estimate {
            value: of_means.dot(&(self.basis.transpose() * &self.values)),
            unit_variance: of_means.norm_squared(),
        })
    }
}

/// The columns that are no sums of those before them, and an orthonormal basis of all.
fn orthonormal(matrix: &DMatrix<f64>) -> (Vec<usize>, DMatrix<f64>) {
    let mut independent = Vec::new();
    let mut basis: Vec<DVector<f64>> = Vec::new();
    for (at, column) in matrix.column_iter().enumerate() {
        let mut rest = column.into_owned();
        for _ in 0..2 {
            for known in &basis {
                rest.axpy(-known.dot(&rest), known, 1.0);
            }
        }
        let length = rest.norm();
        if length > RANK_TOLERANCE * column.norm() {
            independent.push(at);
            basis.push(rest / length);
        }
    }
    let basis = if basis.is_empty() {
        DMatrix::zeros(matrix.nrows(), 0)
    } else {
        DMatrix::from_columns(&basis)
    };
    (independent, basis)
}
