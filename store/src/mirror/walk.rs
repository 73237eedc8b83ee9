//! The walk from the newest transaction down to known ones: what it has listed, so that no page is
//! read again after a stop, and which listed transactions are not applied yet.

use crate::Result;
use sqlx::PgConnection;

/// A listed transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Slot of the transaction.
    pub slot: i64,
    /// Counts down from the newest listed transaction.
    pub number: i64,
    /// First signature of the transaction, which names it.
    pub signature: [u8; 64],
    /// Its place in the slot, if the node gave it.
    pub tx_index: Option<i32>,
}

/// Begins or continues a listing, from its newest transaction down to the oldest: adds those that
/// are not applied yet, newest first. `walk_slot` is the slot through which the listing is
/// complete.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn extend(
    conn: &mut PgConnection,
    walk_slot: i64,
    newest: &[u8; 64],
    oldest: &[u8; 64],
    unknown: &[(i64, [u8; 64], Option<i32>)],
) -> Result<()> {
    sqlx::query!(
        "update cursor set walk_slot = coalesce(walk_slot, $1),
             walk_signature = coalesce(walk_signature, $2), walk_low = $3",
        walk_slot,
        newest.as_slice(),
        oldest.as_slice(),
    )
    .execute(&mut *conn)
    .await?;
    let slots: Vec<i64> = unknown.iter().map(|(slot, ..)| *slot).collect();
    let signatures: Vec<&[u8]> = unknown.iter().map(|(_, it, _)| it.as_slice()).collect();
    let indexes: Vec<Option<i32>> = unknown.iter().map(|(.., index)| *index).collect();
    sqlx::query!(
        "insert into walk (slot, signature, tx_index)
         select * from unnest($1::bigint[], $2::bytea[], $3::integer[])",
        &slots,
        &signatures as _,
        &indexes as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes the listing begin again from the newest transaction; what it has listed is still applied.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn begin_again(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("update cursor set walk_slot = null, walk_signature = null, walk_low = null")
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends the listing, which has reached known transactions. Everything through its first slot is
/// listed.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn finish_listing(conn: &mut PgConnection, walk_slot: i64) -> Result<()> {
    sqlx::query!(
        "update cursor set listed_slot = greatest(listed_slot, coalesce(walk_slot, $1)),
             listed_signature = coalesce(walk_signature, listed_signature),
             walk_slot = null, walk_signature = null, walk_low = null",
        walk_slot,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The oldest transactions after `after` that were not fetched yet, at most `limit`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn next(
    conn: &mut PgConnection,
    after: Option<(i64, i64)>,
    limit: i64,
) -> Result<Vec<Step>> {
    let (slot, number) = after.unwrap_or((i64::MIN, i64::MIN));
    Ok(sqlx::query_as!(
        Step,
        r#"select slot, number, signature as "signature: [u8; 64]", tx_index
           from walk where (slot, number) > ($1, $2) and tries = 0
           order by slot, number limit $3"#,
        slot,
        number,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// At most `limit` transactions that no node had and that are due to be fetched again: the longest
/// due first, so that ones that no node has keep no others waiting.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn missing(conn: &mut PgConnection, limit: i64) -> Result<Vec<Step>> {
    Ok(sqlx::query_as!(
        Step,
        r#"select slot, number, signature as "signature: [u8; 64]", tx_index
           from walk where tries > 0 and again_on <= now()
           order by again_on, slot, number limit $1"#,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Makes transactions that are missing from the nodes due immediately; returns how many.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn hurry(conn: &mut PgConnection) -> Result<u64> {
    let due = sqlx::query!("update walk set again_on = now() where tries > 0")
        .execute(conn)
        .await?;
    Ok(due.rows_affected())
}

/// Deletes transactions that are applied.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn done(conn: &mut PgConnection, steps: &[Step]) -> Result<()> {
    let slots: Vec<i64> = steps.iter().map(|step| step.slot).collect();
    let numbers: Vec<i64> = steps.iter().map(|step| step.number).collect();
    sqlx::query!(
        "delete from walk using unnest($1::bigint[], $2::bigint[]) done (slot, number)
         where walk.slot = done.slot and walk.number = done.number",
        &slots,
        &numbers,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records that no node has these transactions: each is fetched again after a pause, which doubles
/// up to about a minute.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn missed(conn: &mut PgConnection, steps: &[Step]) -> Result<()> {
    let slots: Vec<i64> = steps.iter().map(|step| step.slot).collect();
    let numbers: Vec<i64> = steps.iter().map(|step| step.number).collect();
    sqlx::query!(
        "update walk set tries = tries + 1,
             again_on = now() + 2 ^ least(tries, 6) * interval '1 second'
         from unnest($1::bigint[], $2::bigint[]) missed (slot, number)
         where walk.slot = missed.slot and walk.number = missed.number",
        &slots,
        &numbers,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The listed transactions that are not applied yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// How many there are.
    pub count: i64,
    /// The slot of the oldest.
    pub oldest_slot: Option<i64>,
    /// The oldest transaction.
    pub oldest: Option<[u8; 64]>,
}

/// Counts the listed transactions that are not applied yet.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn left(conn: &mut PgConnection) -> Result<Left> {
    Ok(sqlx::query_as!(
        Left,
        r#"select count(*) as "count!", min(slot) as oldest_slot,
                  (select signature from walk order by slot, number limit 1) as "oldest: [u8; 64]"
           from walk"#
    )
    .fetch_one(conn)
    .await?)
}
