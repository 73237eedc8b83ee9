//! Fetches receipts that are missing, and removes those that the chain does not have.

use super::life::Finding;
use crate::{
    apply::{Applied, insert, keep},
    metrics,
    mirror::{Mirror, Result, commit},
    node::{Commitment, Listed, Listing, NodeError, Pages, transactions},
};
use solana_signature::Signature;
use tessera_store::{
    cursor::Cursor,
    proof,
    receipt::{self, NewReceipt, Place},
};

/// Most transactions of an account that one repair looks through.
const MOST: usize = 10_000;

/// Repairs what was found; whether nothing is left to repair.
pub(super) async fn repair(mirror: &Mirror, cursor: &Cursor, finding: &Finding) -> Result<bool> {
    if !finding.surplus.is_empty() {
        return remove(mirror, cursor, finding).await;
    }
    let (until, before) = match finding.life_id {
        Some(life) if !finding.altered => {
            proof::neighbours(&mut *mirror.connection().await?, life, finding.seq).await?
        }
        _ => (None, None),
    };
    let listed = list(mirror, finding, before, until).await?;
    let (stays, concurrency) = (Commitment::Finalized, mirror.config.concurrency);
    let fetched = transactions(&*mirror.node, listed, stays, concurrency).await;
    let mut receipts: Vec<NewReceipt> = Vec::new();
    let mut letters = Vec::new();
    for transaction in fetched {
        match transaction {
            Ok(transaction) => {
                let effects = Applied::of(&transaction).effects;
                let own = |it: &NewReceipt| it.account == finding.account;
                receipts.extend(effects.receipts.into_iter().filter(own));
                letters.extend(effects.letters);
            }
            Err(error) if error.is_about_transaction() => {}
            Err(error) => return Err(error.into()),
        }
    }
    receipts.sort_by_key(|it| it.place);
    let mut conn = mirror.write(cursor).await?;
    let inserted = insert(&mut conn, &receipts, true).await?;
    keep(&mut conn, &letters).await?;
    commit(conn).await?;
    metrics::corrections("receipt", (inserted.new + inserted.replaced) as u64);
    if inserted.new > 0 {
        tracing::warn!(
            account = %finding.account, seq = finding.seq, receipts = inserted.new,
            "receipts were missing and are there now"
        );
    }
    Ok(inserted.new > 0)
}

/// Transactions that name the account, newest first, between two that are stored.
async fn list(
    mirror: &Mirror,
    finding: &Finding,
    before: Option<[u8; 64]>,
    until: Option<[u8; 64]>,
) -> Result<Vec<Listed>> {
    let listing = Listing {
        address: finding.account.0.into(),
        before: before.map(Into::into),
        until: until.map(Into::into),
        min_slot: 0,
        commitment: Commitment::Finalized,
    };
    let mut pages = Pages::new(&*mirror.node, listing);
    let mut listed: Vec<Listed> = Vec::new();
    while listed.len() < MOST {
        let Some(page) = pages.next().await? else {
            break;
        };
        listed.extend(page.into_iter().filter(|it| !it.failed));
    }
    Ok(listed)
}

/// Removes receipts that the account does not count, unless a node shows the transaction that left them.
async fn remove(mirror: &Mirror, cursor: &Cursor, finding: &Finding) -> Result<bool> {
    let mut phantoms: Vec<Place> = Vec::new();
    for place in &finding.surplus {
        let mut conn = mirror.connection().await?;
        let stored = receipt::at(&mut conn, *place).await?;
        drop(conn);
        let Some(signature) = stored else {
            continue;
        };
        let listed = Listed {
            signature: Signature::from(signature),
            slot: place.slot.unsigned_abs(),
            index: u32::try_from(place.tx_index).ok(),
            failed: false,
        };
        match mirror
            .node
            .transaction(&listed, Commitment::Finalized)
            .await
        {
            Ok(transaction) => {
                let shown = Applied::of(&transaction).effects.receipts;
                if !shown.iter().any(|it| it.place == *place) {
                    phantoms.push(*place);
                }
            }
            Err(NodeError::UnknownTransaction(_)) => phantoms.push(*place),
            Err(error) => return Err(error.into()),
        }
    }
    if phantoms.is_empty() {
        return Ok(false);
    }
    let mut conn = mirror.write(cursor).await?;
    let undone = receipt::remove(&mut conn, &phantoms).await?;
    commit(conn).await?;
    metrics::corrections("receipt", undone.receipts as u64);
    tracing::error!(
        account = %finding.account, receipts = undone.receipts,
        "receipts that the chain does not have are removed"
    );
    Ok(true)
}
