//! What the proof of receipts needs: for each life the receipts not proven yet, and what its
//! account states.

use crate::{Key, Result, mirror::receipt::Body};
use sqlx::{Connection, PgConnection};

/// Plans a transaction's statements for the tables' present size: a cached plan may date from a
/// time when they were small.
const PLANNED: &str = "set local plan_cache_mode = force_custom_plan";

/// A life and how far it is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Number of the life.
    pub life_id: i32,
    /// Address of the account.
    pub account: Key,
    /// The slot in which it was created.
    pub life: i64,
    /// The number of the last proven receipt; all before it are proven.
    pub proven_seq: i64,
    /// The hash over them.
    pub proven_head: Key,
    /// What the account of this life stated when it was last read; none when it was never read.
    pub head: Option<Head>,
    /// The slot at which the account was found gone or in a later life; none while it exists or has
    /// to be read again.
    pub gone_slot: Option<i64>,
    /// Whether its last receipt is that of its closing.
    pub ended: bool,
    /// Whether a dead letter is about the account.
    pub marked: bool,
}

/// What an account states of its receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of receipts.
    pub seq: i64,
    /// The hash over them.
    pub hash: Key,
    /// The slot at which it was read.
    pub slot: i64,
    /// Whether the account has been closed since.
    pub closed: bool,
}

/// A receipt that is not proven yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unproven {
    /// Number of the life.
    pub life_id: i32,
    /// Which of the receipts of that life, from 1.
    pub seq: i64,
    /// Slot of the transaction.
    pub slot: i64,
    /// Its transaction's place in the slot.
    pub tx_index: i32,
    /// The instruction that left it.
    pub outer_ix: i16,
    /// The call that left it.
    pub inner_ix: i16,
    /// First signature of the transaction, which names it.
    pub signature: [u8; 64],
    /// The event's name in the IDL.
    pub kind: String,
    /// The network's clock, Unix seconds.
    pub at: i64,
    /// The event's fields, without discriminator and receipt.
    pub body: Vec<u8>,
}

/// Numbers of lives after `after`, at most `limit`, in order.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lives(conn: &mut PgConnection, after: i32, limit: i64) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar!(
        "select id from life where id > $1 order by id limit $2",
        after,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Numbers of the lives of these accounts.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lives_of(conn: &mut PgConnection, accounts: &[Key]) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar!(
        "select id from life where address = any($1::pubkey[])",
        accounts as _,
    )
    .fetch_all(conn)
    .await?)
}

/// Numbers of lives with a receipt after the slot `since`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn changed(conn: &mut PgConnection, since: i64) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar!(
        "select distinct life_id from receipt where slot > $1",
        since,
    )
    .fetch_all(conn)
    .await?)
}

/// These lives and what their accounts state, by number.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn claims(conn: &mut PgConnection, lives: &[i32]) -> Result<Vec<Claim>> {
    let mut transaction = conn.begin().await?;
    sqlx::raw_sql(PLANNED).execute(&mut *transaction).await?;
    let rows = sqlx::query!(
        r#"select life.id, life.address as "address: Key", life.life, life.proven_seq,
                  life.proven_head as "proven_head: Key",
                  head.receipt_seq::bigint as "seq?", head.receipt_head as "hash?: Key",
                  head.slot as "slot?", head.closed as "closed?",
                  (select case when stale.address is not null then null
                               when head.closed then head.slot
                               when head.slot is not null then null
                               else coalesce((select max(later.slot) from account_head later
                                              where later.address = life.address
                                                and later.life > life.life),
                                             nullif(cursor.snapshot_slot, 0)) end
                   from cursor left join stale on stale.address = life.address) as gone_slot,
                  coalesce((select receipt.kind = 'Closed' from receipt
                            where receipt.life_id = life.id
                            order by receipt.seq desc limit 1), false) as "ended!",
                  coalesce((select true from dead_letter_account about
                            where about.address = life.address limit 1), false) as "marked!"
           from life
           -- One by one: the planner would go through all accounts that there are.
           left join lateral (
               select receipt_seq, receipt_head, slot, closed from account_head
               where address = life.address and account_head.life = life.life limit 1
           ) head on true
           where life.id = any($1)
           order by life.id"#,
        lives,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows
        .into_iter()
        .map(|row| Claim {
            life_id: row.id,
            account: row.address,
            life: row.life,
            proven_seq: row.proven_seq,
            proven_head: row.proven_head,
            head: match (row.seq, row.hash, row.slot, row.closed) {
                (Some(seq), Some(hash), Some(slot), Some(closed)) => Some(Head {
                    seq,
                    hash,
                    slot,
                    closed,
                }),
                _ => None,
            },
            gone_slot: row.gone_slot,
            ended: row.ended,
            marked: row.marked,
        })
        .collect())
}

