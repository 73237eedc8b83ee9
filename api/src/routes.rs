//! One file a resource: its parameters, its JSON, its handlers.

mod api_keys;
pub(crate) mod capture;
mod events;
mod leads;
mod ledgers;
mod members;
mod organisations;
mod orgs;
mod persons;
mod plans;
mod predictions;
mod referral_links;
mod referrals;
mod roles;
mod scoring_models;
mod service;
mod sessions;
mod sign_in;
mod stats;
mod stream;
mod subscriptions;
mod wallets;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

/// All of them.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(orgs::router())
        .merge(plans::router())
        .merge(members::router())
        .merge(subscriptions::router())
        .merge(ledgers::router())
        .merge(wallets::router())
        .merge(referrals::router())
        .merge(events::router())
        .merge(stats::router())
        .merge(service::router())
        .merge(capture::router())
        .merge(referral_links::router())
        .merge(sign_in::router())
        .merge(sessions::router())
        .merge(organisations::router())
        .merge(api_keys::router())
        .merge(roles::router())
        .merge(stream::router())
        .merge(persons::router())
        .merge(leads::router())
        .merge(scoring_models::router())
        .merge(predictions::router())
}
