//! An account's row as one value, and the operations on rows of any kind.
//!
//! Law: a row travels as its table's type `…_row`, whose columns are the structure's fields, and
//! every statement names its columns. So a column that a later release adds changes nothing here.

use crate::{Key, Result, copy::Rows};
use sqlx::{
    AssertSqlSafe, Decode, Encode, PgConnection, Postgres, Type,
    postgres::{PgHasArrayType, types::Oid},
};
use std::collections::HashSet;

/// A row of an account's table.
pub trait Record:
    for<'r> Decode<'r, Postgres>
    + for<'q> Encode<'q, Postgres>
    + Type<Postgres>
    + PgHasArrayType
    + Send
    + Sync
    + Unpin
    + 'static
{
    /// The table's name.
    const TABLE: &'static str;
    /// The table's columns, in the order of the type `…_row`.
    const COLUMNS: &'static [&'static str];

    /// The account's address.
    fn address(&self) -> Key;
}

/// A row that can be stored by `COPY`.
pub(crate) trait Copied: Record {
    /// Writes the fields in the order of the columns.
    fn write(&self, rows: &mut Rows) -> Result<()>;
}

/// Declares an account's row: its fields are the table's columns.
macro_rules! account_record {
    (
        $(#[$meta:meta])*
        pub struct $row:ident in $table:literal as $type:literal {
            $($(#[$doc:meta])* pub $field:ident: $field_type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
        #[sqlx(type_name = $type)]
        pub struct $row {
            /// The account's address.
            pub address: $crate::Key,
            /// Slot of the account's creation, which its receipts name.
            pub life: $crate::U64,
            /// Who paid for the account and gets the rent back.
            pub rent_payer: $crate::Key,
            /// Number of receipts in this life.
            pub receipt_seq: $crate::U64,
            /// SHA-256 chain over them.
            pub receipt_head: $crate::Key,
            $($(#[$doc])* pub $field: $field_type,)*
            /// Slot at which the account was read.
            pub slot: i64,
            /// How it was read.
            pub source: $crate::Source,
            /// Whether the account is gone; the rest is then its last reading.
            pub closed: bool,
        }

        impl $crate::Record for $row {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[
                "address", "life", "rent_payer", "receipt_seq", "receipt_head",
                $(stringify!($field),)*
                "slot", "source", "closed",
            ];

            fn address(&self) -> $crate::Key {
                self.address
            }
        }

        impl $crate::mirror::record::Copied for $row {
            fn write(&self, rows: &mut $crate::copy::Rows) -> $crate::Result<()> {
                use $crate::copy::Field as _;
                self.address.write(rows)?;
                self.life.write(rows)?;
                self.rent_payer.write(rows)?;
                self.receipt_seq.write(rows)?;
                self.receipt_head.write(rows)?;
                $(self.$field.write(rows)?;)*
                self.slot.write(rows)?;
                self.source.write(rows)?;
                self.closed.write(rows)
            }
        }
    };
}

/// Stores readings, at most one for each address, while no one else stores any. A reading replaces
/// the stored one unless that is of a later slot; new rows are copied in. Returns how many rows
/// changed.
pub(crate) async fn upsert<R: Copied>(conn: &mut PgConnection, rows: &[R]) -> Result<u64> {
    if rows.is_empty() {
        return Ok(0);
    }
    let table = R::TABLE;
    let statement = format!(
        "select array(
             select known.address from unnest($1::pubkey[]) given (address)
             cross join lateral (
                 select address from {table} where address = given.address limit 1
             ) known), 'u64'::regtype::oid"
    );
    let addresses: Vec<Key> = rows.iter().map(R::address).collect();
    let known = sqlx::query_as(AssertSqlSafe(statement)).bind(addresses);
    let (known, u64_type): (Vec<Key>, Oid) = known.fetch_one(&mut *conn).await?;
    let known: HashSet<Key> = known.into_iter().collect();
    let (known, new): (Vec<&R>, Vec<&R>) =
        rows.iter().partition(|row| known.contains(&row.address()));
    let mut copied = Rows::with_arrays(table, R::COLUMNS, u64_type);
    for row in &new {
        row.write(&mut copied)?;
    }
    copied.store(&mut *conn).await?;
    Ok(replace(conn, &known).await? + new.len() as u64)
}

async fn replace<R: Record>(conn: &mut PgConnection, rows: &[&R]) -> Result<u64> {
    if rows.is_empty() {
        return Ok(0);
    }
    let (table, columns) = (R::TABLE, R::COLUMNS.join(", "));
    let new: Vec<String> = R::COLUMNS
        .iter()
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    let new = new.join(", ");
    let statement = format!(
        "insert into {table} as stored ({columns})
         select {columns} from unnest($1::{table}_row[])
         on conflict (address) do update set {new} where excluded.slot >= stored.slot"
    );
    let replace = sqlx::query(AssertSqlSafe(statement)).bind(rows);
    Ok(replace.execute(conn).await?.rows_affected())
}

/// Marks accounts as gone at `slot`, unless a later reading found them. Returns how many rows changed.
pub(crate) async fn close<R: Record>(
    conn: &mut PgConnection,
    addresses: &[Key],
    slot: i64,
) -> Result<u64> {
    let table = R::TABLE;
    let statement = format!(
        "update {table} set closed = true, slot = $2, source = 'update'
         where address = any($1::pubkey[]) and slot <= $2 and not closed"
    );
    let close = sqlx::query(AssertSqlSafe(statement))
        .bind(addresses)
        .bind(slot);
    Ok(close.execute(conn).await?.rows_affected())
}

/// Addresses whose reading differs from the stored one of an older slot.
pub(crate) async fn differing<R: Record>(conn: &mut PgConnection, rows: &[R]) -> Result<Vec<Key>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let table = R::TABLE;
    let statement = format!(
        "select found.address from unnest($1::{table}_row[]) found
         left join {table} stored using (address)
         where (stored.slot is null or stored.slot < found.slot)
           and to_jsonb(row_of(stored)) - '{{slot,source}}'::text[]
               is distinct from to_jsonb(found) - '{{slot,source}}'::text[]"
    );
    let differing = sqlx::query_scalar(AssertSqlSafe(statement)).bind(rows);
    Ok(differing.fetch_all(conn).await?)
}

/// At most `limit` live addresses, read before `slot`, that the reading of all accounts has not
/// seen.
pub(crate) async fn unseen<R: Record>(
    conn: &mut PgConnection,
    slot: i64,
    limit: i64,
) -> Result<Vec<Key>> {
    let table = R::TABLE;
    let statement = format!(
        "select address from {table} live
         where not closed and slot < $1
           and not exists (select from seen where seen.address = live.address)
         limit $2"
    );
    let unseen = sqlx::query_scalar(AssertSqlSafe(statement))
        .bind(slot)
        .bind(limit);
    Ok(unseen.fetch_all(conn).await?)
}

/// All rows by address, closed ones too.
pub(crate) async fn all<R: Record>(conn: &mut PgConnection) -> Result<Vec<R>> {
    let table = R::TABLE;
    let statement = format!("select row_of(stored) from {table} stored order by address");
    Ok(sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_all(conn)
        .await?)
}
