//! How good a ranking is when what was taken is known.

use std::collections::BTreeSet;

/// The share of what was taken that is among the first `shown`; none when nothing was.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub fn recall<T: Ord>(ranked: &[T], taken: &BTreeSet<T>, shown: usize) -> Option<f64> {
    let hits = ranked.iter().take(shown).filter(|it| taken.contains(it));
    (!taken.is_empty()).then(|| hits.count() as f64 / taken.len() as f64)
}

/// Normalised discounted cumulative gain of the first `shown` (Järvelin and Kekäläinen 2002): what was taken
/// gains 1, divided by the binary logarithm of its place plus 1, and 1 is what the best ranking gains. None
/// when nothing was taken or shown.
pub fn ndcg<T: Ord>(ranked: &[T], taken: &BTreeSet<T>, shown: usize) -> Option<f64> {
    let gain = |place: usize| {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let place = place as f64;
        1.0 / (place + 2.0).log2()
    };
    let places = ranked.iter().take(shown).enumerate();
    let gained = places.filter(|(_, it)| taken.contains(it));
    let gained: f64 = gained.map(|(place, _)| gain(place)).sum();
    let best: f64 = (0..shown.min(taken.len())).map(gain).sum();
    (best > 0.0).then(|| gained / best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_taken_has_no_measure_and_nothing_ranked_is_worth_nothing() {
        let nothing = BTreeSet::new();
        assert_eq!(
            (recall(&[1], &nothing, 3), ndcg(&[1], &nothing, 3)),
            (None, None)
        );
        let one = BTreeSet::from([1]);
        assert_eq!(
            (recall(&[], &one, 3), ndcg(&[], &one, 3)),
            (Some(0.0), Some(0.0))
        );
        assert_eq!(ndcg(&[1], &one, 0), None);
    }

    #[test]
    fn a_place_further_down_gains_less_and_beyond_the_last_nothing() {
        let one = BTreeSet::from([1]);
        assert_eq!(ndcg(&[1, 2, 3], &one, 3), Some(1.0));
        assert_eq!(ndcg(&[2, 3, 1], &one, 3), Some(0.5));
        assert_eq!(
            (ndcg(&[2, 3, 1], &one, 2), recall(&[2, 3, 1], &one, 2)),
            (Some(0.0), Some(0.0))
        );
    }
}
