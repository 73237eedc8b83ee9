//! Tries dead letters again, with what this version understands.

use crate::{
    apply::{Applied, insert},
    decode,
    mirror::{Mirror, Result, commit},
    node::{Commitment, Listed},
};
use solana_signature::Signature;
use tessera_store::{
    cursor::Cursor,
    dead_letter::{self, Letter, LetterKind},
    receipt::{NewReceipt, Place},
    unsettled,
};

const PAGE: i64 = 100;

/// What became of dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Understood and taken in.
    pub taken: u64,
    /// Still not understood.
    pub left: u64,
}

/// Tries all dead letters again.
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
        for letter in &letters {
            match take(mirror, &cursor, letter).await? {
                true => replayed.taken += 1,
                false => replayed.left += 1,
            }
        }
    }
}

/// Takes a letter in; whether it is understood.
async fn take(mirror: &Mirror, cursor: &Cursor, letter: &Letter) -> Result<bool> {
    let understood = match letter.kind {
        LetterKind::Account => account(letter),
        LetterKind::Receipt => receipt_of(letter).map(|receipt| vec![receipt]),
        LetterKind::Transaction => transaction(mirror, letter).await?,
    };
    let mut conn = mirror.write(cursor).await?;
    let taken = match understood {
        Ok(receipts) => {
            insert(&mut conn, &receipts, false).await?;
            let accounts: Vec<_> = receipts.iter().map(|it| it.account).collect();
            let touched = [&letter.accounts[..], &accounts].concat();
            unsettled::mark_stale(&mut conn, &touched, letter.slot).await?;
            dead_letter::forget(&mut conn, &[letter.id]).await?;
            true
        }
        Err(reason) => {
            dead_letter::tried(&mut conn, letter.id, &reason).await?;
            false
        }
    };
    commit(conn).await?;
    Ok(taken)
}

type Understood = std::result::Result<Vec<NewReceipt>, String>;

/// An account is read again, once its data can be decoded.
fn account(letter: &Letter) -> Understood {
    let Some(address) = letter.accounts.first() else {
        return Ok(vec![]);
    };
    if letter.bytes.is_empty() {
        // The database refused it, and may take it now.
        return Ok(vec![]);
    }
    let how = tessera_store::Source::Update;
    let slot = letter.slot.unsigned_abs();
    decode::account(address.0.into(), slot, how, &letter.bytes)
        .map(|_| vec![])
        .map_err(|error| error.to_string())
}

fn receipt_of(letter: &Letter) -> std::result::Result<NewReceipt, String> {
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
    decode::receipt(place, signature, &letter.bytes).map_err(|error| error.to_string())
}

/// A transaction is fetched again: another node, or this version, may show what it is.
async fn transaction(mirror: &Mirror, letter: &Letter) -> Result<Understood> {
    let Some(signature) = letter.signature else {
        return Ok(Err("its signature is not known".to_owned()));
    };
    let listed = Listed {
        signature: Signature::from(signature),
        slot: letter.slot.unsigned_abs(),
        index: letter.tx_index.and_then(|index| u32::try_from(index).ok()),
        failed: false,
    };
    let shown = mirror
        .node
        .transaction(&listed, Commitment::Finalized)
        .await;
    Ok(match shown {
        Err(error) => Err(error.to_string()),
        Ok(transaction) => {
            let effects = Applied::of(&transaction).effects;
            match effects.letters.first() {
                Some(letter) => Err(letter.reason.clone()),
                None => Ok(effects.receipts),
            }
        }
    })
}
