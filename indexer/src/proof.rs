//! The gap proof: for each account, the stored receipts follow each other without a gap, none is too
//! many, and they hash to what the account says. What is missing is fetched, what the chain does not have
//! is removed, and each is counted: with every transaction followed there is nothing to correct.

mod life;
mod repair;

use crate::{
    metrics,
    mirror::{Mirror, Result, commit},
};
use life::Finding;
use std::{
    collections::{HashMap, HashSet},
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

/// So many repairs that nodes failed end the repairs of a proof.
const FAILURES: usize = 10;

/// Time between proofs of all lives; between them, those with new receipts are proven.
const WHOLE: Duration = Duration::from_secs(6 * 3_600);
/// Longest time between proofs of all lives while receipts are missing.
const MISSING: Duration = Duration::from_secs(30 * 60);

/// Proves receipts now and then, for ever.
pub(crate) async fn run(mirror: Mirror) {
    let mut gaps = Gaps::default();
    let mut whole: Option<Instant> = None;
    let (mut proven, mut pause) = (None, WHOLE);
    loop {
        sleep(mirror.config.proof).await;
        let suspect = mirror.suspect.load(Ordering::Relaxed);
        let again = whole.is_none_or(|at| at.elapsed() > pause);
        // What an account said is held against its receipts only when they are final that far.
        let since = proven.filter(|slot| !again && *slot >= suspect);
        // That an account is gone is known when all were read.
        let read = mirror.cursor().await.map(|cursor| cursor.snapshot_slot);
        let before = gaps.count();
        match prove(&mirror, since, &mut gaps).await {
            Ok(final_slot) => {
                proven = Some(final_slot);
                // What is left is looked for again, the less often the longer nobody has it.
                pause = match gaps.count() {
                    0 => WHOLE,
                    left if left != before => mirror.config.proof,
                    _ if since.is_none() => (pause * 2).min(MISSING),
                    _ => pause,
                };
                if since.is_none() && read.is_ok_and(|slot| slot > 0) {
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

/// What is known of accounts that lack receipts.
#[derive(Default)]
pub(crate) struct Gaps {
    /// Accounts that still lack some.
    open: HashSet<Key>,
    /// Lives whose accounts say more than was final at the last proof.
    pending: HashSet<i32>,
    /// How often each was tried to be repaired.
    tries: HashMap<Key, usize>,
}

/// Proves the receipts of all lives, or of those with receipts behind the slot `since`, and repairs what
/// is missing as far as nodes show it. Returns through which slot.
pub(crate) async fn prove(mirror: &Mirror, since: Option<i64>, gaps: &mut Gaps) -> Result<i64> {
    let cursor = mirror.cursor().await?;
    let mut repairs = REPAIRS;
    let found = loop {
        let Found {
            findings: mut found,
            pending,
        } = find(mirror, &cursor, since, &gaps.pending).await?;
        // What was never tried comes first: what nobody has keeps nothing else waiting.
        found.sort_by_key(|finding| gaps.tries.get(&finding.account).copied());
        let (mut repaired, mut failures) = (0, 0);
        for finding in found.iter().take(repairs) {
            if failures == FAILURES {
                break;
            }
            let tries = gaps.tries.entry(finding.account).or_default();
            match repair::repair(mirror, &cursor, finding, *tries).await {
                Ok(true) => repaired += 1,
                Ok(false) => *tries += 1,
                // A node's failure is about this account, until the next one shows otherwise.
                Err(crate::IndexerError::Node(error)) => {
                    *tries += 1;
                    failures += 1;
                    tracing::warn!(
                        account = %finding.account, seq = finding.seq,
                        error = &error as &dyn std::error::Error,
                        "receipts are missing and cannot be fetched"
                    );
                }
                Err(error) => return Err(error),
            }
        }
        repairs = repairs.saturating_sub(found.len());
        // Of each account only the first gap was found, so what was repaired counts as found until it
        // is proven.
        if repaired == 0 || repairs == 0 {
            gaps.pending = pending;
            break found;
        }
    };
    if since.is_none() {
        gaps.open.clear();
    }
    gaps.open
        .extend(found.iter().map(|finding| finding.account));
    gaps.tries.retain(|account, _| gaps.open.contains(account));
    let left = gaps.count();
    let mut conn = mirror.write(&cursor).await?;
    cursor::set_gaps(&mut conn, left).await?;
    commit(conn).await?;
    metrics::gaps(left);
    Ok(cursor.final_slot)
}

impl Gaps {
    /// How many accounts lack receipts.
    pub(crate) fn count(&self) -> i64 {
        i64::try_from(self.open.len()).unwrap_or(i64::MAX)
    }
}

/// What a proof found.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    pending: HashSet<i32>,
}

/// Proves, and finds the first gap of each account that has one.
async fn find(
    mirror: &Mirror,
    cursor: &Cursor,
    since: Option<i64>,
    pending: &HashSet<i32>,
) -> Result<Found> {
    let mut found = Found::default();
    let pending: Vec<i32> = pending.iter().copied().collect();
    let mut after = 0;
    loop {
        let mut conn = mirror.connection().await?;
        let claims = proof::claims(&mut conn, since, &pending, after, PAGE).await?;
        let Some(last) = claims.last() else {
            break;
        };
        after = last.life_id;
        let lives: Vec<i32> = claims.iter().map(|claim| claim.life_id).collect();
        let receipts = proof::unproven(&mut conn, &lives, cursor.final_slot).await?;
        drop(conn);
        note(mirror, cursor, &claims, &receipts, &mut found).await?;
    }
    if since.is_none() {
        let mut conn = mirror.connection().await?;
        let strange = proof::without_receipts(&mut conn, cursor.final_slot, PAGE).await?;
        let strange = strange.into_iter().map(Finding::unknown);
        found.findings.extend(strange);
    }
    Ok(found)
}

/// Notes what is proven of these lives, and what is found.
async fn note(
    mirror: &Mirror,
    cursor: &Cursor,
    claims: &[Claim],
    receipts: &[Unproven],
    found: &mut Found,
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
        let verdict = life::judge(claim, own, cursor.final_slot);
        let (seq, head) = (verdict.seq, verdict.head);
        if seq > claim.proven_seq {
            proven.push((claim.life_id, seq, head));
        }
        // What a dead letter is about is known to be missing.
        let finding = verdict.finding.filter(|_| !claim.marked);
        found.findings.extend(finding);
        if verdict.pending {
            found.pending.insert(claim.life_id);
        }
    }
    if !proven.is_empty() {
        let mut conn = mirror.write(cursor).await?;
        proof::note(&mut conn, &proven).await?;
        commit(conn).await?;
    }
    Ok(())
}
