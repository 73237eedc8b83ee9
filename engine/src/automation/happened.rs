//! What happens to mail, as events of the person who got it.

use crate::{
    Result,
    capture::{EventBatch, Item, ingest},
};
use tessera_domain::{
    capture::message_key,
    event::Properties,
    people::{IdentifierKind, Proof},
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    capture::event::{EventCounts, EventSource},
    people::person::{self, IdentifierKey},
    rules::Rules,
};
use uuid::Uuid;

/// Something that happened to a mail.
pub(crate) struct Happened {
    /// The event's name.
    pub(crate) name: &'static str,
    /// For which an event of this name is recorded once.
    pub(crate) key: String,
    /// Digest of the address that the mail went to.
    pub(crate) address: [u8; 32],
    /// The event's properties.
    pub(crate) properties: Properties,
}

/// Adds each event to the log of the person whose address it is; to nobody's, when it is nobody's any more: an
/// erased person does not come back.
pub(crate) async fn record(
    conn: &mut PgConnection,
    rules: &Rules,
    organisation: OrganisationId,
    happened: Vec<Happened>,
    now: Timestamp,
) -> Result<()> {
    let key = |it: &Happened| IdentifierKey {
        kind: IdentifierKind::Email,
        digest: it.address,
    };
    let keys: Vec<IdentifierKey> = happened.iter().map(key).collect();
    let known = person::resolve(conn, &keys).await?;
    let items: Vec<Item> = happened
        .into_iter()
        .zip(keys)
        .filter(|(_, key)| known.contains_key(key))
        .map(|(it, key)| Item {
            identifiers: vec![key],
            message_key: message_key(&format!("{}:{}", it.name, it.key)),
            body_hash: Uuid::nil(),
            name: it.name.to_owned(),
            at: now.into(),
            properties: it.properties,
        })
        .collect();
    if items.is_empty() {
        return Ok(());
    }
    let batch = EventBatch {
        organisation,
        source: EventSource::Engine,
        received_at: now.into(),
        proof: Proof::Possession,
        items: &items,
        withheld: &EventCounts::new(),
    };
    ingest(conn, rules, batch, Uuid::now_v7).await?;
    Ok(())
}
