//! The gap proof: for each account, the stored receipts follow each other without a gap, none is
//! surplus, and they hash to the account's head. Missing receipts are fetched, and those that the
//! chain does not have are removed. Each correction is counted: following every transaction leaves
//! nothing to correct.

mod life;
mod repair;

use crate::{
    metrics,
    mirror::{Mirror, Result, commit},
};
use life::Finding;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tessera_store::{
    Key,
    mirror::{
        cursor::{self, Cursor},
        proof::{self, Claim, Unproven},
    },
};
use tokio::time::sleep;

/// Lives that are proven together.
const PAGE: usize = 500;
/// Receipts that are read at a time.
const RECEIPTS: usize = 2_000;
/// Most accounts whose receipts are repaired in one proof.
const REPAIRS: usize = 100;
/// Most accounts with a gap that are checked again between proofs of all lives.
const REVISITS: usize = 1_000;
/// Number of repairs failed by nodes that ends the repairs of a proof.
const FAILURES: usize = 10;

/// Time between proofs of all lives; between them, those with new receipts are proven.
const WHOLE: Duration = Duration::from_secs(6 * 3_600);
/// Longest time between proofs of all lives while receipts are missing.
const MISSING: Duration = Duration::from_secs(30 * 60);

/// Proves receipts at intervals, for ever.
pub(crate) async fn run(mirror: Mirror) {
    let mut gaps = Gaps::default();
    let mut whole: Option<Instant> = None;
    let (mut proven, mut pause) = (None, WHOLE);
    loop {
        sleep(mirror.config.proof).await;
        // Nothing can be proven before something is final.
        let Ok(cursor) = mirror.cursor().await else {
            continue;
        };
        if cursor.final_slot == 0 {
            continue;
        }
        let suspect = mirror.suspect.load(Ordering::Relaxed);
        let again = whole.is_none_or(|at| at.elapsed() > pause);
        // An account is compared with its receipts only when they are final up to its reading.
        let since = proven.filter(|slot| !again && *slot >= suspect);
        let before = gaps.count();
        match prove(&mirror, since, &mut gaps).await {
            Ok(final_slot) => {
                proven = Some(final_slot);
                // Remaining gaps are looked for again, less and less often.
                pause = match gaps.count() {
                    0 => WHOLE,
                    left if left != before => mirror.config.proof,
                    _ if since.is_none() => (pause * 2).min(MISSING),
                    _ => pause,
                };
                // Only a reading of all accounts reveals closed ones, and an account read after the
                // last final slot is judged once its slot is final: a reading before the start may
                // have found it.
                if since.is_none() && cursor.snapshot_slot > 0 && !gaps.unjudged {
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

/// The accounts that are known to lack receipts.
#[derive(Default)]
pub(crate) struct Gaps {
    /// Accounts that still lack some, and the life concerned, where the mirror knows it.
    open: HashSet<(Key, Option<i32>)>,
    /// Lives whose accounts counted receipts that were not final at the last proof.
    pending: HashSet<i32>,
    /// Whether accounts without any stored receipt counted some that were not final.
    unjudged: bool,
    /// Attempts to repair each account.
    tries: HashMap<Key, usize>,
}

/// Proves the receipts of all lives, or of those with receipts after the slot `since`, and repairs
/// what is missing as far as nodes show it. Between proofs of all lives a known gap is only checked
/// again: the walk may have filled it. Returns the slot through which it proved.
pub(crate) async fn prove(mirror: &Mirror, since: Option<i64>, gaps: &mut Gaps) -> Result<i64> {
    let cursor = mirror.cursor().await?;
    let again = gaps.revisited();
    let mut found = match since {
        None => find_all(mirror, &cursor).await?,
        Some(slot) => {
            let lives = again.iter().filter_map(|(_, life)| *life);
            let lives = lives.chain(gaps.pending.iter().copied()).collect();
            find_behind(mirror, &cursor, slot, lives).await?
        }
    };
    let mut repairs = REPAIRS;
    loop {
        let repaired = repair_some(mirror, &cursor, since, gaps, &found, &mut repairs).await?;
        if repaired.is_empty() {
            break;
        }
        // Only the first gap of each account was found, so a repaired account stays a finding until
        // it is proven.
        found.findings.retain(|it| !repaired.contains(&it.account));
        let lives = proof::lives_of(&mut *mirror.connection().await?, &repaired).await?;
        prove_lives(mirror, &cursor, &lives, &mut found).await?;
    }
    gaps.pending = found.pending;
    gaps.unjudged = found.unjudged;
    match since {
        None => gaps.open.clear(),
        Some(_) => gaps.open.retain(|gap| !again.contains(gap)),
    }
    gaps.open
        .extend(found.findings.iter().map(|it| (it.account, it.life_id)));
    let open = gaps.accounts();
    gaps.tries.retain(|account, _| open.contains(account));
    let left = gaps.count();
    let mut conn = mirror.write(&cursor).await?;
    cursor::set_gaps(&mut conn, left).await?;
    commit(conn).await?;
    metrics::gaps(left);
    Ok(cursor.final_slot)
}

/// Repairs up to `repairs` findings. Returns the accounts that gained something they lacked.
async fn repair_some(
    mirror: &Mirror,
    cursor: &Cursor,
    since: Option<i64>,
    gaps: &mut Gaps,
    found: &Found,
    repairs: &mut usize,
) -> Result<Vec<Key>> {
    let is_due = |it: &&Finding| since.is_none() || !gaps.open.contains(&(it.account, it.life_id));
    let mut due: Vec<&Finding> = found.findings.iter().filter(is_due).collect();
    // Those tried least come first: receipts that no node has do not hold up the others.
    due.sort_by_key(|finding| gaps.tries.get(&finding.account).copied());
    due.truncate(*repairs);
    *repairs -= due.len();
    let (mut repaired, mut failures) = (Vec::new(), 0);
    for finding in due {
        if failures == FAILURES {
            break;
        }
        let tries = gaps.tries.entry(finding.account).or_default();
        match repair::repair(mirror, cursor, finding, *tries).await {
            Ok(true) => repaired.push(finding.account),
            Ok(false) => *tries += 1,
            // A node's failure counts against this account only, until the next one fails too.
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
    Ok(repaired)
}

impl Gaps {
    /// How many accounts lack receipts.
    pub(crate) fn count(&self) -> i64 {
        i64::try_from(self.accounts().len()).unwrap_or(i64::MAX)
    }

    fn accounts(&self) -> HashSet<Key> {
        self.open.iter().map(|(account, _)| *account).collect()
    }

    /// Gaps that are checked again.
    fn revisited(&self) -> HashSet<(Key, Option<i32>)> {
        let known = self.open.iter().filter(|(_, life)| life.is_some());
        known.take(REVISITS).copied().collect()
    }
}

/// The result of a proof.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    pending: HashSet<i32>,
    /// Whether an account without receipts was read after the last final slot, and so is judged
    /// later.
    unjudged: bool,
}

/// Proves all lives, and finds the first gap of each account that has one.
async fn find_all(mirror: &Mirror, cursor: &Cursor) -> Result<Found> {
    const LIMIT: i64 = PAGE as i64;
    let mut found = Found::default();
    let mut after = 0;
    loop {
        let lives = proof::lives(&mut *mirror.connection().await?, after, LIMIT).await?;
        let Some(last) = lives.last() else {
            break;
        };
        after = *last;
        prove_lives(mirror, cursor, &lives, &mut found).await?;
    }
    let mut after = None;
    loop {
        let mut conn = mirror.connection().await?;
        let strange = proof::without_receipts(&mut conn, after, LIMIT).await?;
        let Some((last, _)) = strange.last() else {
            return Ok(found);
        };
        after = Some(*last);
        for (account, slot) in strange {
            match slot <= cursor.final_slot {
                true => found.findings.push(Finding::unknown(account)),
                false => found.unjudged = true,
            }
        }
    }
}

/// Proves lives with receipts after a slot, and the given ones.
async fn find_behind(
    mirror: &Mirror,
    cursor: &Cursor,
    slot: i64,
    mut lives: BTreeSet<i32>,
) -> Result<Found> {
    let changed = proof::changed(&mut *mirror.connection().await?, slot).await?;
    lives.extend(changed);
    let lives: Vec<i32> = lives.into_iter().collect();
    let mut found = Found::default();
    for page in lives.chunks(PAGE) {
        prove_lives(mirror, cursor, page, &mut found).await?;
    }
    Ok(found)
}

/// Proves these lives, a bounded number of receipts at a time.
async fn prove_lives(
    mirror: &Mirror,
    cursor: &Cursor,
    lives: &[i32],
    found: &mut Found,
) -> Result<()> {
    let mut claims = proof::claims(&mut *mirror.connection().await?, lives).await?;
    while !claims.is_empty() {
        let lives: Vec<i32> = claims.iter().map(|claim| claim.life_id).collect();
        let mut conn = mirror.connection().await?;
        let (slot, limit) = (cursor.final_slot, RECEIPTS as i64);
        let receipts = proof::unproven(&mut conn, &lives, slot, limit).await?;
        drop(conn);
        // If the limit was reached, more receipts of the last life may follow.
        let cut = (receipts.len() == RECEIPTS).then(|| receipts.last().map(|it| it.life_id));
        let proven = judge(&mut claims, &receipts, cut.flatten(), slot, found);
        if !proven.is_empty() {
            let mut conn = mirror.write(cursor).await?;
            proof::note(&mut conn, &proven).await?;
            commit(conn).await?;
        }
    }
    Ok(())
}

/// Judges claims up to the one whose receipts are cut off, which is left for later with those
/// behind it. Returns the lives that are proven, and how far.
fn judge(
    claims: &mut Vec<Claim>,
    receipts: &[Unproven],
    cut: Option<i32>,
    final_slot: i64,
    found: &mut Found,
) -> Vec<(i32, i64, Key)> {
    let mut proven = Vec::new();
    let mut rest = receipts;
    let mut done = 0;
    for claim in claims.iter_mut() {
        let count = rest
            .iter()
            .take_while(|it| it.life_id == claim.life_id)
            .count();
        let (own, others) = rest.split_at(count);
        rest = others;
        let is_cut = cut == Some(claim.life_id);
        let verdict = match is_cut {
            true => life::judge_part(claim, own, final_slot),
            false => life::judge(claim, own, final_slot),
        };
        let (seq, head) = (verdict.seq, verdict.head);
        if seq > claim.proven_seq {
            proven.push((claim.life_id, seq, head));
        }
        if is_cut && verdict.finding.is_none() {
            (claim.proven_seq, claim.proven_head) = (seq, head);
            break;
        }
        // An account with a dead letter is known to lack something.
        let finding = verdict.finding.filter(|_| !claim.marked);
        found.findings.extend(finding);
        if verdict.pending {
            found.pending.insert(claim.life_id);
        }
        done += 1;
        if is_cut {
            break;
        }
    }
    claims.drain(..done);
    proven
}
