//! Follow-up that runs itself.

mod audience_exports;
mod delivery_policy;
mod inbox;
mod invitations;
mod journeys;
mod links;
mod mail_reports;
mod mail_sender;
mod messages;
mod preferences;
mod recommendations;
mod referral_campaigns;
mod retention;
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
        .merge(retention::router())
        .merge(links::router())
        .merge(inbox::router())
        .merge(audience_exports::router())
        .merge(webhook_endpoints::router())
        .merge(webhook_deliveries::router())
        .merge(referral_campaigns::router())
        .merge(invitations::router())
        .merge(recommendations::router())
}
