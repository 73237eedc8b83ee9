//! Whether the arms of two experiments that run together are assigned independently of each other, without
//! which neither can be read alone.

use crate::statistics::chi_squared::PearsonTest;

/// Pearson's chi-squared test of a table of people, a row for each arm of one experiment and a column for
/// each of the other. Arms that nobody is in are left out; none unless two of each are left, and five
/// people are expected in every cell.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub fn independence(table: &[Vec<u64>]) -> Option<PearsonTest> {
    let width = table.iter().map(Vec::len).max()?;
    let cell = |row: &Vec<u64>, column: usize| row.get(column).map_or(0.0, |&it| it as f64);
    let row_sums: Vec<f64> = table
        .iter()
        .map(|row| row.iter().map(|&people| people as f64).sum())
        .collect();
    let column_sums: Vec<f64> = (0..width)
        .map(|column| table.iter().map(|row| cell(row, column)).sum())
        .collect();
    let people: f64 = row_sums.iter().sum();
    let used = |sums: &[f64]| sums.iter().filter(|&&sum| sum > 0.0).count();
    let freedom = used(&row_sums).checked_sub(1)? * used(&column_sums).checked_sub(1)?;
    let cells = table.iter().zip(&row_sums).flat_map(|(row, &of_row)| {
        column_sums
            .iter()
            .enumerate()
            .map(move |(column, &of_column)| (cell(row, column), of_row * of_column / people))
    });
    PearsonTest::of(cells.filter(|&(_, expected)| expected > 0.0), freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_arm_is_independent_of_nothing() {
        for table in [
            vec![],
            vec![vec![0, 0], vec![0, 0]],
            vec![vec![9, 9], vec![0, 0]],
        ] {
            assert_eq!(independence(&table), None);
        }
    }

    #[test]
    fn an_arm_that_nobody_is_in_takes_no_freedom() {
        let table = vec![vec![10, 20, 0], vec![20, 10, 0], vec![0, 0, 0]];
        let test = independence(&table).expect("a test");
        assert_eq!((test.freedom, test.statistic), (1, 4.0 * 25.0 / 15.0));
    }

    #[test]
    fn few_expected_people_have_no_test() {
        assert_eq!(independence(&[vec![4, 4], vec![4, 4]]), None);
    }
}