/// The first `limit` receipts of these lives, through `slot`, that are not proven yet, by life and
/// number.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn unproven(
    conn: &mut PgConnection,
    lives: &[i32],
    slot: i64,
    limit: i64,
) -> Result<Vec<Unproven>> {
    Ok(sqlx::query_as!(
        Unproven,
        r#"select receipt.life_id, receipt.seq, receipt.slot, receipt.tx_index, receipt.outer_ix,
                  receipt.inner_ix, receipt.signature as "signature: [u8; 64]",
                  receipt.kind::text as "kind!", receipt.at, receipt.body as "body: Body"
           from life
           cross join lateral (select * from receipt
                               where receipt.life_id = life.id and receipt.seq > life.proven_seq
                                 and receipt.slot <= $2
                               order by receipt.seq limit $3) receipt
           where life.id = any($1)
           order by life.id, receipt.seq
           limit $3"#,
        lives,
        slot,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Records how far lives are proven, each as its number, the last proven receipt and the hash over
/// its receipts.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn note(conn: &mut PgConnection, proven: &[(i32, i64, Key)]) -> Result<()> {
    let lives: Vec<i32> = proven.iter().map(|(life, ..)| *life).collect();
    let seqs: Vec<i64> = proven.iter().map(|(_, seq, _)| *seq).collect();
    let heads: Vec<Key> = proven.iter().map(|(.., head)| *head).collect();
    sqlx::query!(
        "update life set proven_seq = given.seq, proven_head = given.head
         from unnest($1::integer[], $2::bigint[], $3::pubkey[]) given (id, seq, head)
         where life.id = given.id",
        &lives,
        &seqs,
        &heads as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// At most `limit` accounts after `after` that count receipts of which the mirror has none, by
/// address, each with the slot at which it was read.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn without_receipts(
    conn: &mut PgConnection,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<(Key, i64)>> {
    let rows = sqlx::query!(
        r#"select address as "address!: Key", slot as "slot!"
           from account_head head
           where receipt_seq > 0 and ($1::pubkey is null or address > $1)
             and not exists (select from life
                             where life.address = head.address and life.life = head.life)
           order by address
           limit $2"#,
        after as _,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let accounts = rows.into_iter().map(|row| (row.address, row.slot));
    Ok(accounts.collect())
}

/// The stored transactions between which receipts of a life are missing: the last one before `seq`
/// and the first one from it on.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn neighbours(
    conn: &mut PgConnection,
    life_id: i32,
    seq: i64,
) -> Result<(Option<[u8; 64]>, Option<[u8; 64]>)> {
    let before = sqlx::query_scalar!(
        r#"select signature as "signature: [u8; 64]" from receipt
           where life_id = $1 and seq < $2 order by seq desc limit 1"#,
        life_id,
        seq,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let behind = sqlx::query_scalar!(
        r#"select signature as "signature: [u8; 64]" from receipt
           where life_id = $1 and seq >= $2 order by seq limit 1"#,
        life_id,
        seq,
    )
    .fetch_optional(conn)
    .await?;
    Ok((before, behind))
}
