//! A ratio of two sums over the same units, such as revenue after to revenue before, over wallets.
//!
//! Its moments add over units: those of two disjoint sets of units, merged, are those of the union.

use super::interval::student_quantile;

/// Moments of pairs (x, y), one pair for each unit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RatioMoments {
    /// Number of pairs.
    pub count: u64,
    sum_x: f64,
    sum_y: f64,
    sum_xx: f64,
    sum_xy: f64,
    sum_yy: f64,
}

impl RatioMoments {
    /// The moments of one pair.
    pub fn of(x: f64, y: f64) -> Self {
        Self {
            count: 1,
            sum_x: x,
            sum_y: y,
            sum_xx: x * x,
            sum_xy: x * y,
            sum_yy: y * y,
        }
    }

    /// Adds the moments of other units.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_x += other.sum_x;
        self.sum_y += other.sum_y;
        self.sum_xx += other.sum_xx;
        self.sum_xy += other.sum_xy;
        self.sum_yy += other.sum_yy;
    }

    /// Σy / Σx; none when Σx is 0.
    pub fn ratio(&self) -> Option<f64> {
        (self.sum_x != 0.0).then(|| self.sum_y / self.sum_x)
    }

    /// Interval of Σy / Σx at [`CONFIDENCE`](super::proportion::CONFIDENCE), units being drawn
    /// independently of each other.
    ///
    /// The delta method (Cochran 1977, section 6.4): with R the ratio, the variance is
    /// n / (n - 1) · Σ(y - R·x)² / (Σx)², and Student's t has n - 1 degrees of freedom. None with
    /// fewer than two units or when Σx is 0.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of people are far below 2^53"
    )]
    pub fn interval(&self) -> Option<[f64; 2]> {
        let ratio = self.ratio()?;
        let quantile = student_quantile(self.count)?;
        let n = self.count as f64;
        let squares = self.sum_yy - 2.0 * ratio * self.sum_xy + ratio * ratio * self.sum_xx;
        // Pairs on one line leave only a rounding error, of either sign.
        let variance = n / (n - 1.0) * squares.max(0.0) / (self.sum_x * self.sum_x);
        let spread = quantile * variance.sqrt();
        (ratio.is_finite() && spread.is_finite()).then_some([ratio - spread, ratio + spread])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(pairs: &[(f64, f64)]) -> RatioMoments {
        let mut all = RatioMoments::default();
        for &(x, y) in pairs {
            all.merge(&RatioMoments::of(x, y));
        }
        all
    }

    #[test]
    fn a_ratio_to_nothing_is_unknown() {
        let from_nothing = moments(&[(0.0, 5.0), (0.0, 7.0)]);
        assert_eq!(
            (from_nothing.ratio(), from_nothing.interval()),
            (None, None)
        );
    }

    #[test]
    fn one_unit_has_a_ratio_without_an_interval() {
        let alone = moments(&[(4.0, 5.0)]);
        assert_eq!((alone.ratio(), alone.interval()), (Some(1.25), None));
    }

    #[test]
    fn units_that_move_alike_leave_no_doubt() {
        let alike = moments(&[(1.0, 3.0), (2.0, 6.0), (5.0, 15.0)]);
        let [low, high] = alike.interval().expect("an interval");
        assert!(
            (low - 3.0).abs() < 1e-6 && (high - 3.0).abs() < 1e-6,
            "{low} {high}"
        );
    }
}
