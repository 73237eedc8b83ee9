//! Fetches missing receipts, and removes those that the chain does not have.

use super::life::Finding;
use crate::{
    apply::{Applied, Certainty, Found, apply},
    metrics,
    mirror::{Mirror, Result, commit},
    node::{Commitment, Listed, Listing, NodeError, Pages, transactions},
};
use tessera_store::mirror::{
    cursor::Cursor,
    proof,
    receipt::{self, Place},
};

/// Most transactions of an account that one repair looks through. Each further try looks through
/// the next ones, so that nobody hides a receipt by naming its account often.
const MOST: usize = 10_000;

/// Repairs a finding after `tries` earlier attempts; returns whether anything was repaired.
pub(super) async fn repair(
    mirror: &Mirror,
    cursor: &Cursor,
    finding: &Finding,
    tries: usize,
) -> Result<bool> {
    if !finding.surplus.is_empty() {
        return remove(mirror, cursor, finding).await;
    }
    let (until, before) = match finding.life_id {
        Some(life) if !finding.altered => {
            proof::neighbours(&mut *mirror.connection().await?, life, finding.seq).await?
        }
        _ => (None, None),
    };
    if fetch(mirror, cursor, finding, (before, until), tries).await? {
        return Ok(true);
    }
    // A node that has forgotten the transaction after the gap lists nothing before it.
    match before {
        Some(_) => fetch(mirror, cursor, finding, (None, until), tries).await,
        None => Ok(false),
    }
}

/// Fetches the account's receipts between two transactions; returns whether any was missing.
async fn fetch(
    mirror: &Mirror,
    cursor: &Cursor,
    finding: &Finding,
    (before, until): (Option<[u8; 64]>, Option<[u8; 64]>),
    tries: usize,
) -> Result<bool> {
    let listed = match list(mirror, finding, before, until, tries * MOST).await {
        Err(error) if before.is_some() => {
            tracing::debug!("{error}");
            return Ok(false);
        }
        listed => listed?,
    };
    let (stays, concurrency) = (Commitment::Finalized, mirror.config.concurrency);
    let fetched = transactions(&*mirror.node, listed, stays, concurrency).await?;
    // A transaction that no node shows may not be among the missing ones; the next proof tries
    // again.
    let mut applied: Vec<Applied> = fetched
        .into_iter()
        .flatten()
        .map(|it| Applied::of(&it))
        .collect();
    for it in &mut applied {
        it.effects.touched.clear();
        it.effects
            .receipts
            .retain(|it| it.account == finding.account);
    }
    applied.sort_by_key(|it| (it.slot, it.tx_index));
    let stays = Certainty::Stays {
        steps: vec![],
        followed: cursor.followed_slot,
    };
    let receipts = apply(mirror, cursor, &applied, &Found::default(), &stays).await?;
    metrics::corrections("receipt", receipts as u64);
    if receipts > 0 {
        tracing::warn!(
            account = %finding.account, seq = finding.seq, receipts,
            "receipts were missing and are there now"
        );
    }
    Ok(receipts > 0)
}

/// Transactions that name the account, newest first, between two that are stored: after the first
/// `skipped`, or from the first on when there are no more.
async fn list(
    mirror: &Mirror,
    finding: &Finding,
    before: Option<[u8; 64]>,
    until: Option<[u8; 64]>,
    skipped: usize,
) -> Result<Vec<Listed>> {
    let listing = Listing {
        address: finding.account.0.into(),
        before: before.map(Into::into),
        until: until.map(Into::into),
        min_slot: 0,
        commitment: Commitment::Finalized,
    };
    let mut pages = Pages::new(&*mirror.node, listing);
    let (mut first, mut rest, mut seen) = (Vec::new(), Vec::new(), 0);
    while seen < skipped + MOST {
        let Some(page) = pages.next().await? else {
            break;
        };
        for it in page.into_iter().filter(|it| !it.failed) {
            if seen < MOST {
                first.push(it);
            }
            if seen >= skipped {
                rest.push(it);
            }
            seen += 1;
        }
    }
    Ok(if rest.is_empty() { first } else { rest })
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
        let listed = Listed::stored(signature, place.slot, Some(place.tx_index));
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
