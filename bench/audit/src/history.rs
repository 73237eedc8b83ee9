//! A history in a file, so that who measures an audit does not measure who made it.

use crate::Left;
use std::io::{self, Read, Write};
use tessera_client::{model::Transfer, types::Address};

/// One transaction's receipt, or an account at the end.
#[derive(Debug, Clone)]
pub enum Record {
    /// A receipt.
    Receipt(Left),
    /// An account's address and data.
    Account(Address, Vec<u8>),
    /// A vault and what it holds.
    Vault(Address, u64),
}

/// Writes records.
pub struct Writer<T>(pub T);

impl<T: Write> Writer<T> {
    /// One more.
    ///
    /// # Errors
    /// [`io::Error`].
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        let to = &mut self.0;
        match record {
            Record::Receipt(left) => {
                to.write_all(&[0])?;
                to.write_all(&left.slot.to_le_bytes())?;
                bytes(to, &left.raw)?;
                let count = u8::try_from(left.transfers.len()).unwrap_or(u8::MAX);
                to.write_all(&[count])?;
                for it in &left.transfers {
                    to.write_all(it.from.as_ref())?;
                    to.write_all(it.to.as_ref())?;
                    to.write_all(&it.amount.to_le_bytes())?;
                }
                Ok(())
            }
            Record::Account(address, data) => {
                to.write_all(&[1])?;
                to.write_all(address.as_ref())?;
                bytes(to, data)
            }
            Record::Vault(address, held) => {
                to.write_all(&[2])?;
                to.write_all(address.as_ref())?;
                to.write_all(&held.to_le_bytes())
            }
        }
    }
}

fn bytes(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    to.write_all(&len.to_le_bytes())?;
    to.write_all(bytes)
}

/// Reads records.
pub struct Reader<T>(pub T);

impl<T: Read> Reader<T> {
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut array = [0; N];
        self.0.read_exact(&mut array)?;
        Ok(array)
    }

    fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let len = u32::from_le_bytes(self.array()?);
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn record(&mut self, kind: u8) -> io::Result<Record> {
        Ok(match kind {
            0 => {
                let slot = u64::from_le_bytes(self.array()?);
                let raw = self.bytes()?;
                let [count] = self.array()?;
                let transfers = (0..count).map(|_| {
                    Ok(Transfer {
                        from: self.array()?.into(),
                        to: self.array()?.into(),
                        amount: u64::from_le_bytes(self.array()?),
                    })
                });
                let transfers = transfers.collect::<io::Result<_>>()?;
                Record::Receipt(Left {
                    slot,
                    raw,
                    transfers,
                })
            }
            1 => Record::Account(self.array()?.into(), self.bytes()?),
            _ => Record::Vault(self.array()?.into(), u64::from_le_bytes(self.array()?)),
        })
    }
}

impl<T: Read> Iterator for Reader<T> {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let [kind] = self.array().ok()?;
        Some(self.record(kind))
    }
}
