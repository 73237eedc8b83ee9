//! How well a number ranks won leads above lost ones.

/// Area under the ROC curve: the chance that a won lead ranks above a lost one, ties counting half
/// (Mann and Whitney's U by midranks). None unless there are both.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub fn auc(pairs: &[(f64, bool)]) -> Option<f64> {
    let mut ascending = pairs.to_vec();
    ascending.sort_by(|left, right| left.0.total_cmp(&right.0));
    let won = ascending.iter().filter(|(_, won)| *won).count() as f64;
    let lost = ascending.len() as f64 - won;
    if won == 0.0 || lost == 0.0 {
        return None;
    }
    let (mut below, mut wins) = (0.0, 0.0);
    for tied in ascending.chunk_by(|left, right| left.0 == right.0) {
        let tied_won = tied.iter().filter(|(_, won)| *won).count() as f64;
        let tied_lost = tied.len() as f64 - tied_won;
        wins += tied_won * (below + tied_lost / 2.0);
        below += tied_lost;
    }
    Some(wins / (won * lost))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_order_between_outcomes_of_one_kind() {
        assert_eq!(auc(&[]), None);
        assert_eq!(auc(&[(0.5, true), (0.7, true)]), None);
    }

    #[test]
    fn a_model_that_says_the_same_of_all_orders_as_a_coin_does() {
        assert_eq!(auc(&[(0.3, true), (0.3, false), (0.3, false)]), Some(0.5));
    }
}
