//! Points, tiers, issuers' budgets and numbers that count once.

use crate::model::command::{Award, Redeem};
use tessera_types::events::{PointsAwarded, PointsRedeemed};

/// The receipt says nothing of the points that the member had no room for, but that at least one
/// was asked for.
pub(super) fn awarded(event: &PointsAwarded) -> Award {
    Award {
        issuer: event.issuer,
        member: event.receipt.account,
        points: event.points.max(1),
        reference: event.reference,
        memo: event.memo,
    }
}

pub(super) fn redeemed(event: &PointsRedeemed) -> Redeem {
    Redeem {
        member: event.receipt.account,
        points: event.points,
        reference: event.reference,
        memo: event.memo,
    }
}
