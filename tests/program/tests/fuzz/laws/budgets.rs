//! An issuer awards no more than its budget in any epoch, and no reference counts twice.

use super::Change;
use crate::failure::{Failure, law};
use tessera_client::{Account, Event};

pub(super) fn held(event: &Event, changes: &[Change], now: i64) -> Result<(), Failure> {
    let Event::PointsAwarded(award) = event else {
        return Ok(());
    };
    for change in changes {
        let (Some(Account::Issuer(before)), Some(Account::Issuer(after))) =
            (&change.before, &change.after)
        else {
            continue;
        };
        let same_epoch = before.epoch_started_at == after.epoch_started_at;
        let used = if same_epoch { before.epoch_used } else { 0 };
        let over = now - before.epoch_started_at >= i64::from(before.epoch_secs);
        law!("an epoch lasts", same_epoch != over, "{before:?} at {now}");
        law!(
            "budgets are held",
            after.epoch_used == used + award.points && after.epoch_used <= after.epoch_budget,
            "{after:?} after {award:?}"
        );
        let noted = (before.highest_reference, before.used_references)
            != (after.highest_reference, after.used_references);
        law!("a reference is noted", noted, "{award:?}");
    }
    Ok(())
}
