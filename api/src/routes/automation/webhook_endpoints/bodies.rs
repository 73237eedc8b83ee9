//! Endpoints and kinds of webhooks in JSON.

use crate::{
    schema::WebhookEventName,
    wire::{Id, Moment, Secret},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tessera_domain::automation::webhook::{EventType, WebhookSecret};
use tessera_store::automation::webhook_endpoint::EndpointRow;
use utoipa::ToSchema;

/// An endpoint to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWebhookEndpoint {
    /// Where messages are sent: https, at a public address, without a user or a fragment.
    #[schema(
        max_length = 2000,
        format = "uri",
        pattern = "^https://",
        example = "https://example.com/webhooks"
    )]
    pub(super) url: String,
    /// What it is for: up to 200 characters.
    #[serde(default)]
    #[schema(
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "The shop's server"
    )]
    pub(super) description: String,
    /// The kinds of messages that it gets, as GET /v1/webhook-event-types lists them.
    #[schema(value_type = Vec<WebhookEventName>, min_items = 1, example = json!(["subscription.subscribed", "subscription.charged"]))]
    pub(super) event_types: Vec<String>,
}

/// What to change in an endpoint; fields that are not given stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookEndpointChange {
    /// Where messages are sent: https, at a public address, without a user or a fragment.
    #[schema(
        max_length = 2000,
        format = "uri",
        pattern = "^https://",
        example = "https://example.com/webhooks"
    )]
    pub(super) url: Option<String>,
    /// What it is for: up to 200 characters.
    #[schema(
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "The shop's server"
    )]
    pub(super) description: Option<String>,
    /// All kinds of messages that it gets.
    #[schema(value_type = Option<Vec<WebhookEventName>>, min_items = 1, example = json!(["subscription.charged"]))]
    pub(super) event_types: Option<Vec<String>>,
    /// Whether messages are sent.
    #[schema(example = true)]
    pub(super) enabled: Option<bool>,
}

/// An endpoint.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookEndpoint {
    /// The endpoint's id.
    id: Id,
    /// Where messages are sent.
    #[schema(format = "uri", example = "https://example.com/webhooks")]
    url: String,
    /// What it is for.
    #[schema(example = "The shop's server")]
    description: String,
    /// The kinds of messages that it gets.
    #[schema(example = json!(["subscription.charged", "subscription.subscribed"]))]
    event_types: Vec<String>,
    /// Whether messages are sent.
    #[schema(example = true)]
    enabled: bool,
    /// Since when none are sent; null while they are.
    #[schema(required)]
    disabled_at: Option<Moment>,
    /// Why none are sent; null while they are.
    #[schema(required, example = "the receiver answered 410 Gone")]
    disabled_reason: Option<String>,
    /// Since when no attempt has succeeded; null when the last one did. After three days of failures the
    /// endpoint is disabled.
    #[schema(required)]
    failing_since: Option<Moment>,
    /// Until when the secret signs that the last rotation replaced; null when there was none.
    #[schema(required)]
    previous_secret_until: Option<Moment>,
    /// The API key or wallet that created it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was created.
    created_at: Moment,
    /// When its settings last changed.
    updated_at: Moment,
}

/// An endpoint whose secret was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct SecretWebhookEndpoint {
    /// The endpoint.
    endpoint: WebhookEndpoint,
    /// What its messages are signed with. It cannot be shown again.
    #[schema(value_type = String, example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD…")]
    secret: Secret,
}

/// A kind of webhook.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookEventType {
    /// Its name.
    #[schema(example = "subscription.charged")]
    name: &'static str,
    /// What it reports.
    #[schema(example = "A period of a subscription was paid.")]
    description: &'static str,
    /// An example of its messages.
    #[schema(value_type = HashMap<String, Value>, example = json!({
        "type": "deal.moved", "timestamp": "2026-01-01T00:00:00Z", "data": { "from": "proposal", "to": "won" }
    }))]
    example: Value,
}

impl From<EndpointRow> for WebhookEndpoint {
    fn from(row: EndpointRow) -> Self {
        Self {
            id: row.id.into(),
            url: row.url,
            description: row.description,
            event_types: row.event_types,
            enabled: row.disabled_at.is_none(),
            disabled_at: row.disabled_at.map(Into::into),
            disabled_reason: row.disabled_reason,
            failing_since: row.failing_since.map(Into::into),
            previous_secret_until: row.previous_until.map(Into::into),
            created_by: row.created_by,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

impl From<(EndpointRow, WebhookSecret)> for SecretWebhookEndpoint {
    fn from((row, secret): (EndpointRow, WebhookSecret)) -> Self {
        Self {
            endpoint: row.into(),
            secret: Secret(secret.text()),
        }
    }
}

impl From<&EventType> for WebhookEventType {
    fn from(kind: &EventType) -> Self {
        Self {
            name: kind.name,
            description: kind.description,
            example: kind.example(),
        }
    }
}
