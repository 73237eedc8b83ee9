//! What an issuer may still award: an epoch starts with the first award after the last one ended.

use tessera_types::accounts::Issuer;

fn is_over(issuer: &Issuer, now: i64) -> bool {
    let end = i128::from(issuer.epoch_started_at) + i128::from(issuer.epoch_secs);
    i128::from(now) >= end
}

/// How much of the budget is used in the epoch of `now` (Unix seconds).
pub(crate) fn used(issuer: &Issuer, now: i64) -> u64 {
    match is_over(issuer, now) {
        true => 0,
        false => issuer.epoch_used,
    }
}

/// Uses up the points that the member had room for.
pub(crate) fn spend(issuer: &mut Issuer, points: u64, now: i64) {
    issuer.epoch_used = used(issuer, now).saturating_add(points);
    if is_over(issuer, now) {
        issuer.epoch_started_at = now;
    }
}
