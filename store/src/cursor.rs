//! How far the mirror is. It moves in the transaction that stores what it claims, never backwards,
//! and only from where the writer believes it to be.

use crate::{Key, Result, StoreError};
use sqlx::PgConnection;

/// The mirror's progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Genesis hash of the network that is mirrored.
    pub genesis: Key,
    /// Last transaction whose events are stored; none before the first.
    pub event_signature: Option<[u8; 64]>,
    /// Its slot.
    pub event_slot: i64,
    /// Number of stored events.
    pub event_position: i64,
    /// Slot through which accounts and events are mirrored.
    pub account_slot: i64,
    /// The chain's last slot when it was last asked.
    pub tip_slot: i64,
    /// The network's clock there, Unix seconds.
    pub tip_at: i64,
    /// Whether the last round left nothing behind.
    pub caught_up: bool,
    /// When the cursor last moved, by the database's clock, Unix seconds.
    pub updated_at: i64,
}

/// A place in the program's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventMark {
    /// The transaction.
    pub signature: [u8; 64],
    /// Its slot.
    pub slot: i64,
    /// Number of events up to and with it.
    pub position: i64,
}

/// The cursor; none before [`init`].
///
/// # Errors
/// [`StoreError::Database`].
pub async fn read(conn: &mut PgConnection) -> Result<Option<Cursor>> {
    Ok(sqlx::query_as!(
        Cursor,
        r#"select genesis as "genesis: Key", event_signature as "event_signature: [u8; 64]",
                  event_slot, event_position, account_slot, tip_slot, tip_at, caught_up,
                  extract(epoch from updated_at)::bigint as "updated_at!"
           from cursor"#
    )
    .fetch_optional(conn)
    .await?)
}

/// Binds an empty database to a network; returns the cursor.
///
/// # Errors
/// [`StoreError::OtherGenesis`] when it is bound to another one, [`StoreError::Database`].
pub async fn init(conn: &mut PgConnection, genesis: Key) -> Result<Cursor> {
    sqlx::query!(
        "insert into cursor (genesis) values ($1) on conflict do nothing",
        genesis.as_ref(),
    )
    .execute(&mut *conn)
    .await?;
    let cursor = read(conn).await?.ok_or(sqlx::Error::RowNotFound)?;
    if cursor.genesis != genesis {
        return Err(StoreError::OtherGenesis {
            stored: cursor.genesis,
            found: genesis,
        });
    }
    Ok(cursor)
}

/// Moves the event cursor from the transaction where the writer left it.
///
/// # Errors
/// [`StoreError::Fenced`] when it stands elsewhere or would move backwards,
/// [`StoreError::Database`].
pub async fn advance(
    conn: &mut PgConnection,
    from: Option<[u8; 64]>,
    to: &EventMark,
) -> Result<()> {
    let moved = sqlx::query!(
        "update cursor
         set event_signature = $2, event_slot = $3, event_position = $4, updated_at = now()
         where event_signature is not distinct from $1
           and event_slot <= $3 and event_position <= $4",
        from.as_ref().map(<[u8; 64]>::as_slice),
        to.signature.as_slice(),
        to.slot,
        to.position,
    )
    .execute(conn)
    .await?;
    match moved.rows_affected() {
        0 => Err(StoreError::Fenced),
        _ => Ok(()),
    }
}

/// Notes the chain's last slot and its clock (Unix seconds), and whether the mirror lags behind it.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn set_tip(conn: &mut PgConnection, slot: i64, at: i64, caught_up: bool) -> Result<()> {
    sqlx::query!(
        "update cursor
         set tip_slot = greatest(tip_slot, $1), tip_at = greatest(tip_at, $2), caught_up = $3,
             updated_at = now()",
        slot,
        at,
        caught_up,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that everything up to the chain's last slot, at its clock (Unix seconds), is mirrored.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn complete(conn: &mut PgConnection, slot: i64, at: i64) -> Result<()> {
    set_tip(&mut *conn, slot, at, true).await?;
    sqlx::query!(
        "update cursor set account_slot = greatest(account_slot, $1)",
        slot
    )
    .execute(conn)
    .await?;
    Ok(())
}
