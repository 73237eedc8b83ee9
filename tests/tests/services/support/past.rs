//! What happened to people earlier, put into an organisation's stream as the indexer does.

use super::tenant::Tenant;
use crate::support::{client::master_key, rows};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tessera_domain::{
    capture::message_key,
    people::{Identifier, IdentifierKind, Proof},
    time::Timestamp,
};
use tessera_engine::{
    RulesCache,
    capture::{EventBatch, Item, Outcome, ingest},
};
use tessera_store::{
    access::organisation,
    capture::event::{EventCounts, EventSource},
    people::person::IdentifierKey,
    tenant,
};
use uuid::Uuid;

/// Midnight of Monday, 5 January 2026: day 0 of the tests.
pub(crate) const MONDAY_SECS: i64 = 1_767_571_200;

/// Something that happened to somebody.
pub(crate) struct Fact {
    /// Names: an anonymous id and then a wallet, or one of both.
    pub(crate) who: Vec<Identifier>,
    /// Hours since [`MONDAY_SECS`].
    pub(crate) hour: i64,
    /// What.
    pub(crate) name: &'static str,
    /// Its properties.
    pub(crate) properties: Value,
}

/// The moment so many days after [`MONDAY_SECS`].
pub(crate) fn day(day: i64) -> String {
    Timestamp::from_secs(MONDAY_SECS + day * 86_400).to_string()
}

/// A browser's name.
pub(crate) fn browser(name: &str) -> Result<Identifier> {
    Ok(Identifier::parse(
        IdentifierKind::Anonymous,
        &format!("browser-{name}"),
    )?)
}

/// A wallet of a name.
pub(crate) fn wallet(name: &str) -> Result<Identifier> {
    let mut address = [9; 32];
    for (byte, letter) in address.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    Identifier::wallet(address).context("a wallet")
}

/// Somebody, known by a browser and a wallet from the start.
fn both(name: &str) -> Result<Vec<Identifier>> {
    Ok(vec![browser(name)?, wallet(name)?])
}

/// A visit through a channel, at the beginning of a day.
pub(crate) fn visit(name: &str, day: i64, channel: &str) -> Result<Fact> {
    Ok(Fact {
        who: both(name)?,
        hour: day * 24,
        name: "page_viewed",
        properties: json!({ "channel": channel }),
    })
}

/// Any event of somebody, at noon of a day.
pub(crate) fn event(name: &str, day: i64, event: &'static str, properties: Value) -> Result<Fact> {
    Ok(Fact {
        who: both(name)?,
        hour: day * 24 + 12,
        name: event,
        properties,
    })
}

/// An event of somebody's subscription, at noon of a day.
pub(crate) fn chain(
    name: &str,
    day: i64,
    event: &'static str,
    account: &str,
    mint: u8,
    amount: u64,
) -> Result<Fact> {
    Ok(Fact {
        who: vec![wallet(name)?],
        hour: day * 24 + 12,
        name: event,
        properties: json!({
            "account": account, "plan": "plan", "mint": mint_address(mint), "decimals": 6,
            "amount": amount.to_string(),
        }),
    })
}

/// The address of mint `number`.
pub(crate) fn mint_address(number: u8) -> String {
    rows::key(rows::MINT, number).to_string()
}

impl Tenant {
    /// Puts facts into the organisation's stream.
    pub(crate) async fn happened(&self, facts: Vec<Result<Fact>>) -> Result<()> {
        let pool = &self.api.mirror;
        let org = rows::key(rows::ORG, self.number);
        let id = organisation::by_org(&mut *pool.acquire().await?, org)
            .await?
            .context("an organisation")?;
        let digests = master_key().digest_key(id.0);
        let item = |(index, fact): (usize, Result<Fact>)| {
            let fact = fact?;
            let message = format!("fact:{index}:{}:{}", fact.hour, fact.name);
            let digests = &digests;
            anyhow::Ok(Item {
                identifiers: fact
                    .who
                    .iter()
                    .map(|who| IdentifierKey::of(who, digests))
                    .collect(),
                message_key: message_key(&message),
                body_hash: message_key(&message),
                name: fact.name.to_owned(),
                at: Timestamp::from_secs(MONDAY_SECS + fact.hour * 3_600).into(),
                properties: fact.properties.as_object().cloned().unwrap_or_default(),
            })
        };
        let items = facts
            .into_iter()
            .enumerate()
            .map(item)
            .collect::<Result<Vec<_>>>()?;
        let mut transaction = tenant::begin(pool, id).await?;
        let rules = RulesCache::default().current(&mut transaction, id).await?;
        let batch = EventBatch {
            organisation: id,
            source: EventSource::Chain,
            received_at: Timestamp::from_secs(MONDAY_SECS).into(),
            proof: Proof::Possession,
            items: &items,
            withheld: &EventCounts::new(),
        };
        let outcomes = ingest(&mut transaction, &rules, batch, Uuid::now_v7).await?;
        ensure!(
            outcomes.iter().all(|it| *it == Outcome::Accepted),
            "{outcomes:?}"
        );
        transaction.commit().await?;
        Ok(())
    }

    /// POSTs a question that is to be refused, and returns the fields that were.
    pub(crate) async fn refused_fields(&self, path: &str, body: &Value) -> Result<Vec<String>> {
        let answer = self.post(path, body).await?;
        let problem = answer.refusal(path, axum::http::StatusCode::BAD_REQUEST)?;
        let errors = problem["errors"].as_array().context("errors")?;
        Ok(errors
            .iter()
            .map(|error| error["field"].as_str().unwrap_or_default().to_owned())
            .collect())
    }
}
