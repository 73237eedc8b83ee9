//! Webhooks: organisations learn what happens from signed messages to their endpoints.
//!
//! Law: a message is written in the transaction of what it reports, and sent until its receiver takes
//! it or has failed to for three days. A crash between the receiver's answer and our note of it sends it
//! again, under the same id. An organisation without endpoints costs nothing.

mod announce;
mod deliver;
mod endpoints;
mod outward;
mod resolver;
mod sender;

pub use endpoints::{
    EndpointChange, MAX_ENDPOINTS, NewEndpoint, change, create, get, remove, replay, rotate,
};
pub use sender::{WebhookConfig, Webhooks};

pub(crate) use announce::{announce, report_all, reports};
pub(crate) use deliver::deliver;
pub(crate) use outward::outward;
pub(crate) use resolver::System;
pub(crate) use sender::words;

use crate::{Engine, Error, Result, work::Kind};
use tessera_domain::{
    access::secret::{self, DataKey},
    automation::webhook::WebhookSecret,
};
use tessera_store::{
    OrganisationId, PgConnection,
    work::{self, Due, NewWork},
};
use uuid::Uuid;

/// The id of a message, for its receiver: the same at each attempt.
pub fn message_id(delivery: Uuid) -> String {
    format!("msg_{}", delivery.simple())
}

/// Has a worker look at what is due at an endpoint, as soon as the transaction has committed.
async fn wake(conn: &mut PgConnection, organisation: OrganisationId, endpoint: Uuid) -> Result<()> {
    let work = NewWork {
        kind: Kind::Webhooks.as_str(),
        key: &endpoint.to_string(),
        organisation: Some(organisation),
        due: Due::Now,
    };
    Ok(work::schedule(conn, work).await?)
}

/// An endpoint's secret as it is stored, for this endpoint alone.
fn sealed(
    engine: &Engine,
    organisation: OrganisationId,
    endpoint: Uuid,
    secret: &WebhookSecret,
) -> Result<Vec<u8>> {
    let key = engine.master_key.webhook_key(organisation.0);
    secret::seal(&key, rand::random(), endpoint.as_bytes(), secret.bytes())
        .map_err(|_| Error::Internal("seal the secret of an endpoint"))
}

/// The secret that [`sealed`] sealed.
fn opened(key: &DataKey, endpoint: Uuid, sealed: &[u8]) -> Result<WebhookSecret> {
    let bytes = secret::open(key, endpoint.as_bytes(), sealed).ok();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes
        .map(WebhookSecret::new)
        .ok_or(Error::Internal("open the secret of an endpoint"))
}
