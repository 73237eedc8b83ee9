//! Erasure of somebody whose payments are public: what the engine keeps of them leads to no wallet.

use crate::support::{
    client::{do_work, master_key},
    history::{History, TRIAL},
    rows::{self, MEMBER, SUBSCRIPTION, WALLET, key},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use bytemuck::Zeroable;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tessera_domain::{
    capture::{message_key, pseudonym},
    people::{Identifier, digest},
};
use tessera_store::Key;
use tessera_types::events::{Charged, PointsAwarded, Settlement};
use uuid::Uuid;

/// Of these an event names the same as everybody's: who they lead to is a crowd.
const SHARED: [&str; 2] = ["plan", "mint"];

/// Two wallets that registered, subscribed and paid; and points for the first.
fn history() -> History {
    let mut history = History::of(&[rows::org(1)]);
    history.open(&[rows::plan(1, 1)]);
    history.open(&[rows::member(1, 1, 1), rows::member(2, 1, 2)]);
    history.open(&[rows::subscription(1, 1, 1), rows::subscription(2, 1, 2)]);
    for account in [
        key(SUBSCRIPTION, 1),
        key(SUBSCRIPTION, 2),
        key(SUBSCRIPTION, 1),
    ] {
        history.push(account, |receipt| Charged {
            receipt,
            settlement: Settlement { debit: 70, ..TRIAL },
        });
    }
    history.push(key(MEMBER, 1), |receipt| PointsAwarded {
        receipt,
        points: 5,
        ..PointsAwarded::zeroed()
    });
    history
}

async fn feed(tenant: &Tenant) -> Result<()> {
    do_work(&tenant.api.mirror).await?;
    Ok(())
}

/// The person who holds a wallet.
async fn holder(tenant: &Tenant, wallet: Key) -> Result<Option<Uuid>> {
    let key = master_key().digest_key(tenant.organisation().await?.0);
    let digest = digest(&key, &Identifier::wallet(wallet.0)?);
    Ok(
        sqlx::query_scalar("select person from engine.identifier where digest = $1")
            .bind(digest.as_slice())
            .fetch_optional(&tenant.api.mirror)
            .await?,
    )
}

/// A person's events: message key, name and properties.
async fn events(tenant: &Tenant, person: Uuid) -> Result<Vec<(Uuid, String, Value)>> {
    Ok(sqlx::query_as(
        "select message_key, name, properties from engine.event
         where person = $1 order by at, name",
    )
    .bind(person)
    .fetch_all(&tenant.api.mirror)
    .await?)
}

/// Every text in a value, at any depth.
fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            found.insert(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
        Value::Object(object) => object
            .iter()
            .filter(|(name, _)| !SHARED.contains(&name.as_str()))
            .for_each(|(_, value)| texts(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// All that the events of a person hold and that could be looked up elsewhere.
async fn held(tenant: &Tenant, person: Uuid) -> Result<BTreeSet<String>> {
    let mut held = BTreeSet::new();
    for (message_key, _, properties) in events(tenant, person).await? {
        held.insert(message_key.to_string());
        texts(&properties, &mut held);
    }
    Ok(held)
}

/// Everything that names a wallet's account, payment or code in the mirror, or a row of the engine that
/// has a wallet, in every form in which an event could hold it; the pseudonyms too, which a holder of
/// the master key can compute.
async fn leads_to_a_wallet(tenant: &Tenant) -> Result<HashSet<String>> {
    let mirror = &tenant.api.mirror;
    let mut leads = HashSet::new();
    let accounts: Vec<(Key, Key)> =
        sqlx::query_as("select address, wallet from life where wallet is not null")
            .fetch_all(mirror)
            .await?;
    let names = master_key().pseudonym_key(tenant.organisation().await?.0);
    let pseudonyms = |name: &str| {
        ["account", "place", "body"].map(|kind| pseudonym(&names, kind, name).to_string())
    };
    for (address, wallet) in accounts {
        for name in [address, wallet].map(|it| it.to_string()) {
            leads.extend(pseudonyms(&name));
            leads.insert(name);
        }
    }
    let named: Vec<String> = sqlx::query_scalar(
        "select code from member where code is not null union select code from code
         union select id::text from engine.quote where wallet is not null",
    )
    .fetch_all(mirror)
    .await?;
    leads.extend(named);
    let places: Vec<(Vec<u8>, i16, i16)> =
        sqlx::query_as("select signature, outer_ix, inner_ix from receipt")
            .fetch_all(mirror)
            .await?;
    for (signature, outer, inner) in places {
        let signature = bs58::encode(signature).into_string();
        for suffix in ["", ":referrer", ":trial"] {
            let message = format!("chain:{signature}:{outer}:{inner}{suffix}");
            leads.extend(pseudonyms(&message));
            leads.insert(message_key(&message).to_string());
        }
        leads.insert(signature);
    }
    Ok(leads)
}

#[tokio::test]
async fn no_join_of_an_erased_persons_events_gives_a_wallet() -> Result<()> {
    let tenant = Tenant::open().await?;
    history().store(&tenant.api.mirror).await?;
    feed(&tenant).await?;
    let wallet = key(WALLET, 1);
    let person = holder(&tenant, wallet).await?.context("a person")?;
    let kept = tenant.kept().await?;
    let before = events(&tenant, person).await?;
    assert_eq!(before.len(), 5, "{before:?}");
    // The mirror's address of an account stands in no event of anybody.
    let leads = leads_to_a_wallet(&tenant).await?;
    let found: Vec<String> = held(&tenant, person).await?.into_iter().collect();
    assert!(!found.iter().any(|text| text.len() > 40), "{found:?}");

    let path = format!("/v1/persons/{person}");
    let erased = tenant.call(Method::DELETE, &path, None).await?;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{erased:?}");

    let after = held(&tenant, person).await?;
    let joined: Vec<&String> = after.iter().filter(|text| leads.contains(*text)).collect();
    assert_eq!(joined, Vec::<&String>::new());
    // Nor does anything that was there before, which a holder of the master key computes again.
    for (message_key, _, properties) in &before {
        assert!(!after.contains(&message_key.to_string()));
        let account = properties["account"].as_str().context("an account")?;
        assert!(!after.contains(account), "{account}");
    }
    // Nor do the messages, which stand in the order of the events, and have hashes of their contents.
    let mut keys: Vec<Uuid> = before
        .iter()
        .map(|(message_key, ..)| *message_key)
        .collect();
    keys.extend(after.iter().filter_map(|text| text.parse::<Uuid>().ok()));
    let messages: i64 =
        sqlx::query_scalar("select count(*) from engine.message where message_key = any($1)")
            .bind(&keys)
            .fetch_one(&tenant.api.mirror)
            .await?;
    assert_eq!(messages, 0);
    assert_eq!(holder(&tenant, wallet).await?, None);

    let states = tenant.kept().await?.join(" ");
    for (message_key, ..) in &before {
        let bytes = message_key.simple().to_string();
        assert!(!states.contains(&bytes), "{bytes} in {states}");
    }

    // Scores and funnels stand as before, and the events of one account are still one account's.
    assert_eq!(tenant.kept().await?.len(), kept.len());
    let mut accounts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, name, properties) in events(&tenant, person).await? {
        let account = properties["account"].as_str().context("an account")?;
        accounts.entry(account.to_owned()).or_default().push(name);
    }
    let mut grouped: Vec<Vec<String>> = accounts.into_values().collect();
    grouped.sort();
    let expected: [&[&str]; 2] = [
        &["registered", "awarded"],
        &["subscribed", "charged", "charged"],
    ];
    assert_eq!(json!(grouped), json!(expected));
    Ok(())
}

#[tokio::test]
async fn a_refilled_mirror_brings_no_erased_persons_events_back() -> Result<()> {
    let tenant = Tenant::open().await?;
    history().store(&tenant.api.mirror).await?;
    feed(&tenant).await?;
    let wallet = key(WALLET, 1);
    let person = holder(&tenant, wallet).await?.context("a person")?;
    let path = format!("/v1/persons/{person}");
    let erased = tenant.call(Method::DELETE, &path, None).await?;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{erased:?}");
    let all = async || -> Result<Vec<(i64, Uuid, Value)>> {
        Ok(
            sqlx::query_as("select position, person, properties from engine.event order by 1")
                .fetch_all(&tenant.api.mirror)
                .await?,
        )
    };
    let before = all().await?;
    sqlx::raw_sql("truncate life, receipt, charge, refund, commission, cursor")
        .execute(&tenant.api.mirror)
        .await?;
    history().store(&tenant.api.mirror).await?;
    feed(&tenant).await?;
    assert_eq!(all().await?, before);
    assert_eq!(holder(&tenant, wallet).await?, None);
    Ok(())
}
