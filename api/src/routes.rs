//! One folder for each capability, one file for each resource: its parameters, its JSON, its
//! handlers.

mod access;
pub(crate) mod analytics;
mod automation;
pub(crate) mod capture;
mod experiments;
pub(crate) mod jobs;
mod leads;
mod mirror;
mod people;
mod pricing;
mod service;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

/// All routes.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(mirror::router())
        .merge(service::router())
        .merge(capture::router())
        .merge(access::router())
        .merge(people::router())
        .merge(leads::router())
        .merge(jobs::router())
        .merge(pricing::router())
        .merge(analytics::router())
        .merge(experiments::router())
        .merge(automation::router())
}

/// The routes whose bodies are read as they come, however long they are.
pub(crate) fn streams() -> OpenApiRouter<ApiState> {
    capture::imports::streams()
}
