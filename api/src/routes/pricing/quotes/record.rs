//! Quotes in the stream: issued and accepted, as events of the wallet that they are for.

use crate::{auth::Anyone, error::Error, http::unit_of_work::Writer, state::ApiState};
use serde_json::{Value, json};
use tessera_domain::{
    event::Properties,
    people::{Identifier, IdentifierKind, Proof},
    time::Timestamp,
};
use tessera_engine::capture::{self, Occurrence};
use tessera_store::pricing::quote::Quote;

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
    let organisation = writer.caller.organisation;
    let wallet = Identifier::parse(IdentifierKind::Wallet, &wallet.to_string())
        .map_err(|_| Error::internal("wallet"))?;
    let occurrence = Occurrence {
        name,
        id: quote.id,
        identifiers: &[wallet],
        proof: Proof::Claimed,
        properties: properties(quote),
    };
    capture::record(&api.engine, writer, organisation, occurrence, now).await?;
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
