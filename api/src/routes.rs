//! One file a resource: its parameters, its JSON, its handlers.

mod api_keys;
mod attribution;
pub(crate) mod capture;
mod dead_letters;
mod deals;
mod estimates;
mod event_registries;
mod events;
mod funnel_queries;
mod funnels;
mod identify;
mod kpis;
mod leads;
mod ledgers;
mod lifetime_value;
mod members;
mod offers;
mod organisations;
mod orgs;
mod paths;
mod persons;
mod plans;
mod predictions;
mod price_books;
mod quotes;
mod recurring_revenue;
mod referral_links;
mod referrals;
mod retention;
mod roles;
mod scoring_models;
mod service;
mod sessions;
mod sign_in;
mod spend;
mod stats;
mod stream;
mod subscriptions;
mod survival;
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
        .merge(identify::router())
        .merge(dead_letters::router())
        .merge(event_registries::router())
        .merge(referral_links::router())
        .merge(sign_in::router())
        .merge(sessions::router())
        .merge(organisations::router())
        .merge(api_keys::router())
        .merge(roles::router())
        .merge(funnels::router())
        .merge(funnel_queries::router())
        .merge(stream::router())
        .merge(deals::router())
        .merge(spend::router())
        .merge(recurring_revenue::router())
        .merge(kpis::router())
        .merge(attribution::router())
        .merge(paths::router())
        .merge(retention::router())
        .merge(survival::router())
        .merge(lifetime_value::router())
        .merge(price_books::router())
        .merge(offers::router())
        .merge(quotes::router())
        .merge(estimates::router())
        .merge(persons::router())
        .merge(leads::router())
        .merge(scoring_models::router())
        .merge(predictions::router())
}
