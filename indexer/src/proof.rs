//! The gap proof: for each account, the stored receipts follow each other without a gap, none is too
//! many, and they hash to what the account says. What is missing is fetched, what the chain does not have
//! is removed, and each is counted: with every transaction followed there is nothing to correct.

mod life;
mod repair;

use crate::{
    metrics,
    mirror::{Mirror, Result, commit},
};
use life::{Finding, Verdict};
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tessera_store::{
    Key,
    cursor::{self, Cursor},
    proof::{self, Claim, Unproven},
};
use tokio::time::sleep;

/// Lives that are proven together.
const PAGE: i64 = 500;
/// Most accounts whose receipts are repaired in one proof.
const REPAIRS: usize = 100;

/// Time between proofs of all lives; between them, those with new receipts are proven.
const WHOLE: Duration = Duration::from_secs(6 * 3_600);

/// Proves receipts now and then, for ever.
pub(crate) async fn run(mirror: Mirror) {
    let mut whole: Option<Instant> = None;
    let mut proven = None;
    loop {
        sleep(mirror.config.proof).await;
        let suspect = mirror.suspect.load(Ordering::Relaxed);
        let again = whole.is_none_or(|at| at.elapsed() > WHOLE);
        // What an account said is held against its receipts only when they are final that far.
        let since = proven.filter(|slot| !again && *slot >= suspect);
        // That an account is gone counts when the reading of all accounts is final.
        let read = mirror.cursor().await.map(|cursor| cursor.snapshot_slot);
        match prove(&mirror, since).await {
            Ok((final_slot, left)) => {
                // What is left is looked for again.
                proven = Some(final_slot).filter(|_| left == 0);
                if again && read.is_ok_and(|slot| slot <= final_slot) {
                    whole = Some(Instant::now());
                }
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the receipts could not all be proven; this is tried again"
            ),
        }
    }
}

/// Proves the receipts of all lives once, or of those with receipts behind the slot `since`. Returns
/// through which slot, and how many accounts still lack some.
pub(crate) async fn prove(mirror: &Mirror, since: Option<i64>) -> Result<(i64, i64)> {
    let cursor = mirror.cursor().await?;
    let mut repairs = REPAIRS;
    let left = loop {
        let found = find(mirror, &cursor, since).await?;
        let mut repaired = 0;
        for finding in found.iter().take(repairs) {
            repaired += usize::from(repair::repair(mirror, &cursor, finding).await?);
        }
        repairs = repairs.saturating_sub(found.len());
        // Of each account only the first gap was found, so what was repaired counts as found until it
        // is proven.
        if repaired == 0 || repairs == 0 {
            break i64::try_from(found.len()).unwrap_or(i64::MAX);
        }
    };
    let mut conn = mirror.write(&cursor).await?;
    cursor::set_gaps(&mut conn, left).await?;
    commit(conn).await?;
    metrics::gaps(left);
    Ok((cursor.final_slot, left))
}

/// Proves, and finds the first gap of each account that has one.
async fn find(mirror: &Mirror, cursor: &Cursor, since: Option<i64>) -> Result<Vec<Finding>> {
    let mut found: Vec<Finding> = Vec::new();
    let mut after = 0;
    loop {
        let mut conn = mirror.connection().await?;
        let claims = proof::claims(&mut conn, since, after, PAGE).await?;
        let Some(last) = claims.last() else {
            break;
        };
        after = last.life_id;
        let lives: Vec<i32> = claims.iter().map(|claim| claim.life_id).collect();
        let receipts = proof::unproven(&mut conn, &lives, cursor.final_slot).await?;
        drop(conn);
        note(mirror, cursor, &claims, &receipts, &mut found).await?;
    }
    let mut conn = mirror.connection().await?;
    let strange = proof::without_receipts(&mut conn, cursor.final_slot, PAGE).await?;
    drop(conn);
    found.extend(strange.into_iter().map(Finding::unknown));
    Ok(found)
}

/// Notes what is proven of these lives, and what is found.
async fn note(
    mirror: &Mirror,
    cursor: &Cursor,
    claims: &[Claim],
    receipts: &[Unproven],
    found: &mut Vec<Finding>,
) -> Result<()> {
    let mut proven: Vec<(i32, i64, Key)> = Vec::new();
    let mut rest = receipts;
    for claim in claims {
        let count = rest
            .iter()
            .take_while(|it| it.life_id == claim.life_id)
            .count();
        let (own, others) = rest.split_at(count);
        rest = others;
        let Verdict { seq, head, finding } = life::judge(claim, own, cursor.final_slot);
        if seq > claim.proven_seq {
            proven.push((claim.life_id, seq, head));
        }
        // What a dead letter is about is known to be missing.
        found.extend(finding.filter(|_| !claim.marked));
    }
    if !proven.is_empty() {
        let mut conn = mirror.write(cursor).await?;
        proof::note(&mut conn, &proven).await?;
        commit(conn).await?;
    }
    Ok(())
}
