//! Follow-up that runs itself.

mod delivery_policy;
mod inbox;
mod journeys;
mod links;
mod mail_reports;
mod mail_sender;
mod messages;
mod preferences;
mod suppressions;
mod templates;
mod webhook_deliveries;
mod webhook_endpoints;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(journeys::router())
        .merge(templates::router())
        .merge(messages::router())
        .merge(delivery_policy::router())
        .merge(mail_sender::router())
        .merge(suppressions::router())
        .merge(mail_reports::router())
        .merge(preferences::router())
        .merge(links::router())
        .merge(inbox::router())
        .merge(webhook_endpoints::router())
        .merge(webhook_deliveries::router())
}
