//! From effects to the mirror: receipts, accounts and the cursor commit together or not at all.
//! What the database refuses once, it refuses again: then each row is stored on its own, and what
//! is still refused becomes a dead letter.

use crate::{
    decode::{self, Effects},
    metrics,
    mirror::{Conn, Mirror, Result, commit},
};
use std::time::Instant;
use tessera_client::{
    Event,
    types::{NO_ADDRESS, events::Receipt},
};
use tessera_store::{
    Key,
    mirror::{
        accounts::{self, Accounts},
        chain_feed,
        cursor::{self, Cursor},
        dead_letter::{self, LetterKind, NewLetter},
        receipt::{self, Inserted, NewReceipt, PlanOf},
        unsettled::{self, Unsettled},
        walk::{self, Step},
    },
};

/// Accounts as they were read, at most one reading per address.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) rows: Accounts,
    /// Addresses without an account, by the slot at which they were read.
    pub(crate) gone: Vec<(i64, Vec<Key>)>,
    pub(crate) letters: Vec<NewLetter>,
    /// Everything that was read, by slot.
    pub(crate) read: Vec<(i64, Vec<Key>)>,
}

/// A transaction and its effects.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) signature: [u8; 64],
    pub(crate) slot: i64,
    pub(crate) tx_index: i32,
    pub(crate) effects: Effects,
}

impl Applied {
    fn unsettled(&self) -> Unsettled {
        Unsettled {
            signature: self.signature,
            slot: self.slot,
            tx_index: self.tx_index,
            touched: self.effects.touched.clone(),
        }
    }
}

/// Whether transactions stay, and what is recorded with them.
#[derive(Debug, Clone)]
pub(crate) enum Certainty {
    /// They stay: these steps of the walk are done, and accounts touched after `followed` must be
    /// read again.
    Stays { steps: Vec<Step>, followed: i64 },
    /// They may vanish.
    MayVanish,
}

/// Stores transactions in chain order, and accounts that were read after them. Returns how many
/// receipts are new.
pub(crate) async fn apply(
    mirror: &Mirror,
    cursor: &Cursor,
    transactions: &[Applied],
    found: &Found,
    certainty: &Certainty,
) -> Result<usize> {
    let started = Instant::now();
    let stored = try_apply(mirror, cursor, transactions, found, certainty).await;
    let (rows, receipts) = match stored {
        Err(crate::IndexerError::Store(error)) if error.is_refusal() => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the database refuses a batch; its parts are stored by themselves"
            );
            apply_singly(mirror, cursor, transactions, found, certainty).await?
        }
        stored => stored?,
    };
    metrics::batch(rows, receipts as u64, started.elapsed());
    Ok(receipts)
}

async fn try_apply(
    mirror: &Mirror,
    cursor: &Cursor,
    transactions: &[Applied],
    found: &Found,
    certainty: &Certainty,
) -> Result<(u64, usize)> {
    let mut conn = mirror.write(cursor).await?;
    let rows = store_accounts(&mut conn, found).await?;
    let settled = matches!(certainty, Certainty::Stays { .. });
    let mut transactions: Vec<&Applied> = transactions.iter().collect();
    if !settled && !transactions.is_empty() {
        // Everything up to there is final, so nothing of it may vanish: a feed that repeats itself,
        // or a writer that was cut off meanwhile, adds nothing.
        let listed = cursor::read(&mut conn).await?;
        let listed = listed.map_or(0, |cursor| cursor.listed_slot);
        transactions.retain(|it| it.slot > listed);
    }
    let receipts: Vec<NewReceipt> = transactions
        .iter()
        .flat_map(|transaction| transaction.effects.receipts.iter().cloned())
        .collect();
    let inserted = insert(&mut conn, &receipts, settled).await?;
    metrics::corrections("receipt", inserted.replaced as u64);
    let mut new = inserted.new;
    if new < receipts.len() && !settled {
        // A transaction that may vanish and contradicts what is stored is applied as a whole once
        // it stays, and no part of it before.
        let contradicted = receipt::contradicted(&mut conn, &receipts).await?;
        let is_whole = |it: &&Applied| !contradicted.contains(&it.signature);
        let (whole, parts): (Vec<&Applied>, _) = transactions.into_iter().partition(is_whole);
        let parts: Vec<Unsettled> = parts.into_iter().map(Applied::unsettled).collect();
        let removed = receipt::remove_transactions(&mut conn, &parts).await?;
        unsettled::remove(&mut conn, &parts).await?;
        // Some of it may be from before, when no more of its transaction was shown.
        new = new.saturating_sub(removed.receipts);
        transactions = whole;
    }
    for transaction in &transactions {
        keep(&mut conn, &transaction.effects.letters).await?;
    }
    note(&mut conn, &transactions, certainty).await?;
    commit(conn).await?;
    Ok((rows, new))
}

