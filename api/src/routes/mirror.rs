//! The chain's accounts and receipts, which anybody reads.

pub(crate) mod ledgers;
pub(crate) mod members;
pub(crate) mod orgs;
pub(crate) mod plans;
pub(crate) mod receipts;
pub(crate) mod referrals;
pub(crate) mod stats;
pub(crate) mod subscriptions;
pub(crate) mod wallets;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(orgs::router())
        .merge(plans::router())
        .merge(members::router())
        .merge(subscriptions::router())
        .merge(ledgers::router())
        .merge(wallets::router())
        .merge(referrals::router())
        .merge(receipts::router())
        .merge(stats::router())
}
