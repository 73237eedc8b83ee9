//! Points, tiers, issuers' budgets and numbers that count once.

use crate::model::command::{Award, Redeem};
use tessera_types::events::{PointsAwarded, PointsRedeemed};

/// What an issuer wanted to give. Of what a member had no room for the receipt says nothing, but that
/// at least one was asked for.
pub(super) fn awarded(event: &PointsAwarded) -> Award {
    Award {
        issuer: event.issuer,
        member: event.receipt.account,
        points: event.points.max(1),
        reference: event.reference,
        memo: event.memo,
    }
}

/// What a member wanted to spend.
pub(super) fn redeemed(event: &PointsRedeemed) -> Redeem {
    Redeem {
        member: event.receipt.account,
        points: event.points,
        reference: event.reference,
        memo: event.memo,
    }
}
