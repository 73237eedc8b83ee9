//! New rows in bulk: binary COPY, which the server stores many at a time and checks nothing of that an
//! `insert` would besides.

use crate::Result;
use sqlx::{
    Encode, PgConnection, Postgres,
    encode::IsNull,
    postgres::{PgArgumentBuffer, PgCopyIn},
};

/// Signature, flags and length of an extension, which there is none of.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Where a row would begin: there is no other.
const END: [u8; 2] = (-1_i16).to_be_bytes();

/// Rows for one table, field by field.
pub(crate) struct Rows {
    table: &'static str,
    columns: &'static [&'static str],
    bytes: PgArgumentBuffer,
    fields: usize,
}

impl Rows {
    /// No row yet, for these columns of `table`.
    pub(crate) fn of(table: &'static str, columns: &'static [&'static str]) -> Self {
        let mut bytes = PgArgumentBuffer::default();
        bytes.extend_from_slice(HEAD);
        Self {
            table,
            columns,
            bytes,
            fields: 0,
        }
    }

    /// The next field of the row, or the first of the next row. Its bytes are those of the column's type.
    pub(crate) fn field<'q>(&mut self, value: impl Encode<'q, Postgres>) -> Result<&mut Self> {
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
        Ok(self)
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
