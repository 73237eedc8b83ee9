//! A list that is written newest first and read oldest first, in a file, because it is as long as
//! the history: 77 bytes a transaction.

use solana_signature::Signature;
use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
};
use tessera_indexer::node::Listed;

/// Length of a record: signature, slot, index, and whether there is an index.
const RECORD: usize = 64 + 8 + 4 + 1;
/// Records that are read at a time.
const BLOCK: u64 = 1_000;

/// The list while it is written.
pub(super) struct Spill {
    file: BufWriter<File>,
    len: u64,
}

impl Spill {
    /// An empty list, in an unnamed file that is removed with it.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::new(tempfile::tempfile()?),
            len: 0,
        })
    }

    /// Adds an older transaction.
    pub(super) fn push(&mut self, listed: &Listed) -> io::Result<()> {
        self.file.write_all(listed.signature.as_ref())?;
        self.file.write_all(&listed.slot.to_le_bytes())?;
        let index = listed.index.unwrap_or_default();
        self.file.write_all(&index.to_le_bytes())?;
        self.file.write_all(&[u8::from(listed.index.is_some())])?;
        self.len += 1;
        Ok(())
    }

    /// All transactions, the oldest first.
    pub(super) fn oldest_first(self) -> io::Result<OldestFirst> {
        Ok(OldestFirst {
            file: self
                .file
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?,
            left: self.len,
            block: vec![],
        })
    }
}

/// The list while it is read.
pub(super) struct OldestFirst {
    file: File,
    /// Records that are still only in the file.
    left: u64,
    /// Records in reverse: the next one is the last.
    block: Vec<u8>,
}

impl OldestFirst {
    fn fill(&mut self) -> io::Result<()> {
        let count = self.left.min(BLOCK);
        self.left -= count;
        let record = RECORD as u64;
        self.file.seek(SeekFrom::Start(self.left * record))?;
        self.block.clear();
        let read = (&self.file)
            .take(count * record)
            .read_to_end(&mut self.block)?;
        if read as u64 == count * record {
            return Ok(());
        }
        self.left = 0;
        self.block.clear();
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

impl Iterator for OldestFirst {
    type Item = io::Result<Listed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.block.is_empty()
            && self.left > 0
            && let Err(error) = self.fill()
        {
            return Some(Err(error));
        }
        let start = self.block.len().checked_sub(RECORD)?;
        let record = self.block.split_off(start);
        let (signature, rest) = record.split_first_chunk::<64>()?;
        let (slot, rest) = rest.split_first_chunk()?;
        let (index, known) = rest.split_first_chunk()?;
        Some(Ok(Listed {
            signature: Signature::from(*signature),
            slot: u64::from_le_bytes(*slot),
            index: (known == [1]).then(|| u32::from_le_bytes(*index)),
            failed: false,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_listed_newest_first_is_read_oldest_first() {
        for len in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
            let listed: Vec<Listed> = (0..len)
                .map(|at| Listed {
                    signature: Signature::from([u8::try_from(at % 251).expect("small"); 64]),
                    slot: u64::MAX - at,
                    index: (at % 3 > 0).then(|| u32::try_from(at).expect("small")),
                    failed: false,
                })
                .collect();
            let mut spill = Spill::new().expect("a file");
            for it in &listed {
                spill.push(it).expect("written");
            }
            let read: io::Result<Vec<Listed>> = spill.oldest_first().expect("flushed").collect();
            let expected: Vec<Listed> = listed.into_iter().rev().collect();
            assert_eq!(read.expect("read"), expected);
        }
    }
}
