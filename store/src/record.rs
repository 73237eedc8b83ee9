//! A row as one value. Its structure has the table's columns in the table's order, so that it
//! travels as the table's composite type and a batch is one array, whatever the columns are.

/// A row and the table that it stands for.
pub trait Record {
    /// The table.
    const TABLE: &'static str;
    /// Its columns, in order.
    const COLUMNS: &'static [&'static str];
}

/// Declares a row: its fields are the table's columns.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $row:ident in $table:literal {
            $($(#[$doc:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
        #[sqlx(type_name = $table)]
        pub struct $row {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl $crate::Record for $row {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];
        }
    };
}

/// Declares an account's row and what can be done with it. `columns` repeats the fields for SQL.
macro_rules! account_record {
    (
        $(#[$meta:meta])*
        pub struct $row:ident in $table:literal {
            $($(#[$doc:meta])* pub $field:ident: $type:ty,)*
        }
        columns $columns:literal
    ) => {
        record! {
            $(#[$meta])*
            pub struct $row in $table {
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
                $($(#[$doc])* pub $field: $type,)*
                /// Slot at which the account was read.
                pub slot: i64,
                /// How it was read.
                pub source: $crate::Source,
                /// Whether the account is gone; the rest is then its last reading.
                pub closed: bool,
            }
        }

        /// Stores readings, at most one an address. A reading replaces the stored one unless that
        /// is of a later slot. Returns how many rows changed.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn upsert(
            conn: &mut sqlx::PgConnection,
            rows: &[$row],
        ) -> $crate::Result<u64> {
            if rows.is_empty() {
                return Ok(0);
            }
            Ok(sqlx::query!(
                "insert into " + $table + " as stored select * from unnest($1::" + $table + "[])
                 on conflict (address) do update
                 set (address, life, rent_payer, receipt_seq, receipt_head, " + $columns + ", slot, source, closed) = row(excluded.*)
                 where excluded.slot >= stored.slot",
                rows as _,
            )
            .execute(conn)
            .await?
            .rows_affected())
        }

        /// Marks accounts as gone at `slot`, unless a later reading found them. Returns how many
        /// rows changed.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn close(
            conn: &mut sqlx::PgConnection,
            addresses: &[$crate::Key],
            slot: i64,
        ) -> $crate::Result<u64> {
            if addresses.is_empty() {
                return Ok(0);
            }
            Ok(sqlx::query!(
                "update " + $table + " set closed = true, slot = $2, source = 'update'
                 where address = any($1::pubkey[]) and slot <= $2 and not closed",
                addresses as _,
                slot,
            )
            .execute(conn)
            .await?
            .rows_affected())
        }

        /// Addresses whose reading says something else than what is stored from an older slot.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn differing(
            conn: &mut sqlx::PgConnection,
            rows: &[$row],
        ) -> $crate::Result<Vec<$crate::Key>> {
            Ok(sqlx::query_scalar!(
                "select found.address as \"address!: crate::Key\"
                 from unnest($1::" + $table + "[]) found left join " + $table + " stored using (address)
                 where (stored.slot is null or stored.slot < found.slot)
                   and to_jsonb(stored) - '{slot,source}'::text[]
                       is distinct from to_jsonb(found) - '{slot,source}'::text[]",
                rows as _,
            )
            .fetch_all(conn)
            .await?)
        }

        /// Live addresses, read before `slot`, that are not among `found`.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn missing(
            conn: &mut sqlx::PgConnection,
            found: &[$crate::Key],
            slot: i64,
        ) -> $crate::Result<Vec<$crate::Key>> {
            Ok(sqlx::query_scalar!(
                "select address as \"address: crate::Key\" from " + $table + "
                 where not closed and slot < $2
                   and not exists (select from unnest($1::pubkey[]) found where found = address)
                 order by address",
                found as _,
                slot,
            )
            .fetch_all(conn)
            .await?)
        }

        /// All rows by address, closed ones too.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn all(
            conn: &mut sqlx::PgConnection,
        ) -> $crate::Result<Vec<$row>> {
            type Row = $row;
            Ok(sqlx::query_scalar!(
                "select stored as \"row!: Row\" from " + $table + " as stored order by address",
            )
            .fetch_all(conn)
            .await?)
        }

        #[cfg(test)]
        #[test]
        fn the_columns_are_the_fields() {
            let columns = concat!(
                "address, life, rent_payer, receipt_seq, receipt_head, ",
                $columns,
                ", slot, source, closed"
            );
            assert_eq!(<$row as $crate::Record>::COLUMNS.join(", "), columns);
        }
    };
}
