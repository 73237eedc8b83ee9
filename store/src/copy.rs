//! New rows in bulk by binary `COPY`, which stores many rows at a time and resolves no conflicts.

use crate::{Key, Result, Source, U64};
use sqlx::{
    Encode, PgConnection, Postgres,
    encode::IsNull,
    postgres::{PgArgumentBuffer, PgCopyIn, types::Oid},
};

/// Signature, flags, and the length of the header extension, which is empty.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The trailer, in place of a row's number of fields.
const END: [u8; 2] = (-1_i16).to_be_bytes();
/// Offset of an array's element type, behind its dimensions and flags.
const ELEMENT: usize = 8;

/// Rows for one table, field by field.
pub(crate) struct Rows {
    table: &'static str,
    columns: &'static [&'static str],
    bytes: PgArgumentBuffer,
    fields: usize,
    /// The OID of the domain `u64`, which differs from database to database.
    u64_type: Oid,
}

impl Rows {
    /// No rows yet, for these columns of `table`.
    pub(crate) fn of(table: &'static str, columns: &'static [&'static str]) -> Self {
        Self::with_arrays(table, columns, Oid::default())
    }

    /// Like [`Rows::of`], for a table with arrays of the domain `u64`, whose OID is `u64_type`.
    pub(crate) fn with_arrays(
        table: &'static str,
        columns: &'static [&'static str],
        u64_type: Oid,
    ) -> Self {
        let mut bytes = PgArgumentBuffer::default();
        bytes.extend_from_slice(HEAD);
        Self {
            table,
            columns,
            bytes,
            fields: 0,
            u64_type,
        }
    }

    /// Appends the next field of the row, or the first of the next row. Its type is that of the
    /// column.
    pub(crate) fn field<'q>(&mut self, value: impl Encode<'q, Postgres>) -> Result<&mut Self> {
        self.value(value)?;
        Ok(self)
    }

    /// Appends a value; returns where its bytes begin.
    fn value<'q>(&mut self, value: impl Encode<'q, Postgres>) -> Result<usize> {
        if self.fields.is_multiple_of(self.columns.len()) {
            let count = i16::try_from(self.columns.len()).unwrap_or(i16::MAX);
            self.bytes.extend_from_slice(&count.to_be_bytes());
        }
        self.fields += 1;
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        let null = value.encode(&mut self.bytes).map_err(sqlx::Error::Encode)?;
        let len = match null {
            IsNull::Yes => -1,
            IsNull::No => i32::try_from(self.bytes.len() - start - 4).unwrap_or(i32::MAX),
        };
        self.bytes[start..start + 4].copy_from_slice(&len.to_be_bytes());
        Ok(start + 4)
    }

    /// Stores the rows.
    pub(crate) async fn store(mut self, conn: &mut PgConnection) -> Result<()> {
        if self.fields == 0 {
            return Ok(());
        }
        self.bytes.extend_from_slice(&END);
        let (table, columns) = (self.table, self.columns.join(", "));
        let statement = format!("copy {table} ({columns}) from stdin (format binary)");
        let mut copy: PgCopyIn<&mut PgConnection> = conn.copy_in_raw(&statement).await?;
        copy.send(self.bytes.as_slice()).await?;
        copy.finish().await?;
        Ok(())
    }
}

/// A value in an account's row.
pub(crate) trait Field {
    /// Appends the value as the next field.
    fn write(&self, rows: &mut Rows) -> Result<()>;
}

macro_rules! fields {
    ($($kind:ty),*) => {
        $(impl Field for $kind {
            fn write(&self, rows: &mut Rows) -> Result<()> {
                rows.field(self).map(|_| ())
            }
        })*
    };
}

fields!(
    Key,
    Option<Key>,
    String,
    Option<String>,
    U64,
    i16,
    i32,
    i64,
    bool,
    Source
);
fields!([u8; 8], Vec<u8>, Vec<i32>, Vec<i64>);

impl Field for Vec<U64> {
    fn write(&self, rows: &mut Rows) -> Result<()> {
        let element = rows.value(self)? + ELEMENT;
        let number = rows.u64_type.0.to_be_bytes();
        rows.bytes[element..element + number.len()].copy_from_slice(&number);
        Ok(())
    }
}
