//! The transition that costs the most.
//!
//! Of the persons that step k loses to step k+1, as many as the rest of the funnel converts would
//! have converted: lost revenue = (persons k - persons k+1) * (persons last / persons k+1) *
//! average revenue per conversion. The rest of the funnel converts as it did for those who reached
//! k+1; for the last transition that share is 1. Where nobody reached k+1, it is unknown.

use rust_decimal::Decimal;
use serde::Serialize;
use std::cmp::Ordering;

/// Where the funnel loses the most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bottleneck {
    /// The step that is not reached, counted from 1.
    pub step: usize,
    /// Persons at the step before who do not reach it.
    pub lost_persons: u64,
    /// The revenue that they would have brought, in the unit of the revenue per conversion; null
    /// when that or the rest of the funnel is unknown.
    pub lost_revenue: Option<Decimal>,
}

/// The transition with the largest lost revenue, given the persons that reach each step. One that
/// nobody passes comes before all others: its loss has no bound. Of equals the earliest; none when
/// nobody is lost.
pub(super) fn bottleneck(
    persons: &[u64],
    revenue_per_conversion: Option<Decimal>,
) -> Option<Bottleneck> {
    let converted = *persons.last()?;
    let transitions = persons.windows(2).enumerate().filter_map(|(index, pair)| {
        let [before, reached] = *pair else {
            return None;
        };
        let lost = before.checked_sub(reached).filter(|lost| *lost > 0)?;
        Some((index + 2, lost, reached))
    });
    // The last maximum of the reversed transitions is the earliest.
    let (step, lost_persons, reached) = transitions.rev().max_by(compare)?;
    Some(Bottleneck {
        step,
        lost_persons,
        lost_revenue: revenue_per_conversion
            .and_then(|it| lost_revenue(lost_persons, converted, reached, it)),
    })
}

/// Compares lost / reached, which orders transitions as their lost revenue does: the other factors
/// are the same for all of a funnel.
fn compare(left: &(usize, u64, u64), right: &(usize, u64, u64)) -> Ordering {
    let [left_side, right_side] = [
        u128::from(left.1) * u128::from(right.2),
        u128::from(right.1) * u128::from(left.2),
    ];
    left_side.cmp(&right_side)
}

fn lost_revenue(lost: u64, converted: u64, reached: u64, revenue: Decimal) -> Option<Decimal> {
    Decimal::from(lost)
        .checked_mul(Decimal::from(converted))?
        .checked_mul(revenue)?
        .checked_div(Decimal::from(reached))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(persons: &[u64], revenue: Option<i64>) -> Option<(usize, u64, Option<Decimal>)> {
        let found = bottleneck(persons, revenue.map(Decimal::from))?;
        Some((found.step, found.lost_persons, found.lost_revenue))
    }

    #[test]
    fn nobody_lost_is_no_bottleneck() {
        assert_eq!(found(&[], Some(100)), None);
        assert_eq!(found(&[0, 0], Some(100)), None);
        assert_eq!(found(&[5, 5, 5], Some(100)), None);
    }

    #[test]
    fn a_step_that_nobody_reaches_costs_an_unknown_amount() {
        assert_eq!(found(&[1_000, 1, 0], Some(100)), Some((3, 1, None)));
        assert_eq!(found(&[1_000, 0, 0], Some(100)), Some((2, 1_000, None)));
    }

    #[test]
    fn lost_revenue_is_unknown_without_a_revenue_per_conversion() {
        assert_eq!(found(&[1_000, 500, 400], None), Some((2, 500, None)));
    }

    #[test]
    fn the_loss_is_what_the_rest_of_the_funnel_would_have_made_of_it() {
        // Of 500 lost, 100 in 400 would convert, at 8 each; the later loss of 300 costs 100 * 8 *
        // 3.
        let persons = [900, 400, 100];
        assert_eq!(found(&persons, Some(8)), Some((3, 300, Some(2_400.into()))));
        let persons = [9_000, 400, 100];
        assert_eq!(
            found(&persons, Some(8)),
            Some((2, 8_600, Some(17_200.into())))
        );
    }

    #[test]
    fn of_equal_losses_the_earliest_is_named() {
        assert_eq!(found(&[400, 200, 100], None), Some((2, 200, None)));
    }
}