async fn note(conn: &mut Conn, transactions: &[&Applied], certainty: &Certainty) -> Result<()> {
    match certainty {
        Certainty::Stays { steps, followed } => {
            for transaction in transactions {
                if transaction.slot > *followed {
                    let touched = &transaction.effects.touched;
                    unsettled::mark_stale(&mut *conn, touched, transaction.slot).await?;
                }
            }
            walk::done(conn, steps).await?;
        }
        Certainty::MayVanish => {
            let unsettled: Vec<Unsettled> = transactions.iter().map(|it| it.unsettled()).collect();
            unsettled::add(conn, &unsettled).await?;
        }
    }
    Ok(())
}

/// Stores each account and each transaction on its own; what is refused then becomes a dead letter.
async fn apply_singly(
    mirror: &Mirror,
    cursor: &Cursor,
    transactions: &[Applied],
    found: &Found,
    certainty: &Certainty,
) -> Result<(u64, usize)> {
    let rows = accounts_singly(mirror, cursor, found).await?;
    let mut receipts = 0;
    for transaction in transactions {
        let one = std::slice::from_ref(transaction);
        let alone = match certainty {
            Certainty::Stays { followed, .. } => Certainty::Stays {
                steps: vec![],
                followed: *followed,
            },
            Certainty::MayVanish => Certainty::MayVanish,
        };
        match try_apply(mirror, cursor, one, &Found::default(), &alone).await {
            Err(crate::IndexerError::Store(error)) if error.is_refusal() => {
                let refused = Applied {
                    effects: Effects {
                        receipts: vec![],
                        touched: transaction.effects.touched.clone(),
                        letters: decode::refused(&transaction.effects, &refusal(&error)),
                    },
                    ..transaction.clone()
                };
                try_apply(mirror, cursor, &[refused], &Found::default(), &alone).await?;
            }
            stored => receipts += stored?.1,
        }
    }
    if let Certainty::Stays { steps, .. } = certainty {
        let mut conn = mirror.write(cursor).await?;
        walk::done(&mut conn, steps).await?;
        commit(conn).await?;
    }
    Ok((rows, receipts))
}

async fn accounts_singly(mirror: &Mirror, cursor: &Cursor, found: &Found) -> Result<u64> {
    let (mut rows, refused) = rows_singly(mirror, cursor, found.rows.clone()).await?;
    let rest = Found {
        rows: Accounts::default(),
        gone: found.gone.clone(),
        letters: [&found.letters[..], &refused].concat(),
        read: found.read.clone(),
    };
    rows += try_apply(mirror, cursor, &[], &rest, &Certainty::MayVanish)
        .await?
        .0;
    Ok(rows)
}

/// Stores each row on its own. Returns how many changed, and letters about those that are refused.
pub(crate) async fn rows_singly(
    mirror: &Mirror,
    cursor: &Cursor,
    rows: Accounts,
) -> Result<(u64, Vec<NewLetter>)> {
    let (mut changed, mut refused) = (0, Vec::new());
    for row in rows.singly() {
        let (address, slot) = (row.address(), row.slot());
        let one = Found {
            rows: [row].into_iter().collect(),
            ..Found::default()
        };
        match try_apply(mirror, cursor, &[], &one, &Certainty::MayVanish).await {
            Err(crate::IndexerError::Store(error)) if error.is_refusal() => {
                refused.push(NewLetter {
                    kind: LetterKind::Account,
                    reason: refusal(&error),
                    bytes: vec![],
                    slot,
                    signature: None,
                    tx_index: None,
                    call: None,
                    accounts: vec![address],
                });
            }
            stored => changed += stored?.0,
        }
    }
    Ok((changed, refused))
}

