//! Retries dead letters with what this version understands.

use crate::{
    IndexerError,
    apply::{Applied, insert, refusal},
    decode::{self, Effects},
    mirror::{Mirror, Result, commit},
    node::{Commitment, Listed, NodeError, Transaction},
};
use futures::{StreamExt, TryStreamExt, stream};
use tessera_store::{
    Key,
    mirror::{
        cursor::Cursor,
        dead_letter::{self, Letter, LetterKind},
        receipt::{NewReceipt, Place},
        unsettled,
    },
};

const PAGE: i64 = 100;

/// The outcome of a replay of dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Letters that were understood and applied.
    pub taken: u64,
    /// Letters that are still not understood.
    pub left: u64,
}

/// Retries all dead letters, since another version may have left them.
pub(crate) async fn run(mirror: Mirror) {
    if let Err(error) = replay(&mirror).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "dead letters could not all be tried again"
        );
    }
}

/// Retries all dead letters.
pub(crate) async fn replay(mirror: &Mirror) -> Result<Replayed> {
    let cursor = mirror.cursor().await?;
    let mut replayed = Replayed::default();
    let mut after = 0;
    loop {
        let mut conn = mirror.connection().await?;
        let letters = dead_letter::page(&mut conn, after, PAGE).await?;
        drop(conn);
        let Some(last) = letters.last() else {
            return Ok(replayed);
        };
        after = last.id;
        let tries: Vec<_> = letters
            .iter()
            .map(|letter| take(mirror, &cursor, letter))
            .collect();
        let mut tries = stream::iter(tries).buffer_unordered(mirror.config.concurrency);
        while let Some(taken) = tries.try_next().await? {
            match taken {
                true => replayed.taken += 1,
                false => replayed.left += 1,
            }
        }
    }
}

/// The content of a letter that is understood.
#[derive(Default)]
struct Meaning {
    receipts: Vec<NewReceipt>,
    touched: Vec<Key>,
    /// Whether its transaction is final.
    settled: bool,
}

/// Applies a letter; returns whether it was understood.
async fn take(mirror: &Mirror, cursor: &Cursor, letter: &Letter) -> Result<bool> {
    let understood = match letter.kind {
        LetterKind::Account => account(letter),
        LetterKind::Receipt => receipt_of(mirror, letter).await,
        LetterKind::Transaction => transaction(mirror, letter).await,
    };
    let reason = match understood {
        Ok(meaning) => match store(mirror, cursor, letter, &meaning).await {
            Err(IndexerError::Store(error)) if error.is_refusal() => refusal(&error),
            stored => return stored.map(|()| true),
        },
        Err(reason) => reason,
    };
    let mut conn = mirror.write(cursor).await?;
    dead_letter::tried(&mut conn, letter.id, &reason).await?;
    commit(conn).await?;
    Ok(false)
}

async fn store(mirror: &Mirror, cursor: &Cursor, letter: &Letter, meaning: &Meaning) -> Result<()> {
    let mut conn = mirror.write(cursor).await?;
    insert(&mut conn, &meaning.receipts, meaning.settled).await?;
    let accounts: Vec<_> = meaning.receipts.iter().map(|it| it.account).collect();
    let touched = [&letter.accounts[..], &meaning.touched, &accounts].concat();
    unsettled::mark_stale(&mut conn, &touched, letter.slot).await?;
    dead_letter::forget(&mut conn, &[letter.id]).await?;
    commit(conn).await
}

type Understood = std::result::Result<Meaning, String>;

/// An account is read again, once its data can be decoded.
fn account(letter: &Letter) -> Understood {
    let Some(address) = letter.accounts.first() else {
        return Ok(Meaning::default());
    };
    if letter.bytes.is_empty() {
        // The database refused it, and may take it now.
        return Ok(Meaning::default());
    }
    let how = tessera_store::Source::Update;
    let slot = letter.slot.unsigned_abs();
    decode::account(address.0.into(), slot, how, &letter.bytes)
        .map(|_| Meaning::default())
        .map_err(|error| error.to_string())
}

/// A receipt counts where its transaction stands now: it may have landed in another slot since. If
/// no node has that transaction any more, it counts as it was carried.
async fn receipt_of(mirror: &Mirror, letter: &Letter) -> Understood {
    let (Some(signature), Some(tx_index), Some(outer_ix), Some(inner_ix)) = (
        letter.signature,
        letter.tx_index,
        letter.outer_ix,
        letter.inner_ix,
    ) else {
        return Err("its place is not known".to_owned());
    };
    let place = Place {
        slot: letter.slot,
        tx_index,
        outer_ix,
        inner_ix,
    };
    let carried = decode::receipt(place, signature, &letter.bytes);
    let carried = carried.map_err(|error| error.to_string())?;
    match shown(mirror, letter, signature).await {
        Err(NodeError::UnknownTransaction(_)) => Ok(Meaning {
            receipts: vec![carried],
            ..Meaning::default()
        }),
        Err(error) => Err(error.to_string()),
        // Other parts that are not understood have letters of their own.
        Ok(transaction) => Ok(meaning(Applied::of(&transaction).effects)),
    }
}

/// Fetches a transaction again: another node may show it, or this version may understand it.
async fn transaction(mirror: &Mirror, letter: &Letter) -> Understood {
    let Some(signature) = letter.signature else {
        return Err("its signature is not known".to_owned());
    };
    let shown = shown(mirror, letter, signature).await;
    let effects = Applied::of(&shown.map_err(|error| error.to_string())?).effects;
    match effects.letters.first() {
        Some(letter) => Err(letter.reason.clone()),
        None => Ok(meaning(effects)),
    }
}

/// The letter's transaction, if it is final.
async fn shown(
    mirror: &Mirror,
    letter: &Letter,
    signature: [u8; 64],
) -> std::result::Result<Transaction, NodeError> {
    let listed = Listed::stored(signature, letter.slot, letter.tx_index);
    mirror
        .node
        .transaction(&listed, Commitment::Finalized)
        .await
}

fn meaning(effects: Effects) -> Meaning {
    Meaning {
        receipts: effects.receipts,
        touched: effects.touched,
        settled: true,
    }
}
