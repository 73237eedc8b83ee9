#!/usr/bin/env bash
# nalgebra 0.35.0 (a Rust crate), `SVD::new` of a 4 by 4 matrix of rank 3: the weighted columns of a factorial
# design of which a level has no people.
#
#   the factors multiply to a matrix that is 0.41 off (Frobenius norm) where entries are below 2; both
#   orthogonal factors are orthogonal, and the fourth singular value is 6e-16
#   the first is 4.644; by the eigenvalues of the transpose times the matrix, of the same crate, 4.626
#
# So least squares by this SVD are wrong without a sign of it. The script fails when that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2024"

[dependencies]
nalgebra = { version = "=0.35.0", default-features = false, features = ["std"] }
TOML
cat >src/main.rs <<'RUST'
use nalgebra::{DMatrix, SVD};

fn main() {
    let weights = [2.0_f64, 3.0, 4.0, 4.0].map(f64::sqrt);
    let rows = [[1.0, 0.0, 1.0, 1.0], [1.0, -1.0, -1.0, 1.0], [1.0, 0.0, 1.0, -1.0], [1.0, -1.0, -1.0, -1.0]];
    let matrix = DMatrix::from_fn(4, 4, |row, column| weights[row] * rows[row][column]);
    let svd = SVD::new(matrix.clone(), true, true);
    let singular: Vec<f64> = svd.singular_values.iter().copied().collect();
    let mut by_eigenvalues: Vec<f64> = (matrix.transpose() * &matrix)
        .symmetric_eigenvalues()
        .iter()
        .map(|it| it.max(0.0).sqrt())
        .collect();
    by_eigenvalues.sort_by(|left, right| right.total_cmp(left));
    let error = (svd.recompose().expect("both factors") - &matrix).norm();
    println!("singular values  {singular:.6?}\nby eigenvalues   {by_eigenvalues:.6?}");
    println!("the factors multiply to a matrix {error:.3} off");
    if error < 0.1 || (singular[0] - by_eigenvalues[0]).abs() < 1e-6 {
        eprintln!("changed");
        std::process::exit(1);
    }
}
RUST
CARGO_TARGET_DIR="$work/target" cargo run --quiet
