//! Quotes in the event log: issued and accepted, as events of the wallet that they are for.

use crate::{
    Caller, Engine, Error, Result,
    capture::{self, Occurrence},
};
use serde_json::{Value, json};
use tessera_domain::{
    event::Properties,
    people::{Identifier, Proof},
    time::Timestamp,
};
use tessera_store::{
    PgConnection, capture::event::EventSource, pricing::quote::Quote, rules::Rules,
};

/// Adds the event, once for each quote; nothing for a quote that is for no wallet.
pub(super) async fn record(
    engine: &Engine,
    conn: &mut PgConnection,
    rules: &Rules,
    caller: &Caller,
    name: &str,
    quote: &Quote,
    now: Timestamp,
) -> Result<()> {
    let Some(wallet) = quote.wallet else {
        return Ok(());
    };
    let wallet = Identifier::wallet(wallet.0).map_err(|_| Error::Internal("name a wallet"))?;
    let occurrence = Occurrence {
        name,
        id: quote.id,
        identifiers: &[wallet],
        proof: Proof::Claimed,
        source: EventSource::Engine,
        at: now,
        properties: properties(quote),
    };
    capture::record(engine, conn, rules, caller.organisation, occurrence, now).await?;
    Ok(())
}

/// What is known of a quote.
pub(super) fn properties(quote: &Quote) -> Properties {
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
