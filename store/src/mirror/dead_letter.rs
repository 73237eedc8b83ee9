//! Data from the chain that could not be stored, with its bytes and the reason, so that a later
//! version can store it.

use crate::{Key, Result, mirror::unsettled::Unsettled};
use sqlx::{PgConnection, Type};

/// Most bytes that are kept of a letter.
const MOST_BYTES: usize = 64 << 10;
/// With this many letters stored, further transactions are kept without their bytes, which nodes
/// have: anybody can send what this version cannot read, and it must not fill the disk.
const MOST_WITH_BYTES: i64 = 10_000;

/// What the bytes of a dead letter are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum LetterKind {
    /// A node's answer about a transaction.
    Transaction,
    /// An event's bytes as its instruction carried them.
    Receipt,
    /// An account's data.
    Account,
}

/// A letter to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLetter {
    /// What the bytes are.
    pub kind: LetterKind,
    /// Why it could not be stored.
    pub reason: String,
    /// The bytes as they came from the chain.
    pub bytes: Vec<u8>,
    /// The slot of the transaction, or at which the account was read.
    pub slot: i64,
    /// First signature of the transaction, which names it.
    pub signature: Option<[u8; 64]>,
    /// Its place in the slot.
    pub tx_index: Option<i32>,
    /// Indices of the instruction and of the call that left the receipt.
    pub call: Option<(i16, i16)>,
    /// The accounts that it is about.
    pub accounts: Vec<Key>,
}

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Grows in the order of arrival.
    pub id: i64,
    /// What the bytes are.
    pub kind: LetterKind,
    /// Why it could not be stored.
    pub reason: String,
    /// The bytes as they came from the chain.
    pub bytes: Vec<u8>,
    /// The slot of the transaction, or at which the account was read.
    pub slot: i64,
    /// First signature of the transaction, which names it.
    pub signature: Option<[u8; 64]>,
    /// Its place in the slot.
    pub tx_index: Option<i32>,
    /// Index of the instruction that left the receipt.
    pub outer_ix: Option<i16>,
    /// The call that left it.
    pub inner_ix: Option<i16>,
    /// The accounts that it is about.
    pub accounts: Vec<Key>,
}

/// Stores letters, each only once, and of an account only the latest.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn keep(conn: &mut PgConnection, letters: &[NewLetter]) -> Result<()> {
    for letter in letters {
        if letter.kind == LetterKind::Account {
            forget_accounts(&mut *conn, &letter.accounts, letter.slot).await?;
        }
        let id = sqlx::query_scalar!(
            "insert into dead_letter (kind, reason, bytes, slot, signature, tx_index, outer_ix, inner_ix)
             values ($1, $2,
                     case when $1 = 'transaction'
                               and (select count(*) from (select from dead_letter limit $9) first) >= $9
                          then ''::bytea else $3 end,
                     $4, $5, $6, $7, $8)
             on conflict (slot, tx_index, outer_ix, inner_ix) where kind <> 'account' do update
             set tries = dead_letter.tries + 1, reason = excluded.reason
             returning id",
            letter.kind as _,
            letter.reason,
            letter.bytes.get(..MOST_BYTES).unwrap_or(&letter.bytes),
            letter.slot,
            letter.signature.as_ref().map(<[u8; 64]>::as_slice),
            letter.tx_index,
            letter.call.map(|(outer, _)| outer),
            letter.call.map(|(_, inner)| inner),
            MOST_WITH_BYTES,
        )
        .fetch_one(&mut *conn)
        .await?;
        sqlx::query!(
            "insert into dead_letter_account (address, letter)
             select distinct address, $2::bigint from unnest($1::pubkey[]) given (address)
             on conflict do nothing",
            &letter.accounts as _,
            id,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Deletes letters about accounts up to `slot`, since a later reading was understood.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget_accounts(conn: &mut PgConnection, addresses: &[Key], slot: i64) -> Result<()> {
    if addresses.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "delete from dead_letter using dead_letter_account about
         where about.letter = dead_letter.id and about.address = any($1::pubkey[])
           and dead_letter.kind = 'account' and dead_letter.slot <= $2",
        addresses as _,
        slot,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes letters of transactions that vanished.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget_transactions(conn: &mut PgConnection, vanished: &[Unsettled]) -> Result<()> {
    let slots: Vec<i64> = vanished.iter().map(|it| it.slot).collect();
    let signatures: Vec<&[u8]> = vanished.iter().map(|it| it.signature.as_slice()).collect();
    sqlx::query!(
        "delete from dead_letter using unnest($1::bigint[], $2::bytea[]) gone (slot, signature)
         where dead_letter.kind <> 'account' and dead_letter.slot = gone.slot
           and dead_letter.signature = gone.signature",
        &slots,
        &signatures as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Letters after the number `after`, at most `limit`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn page(conn: &mut PgConnection, after: i64, limit: i64) -> Result<Vec<Letter>> {
    Ok(sqlx::query_as!(
        Letter,
        r#"select id, kind as "kind: LetterKind", reason, bytes, slot,
                  signature as "signature: [u8; 64]", tx_index, outer_ix, inner_ix,
                  array(select address from dead_letter_account where letter = id order by address)
                      as "accounts!: Vec<Key>"
           from dead_letter where id > $1 order by id limit $2"#,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Deletes letters whose contents have been stored.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, ids: &[i64]) -> Result<()> {
    sqlx::query!("delete from dead_letter where id = any($1)", ids)
        .execute(conn)
        .await?;
    Ok(())
}

/// Records that a letter was tried again and still not understood.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn tried(conn: &mut PgConnection, id: i64, reason: &str) -> Result<()> {
    sqlx::query!(
        "update dead_letter set tries = tries + 1, reason = $2 where id = $1",
        id,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many letters there are, by kind.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn counts(conn: &mut PgConnection) -> Result<Vec<(LetterKind, i64)>> {
    let rows = sqlx::query!(
        r#"select kind as "kind: LetterKind", count(*) as "count!" from dead_letter
           group by kind order by kind"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.count)).collect())
}