/// Stores accounts that were read, except those that the database refuses. Returns how many rows
/// changed.
pub(crate) async fn store_read(mirror: &Mirror, cursor: &Cursor, found: &Found) -> Result<u64> {
    match try_apply(mirror, cursor, &[], found, &Certainty::MayVanish).await {
        Err(crate::IndexerError::Store(error)) if error.is_refusal() => {
            accounts_singly(mirror, cursor, found).await
        }
        stored => Ok(stored?.0),
    }
}

/// The database's reason for a refusal.
pub(crate) fn refusal(error: &tessera_store::StoreError) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    cause.unwrap_or_else(|| error.to_string())
}

/// Stores accounts; they claim no history. Returns how many rows changed.
async fn store_accounts(conn: &mut Conn, found: &Found) -> Result<u64> {
    let mut rows = accounts::upsert(&mut *conn, &found.rows).await?;
    for (slot, addresses) in &found.gone {
        rows += accounts::close(&mut *conn, addresses, *slot).await?;
    }
    for (slot, addresses) in &found.read {
        unsettled::fresh(&mut *conn, addresses, *slot).await?;
        dead_letter::forget_accounts(&mut *conn, addresses, *slot).await?;
    }
    keep(conn, &found.letters).await?;
    Ok(rows)
}

pub(crate) async fn keep(conn: &mut Conn, letters: &[NewLetter]) -> Result<()> {
    for letter in letters {
        metrics::dead_letter(letter.kind);
        tracing::warn!(
            kind = ?letter.kind, slot = letter.slot, accounts = ?letter.accounts,
            "what came from the chain is kept as a dead letter: {}", letter.reason
        );
    }
    Ok(dead_letter::keep(conn, letters).await?)
}

/// Stores receipts, and assigns plans to those that came out of order; see [`receipt::insert`].
pub(crate) async fn insert(
    conn: &mut Conn,
    receipts: &[NewReceipt],
    settled: bool,
) -> Result<Inserted> {
    let inserted = receipt::insert(&mut *conn, receipts, settled).await?;
    if inserted.new > 0 {
        let slots = || receipts.iter().map(|receipt| receipt.place.slot);
        let (first, last) = (slots().min(), slots().max());
        chain_feed::announce(&mut *conn, first.unwrap_or(0), last.unwrap_or(0)).await?;
    }
    for life in &inserted.disordered {
        put_under_plans(&mut *conn, *life).await?;
    }
    Ok(inserted)
}

/// Assigns plans to a life's receipts from the first on: the plan of each follows from those before
/// it.
async fn put_under_plans(conn: &mut Conn, life: i32) -> Result<()> {
    let receipts = receipt::of_life(&mut *conn, life).await?;
    let (mut plan, mut agreed) = (None, None);
    // The account does not matter here.
    let head = Receipt {
        account: NO_ADDRESS,
        life: 0,
        seq: 0,
        at: 0,
    };
    let mut plans = Vec::with_capacity(receipts.len());
    for receipt in receipts {
        let raw = Event::assemble(&receipt.kind, &head, &receipt.body);
        if let Some(Ok(event)) = raw.as_deref().map(Event::decode) {
            match decode::plan(&event) {
                PlanOf::Stated(stated) => plan = Some(stated),
                PlanOf::Agreed => plan = agreed.or(plan),
                PlanOf::Before => {}
            }
            if let Event::PlanChanged(changed, _) = event {
                agreed = Some(Key(changed.plan.to_bytes()));
            }
        }
        plans.push((receipt.arrival, plan));
    }
    Ok(receipt::set_plans(conn, &plans).await?)
}
