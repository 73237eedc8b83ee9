//! Quotes in the stream: issued and accepted, as events of the wallet that they are for.

use crate::{auth::Anyone, error::Error, http::unit_of_work::Writer, state::ApiState};
use serde_json::{Value, json};
use tessera_domain::{
    capture::message_key,
    event::Properties,
    people::{Identifier, IdentifierKind, Proof},
    time::Timestamp,
};
use tessera_store::{
    capture::{
        event::{EventCounts, EventSource},
        ingest::{Batch, Item, ingest},
    },
    people::person::IdentifierKey,
    pricing::quote::Quote,
};
use uuid::Uuid;

/// Adds the event, once for each quote; nothing for a quote that is for no wallet.
pub(super) async fn record(
    api: &ApiState,
    writer: &mut Writer<Anyone>,
    name: &str,
    quote: &Quote,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(wallet) = quote.wallet else {
        return Ok(());
    };
    let organisation = writer.principal.organisation;
    let wallet = Identifier::parse(IdentifierKind::Wallet, &wallet.to_string())
        .map_err(|_| Error::Impossible("wallet"))?;
    let digests = api.engine.master_key.digest_key(organisation.0);
    let item = Item {
        identifiers: vec![IdentifierKey::of(&wallet, &digests)],
        message_key: message_key(&format!("{name}:{}", quote.id)),
        body_hash: quote.id,
        name: name.to_owned(),
        at: now.into(),
        properties: properties(quote),
    };
    let rules = api.engine.rules.current(writer, organisation).await?;
    let batch = Batch {
        organisation,
        source: EventSource::Engine,
        received_at: now.into(),
        proof: Proof::Claimed,
        items: &[item],
        withheld: &EventCounts::new(),
    };
    ingest(writer, &rules, batch, Uuid::now_v7).await?;
    Ok(())
}

fn properties(quote: &Quote) -> Properties {
    let text = |value: Option<String>| value.map_or(Value::Null, Value::String);
    [
        ("quote", json!(quote.id)),
        ("segment", json!(quote.breakdown.segment)),
        ("quantity", json!(quote.breakdown.quantity)),
        ("price", json!(quote.breakdown.price.to_string())),
        ("plan", text(quote.plan.map(|plan| plan.to_string()))),
        ("offer", text(quote.offer.clone())),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_null())
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
