//! Compares the receipts that a mirror stores with the chain's, as they pass.
//!
//! Both come in the order of the chain, so each is met once and only differences are kept; those
//! are looked at again once the mirror has reached the audit's slot.

use super::{Mismatch, PATIENCE, PAUSE, address};
use crate::audit::{AuditError, Received, Sink};
use std::collections::{BTreeMap, VecDeque};
use tessera_indexer::{decode, node::async_trait};
use tessera_store::{
    PgPool,
    mirror::{
        query,
        receipt::{self, Money, NewReceipt, Place, ReceiptRow},
    },
    read,
};
use tokio::time::sleep;

/// Stored receipts that are read together.
const PAGE: i64 = 1_000;
/// Most differences that are looked at again; with more, the mirror is simply wrong.
const MOST: usize = 10_000;

/// Sees the chain's receipts, and reads the mirror's beside them.
pub struct MirrorSink {
    pool: PgPool,
    page: VecDeque<(ReceiptRow, Money)>,
    after: Option<Place>,
    ended: bool,
    /// The differences: by place, the chain's receipt there.
    doubtful: BTreeMap<Place, Option<NewReceipt>>,
}

impl MirrorSink {
    /// Compares with the mirror of `pool`.
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            page: VecDeque::new(),
            after: None,
            ended: false,
            doubtful: BTreeMap::new(),
        }
    }

    /// The differences that remain once the mirror has reached `slot`, the audit's.
    ///
    /// # Errors
    /// [`AuditError::Store`].
    pub async fn finish(mut self, slot: u64) -> Result<Vec<Mismatch>, AuditError> {
        let slot = i64::try_from(slot).unwrap_or(i64::MAX);
        let mut mirror = 0;
        for look in 0..=PATIENCE {
            if look > 0 {
                sleep(PAUSE).await;
            }
            let mut conn = read::connection(&self.pool).await?;
            mirror = query::index::final_slot(&mut conn).await?;
            if mirror >= slot {
                break;
            }
        }
        let mut found = Vec::new();
        if mirror < slot {
            found.push(Mismatch::Behind {
                mirror,
                audit: slot,
            });
        }
        // Receipts of the mirror after the last one of the chain.
        while let Some((row, _)) = self.next().await? {
            if row.slot > slot {
                break;
            }
            self.doubt(row.place(), None);
        }
        let doubtful = std::mem::take(&mut self.doubtful);
        for (place, expected) in doubtful.iter().filter(|(place, _)| place.slot <= slot) {
            let stored = self.at(*place).await?;
            found.extend(mismatch(stored.as_ref(), expected.as_ref()));
        }
        Ok(found)
    }

    fn doubt(&mut self, place: Place, expected: Option<NewReceipt>) {
        if self.doubtful.len() < MOST {
            self.doubtful.insert(place, expected);
        }
    }

    /// The mirror's next receipt; it stays until it is taken.
    async fn peek(&mut self) -> Result<Option<&(ReceiptRow, Money)>, AuditError> {
        if self.page.is_empty() && !self.ended {
            let mut conn = read::connection(&self.pool).await?;
            let rows = receipt::page(&mut conn, self.after, PAGE).await?;
            let money = receipt::money(&mut conn, &rows).await?;
            self.after = rows.last().map(ReceiptRow::place).or(self.after);
            self.ended = rows.is_empty();
            self.page = rows.into_iter().zip(money).collect();
        }
        Ok(self.page.front())
    }

    async fn next(&mut self) -> Result<Option<(ReceiptRow, Money)>, AuditError> {
        self.peek().await?;
        Ok(self.page.pop_front())
    }

    async fn at(&self, place: Place) -> Result<Option<(ReceiptRow, Money)>, AuditError> {
        let mut conn = read::connection(&self.pool).await?;
        let rows: Vec<ReceiptRow> = receipt::row_at(&mut conn, place)
            .await?
            .into_iter()
            .collect();
        let money = receipt::money(&mut conn, &rows).await?;
        Ok(rows.into_iter().zip(money).next())
    }
}

#[async_trait]
impl Sink for MirrorSink {
    async fn take(&mut self, received: Received) -> Result<(), AuditError> {
        let place = Place {
            slot: i64::try_from(received.place.slot).unwrap_or(i64::MAX),
            tx_index: i32::try_from(received.place.index).unwrap_or(i32::MAX),
            outer_ix: i16::try_from(received.outer).unwrap_or(i16::MAX),
            inner_ix: i16::try_from(received.inner).unwrap_or(i16::MAX),
        };
        // A receipt that this version cannot read is the audit's finding.
        let Ok(expected) = decode::receipt(place, received.signature.into(), &received.raw) else {
            return Ok(());
        };
        while let Some((row, _)) = self.peek().await? {
            let stands = row.place();
            if stands >= place {
                break;
            }
            self.page.pop_front();
            self.doubt(stands, None);
        }
        let stored = match self.peek().await? {
            Some((row, _)) if row.place() == place => self.page.pop_front(),
            _ => None,
        };
        if mismatch(stored.as_ref(), Some(&expected)).is_some() {
            self.doubt(place, Some(expected));
        }
        Ok(())
    }
}

/// How the mirror's row at a place differs from the chain's receipt there.
fn mismatch(
    stored: Option<&(ReceiptRow, Money)>,
    expected: Option<&NewReceipt>,
) -> Option<Mismatch> {
    match (stored, expected) {
        (None, None) => None,
        (Some((row, _)), None) => Some(Mismatch::StrayReceipt {
            signature: row.signature.into(),
            slot: row.slot,
        }),
        (None, Some(expected)) => Some(Mismatch::MissingReceipt {
            account: address(expected.account),
            seq: expected.seq.unsigned_abs(),
        }),
        (Some((row, money)), Some(expected)) => {
            difference(row, money, expected).map(|what| Mismatch::Receipt {
                account: address(expected.account),
                seq: expected.seq.unsigned_abs(),
                what,
            })
        }
    }
}

fn difference(row: &ReceiptRow, money: &Money, expected: &NewReceipt) -> Option<&'static str> {
    let stored = (
        row.account,
        row.life,
        row.seq,
        row.at,
        &row.kind[..],
        row.signature,
    );
    let chain = (
        expected.account,
        expected.life,
        expected.seq,
        expected.at,
        expected.kind,
        expected.signature,
    );
    if stored != chain || row.body != expected.body {
        Some("its columns")
    } else if money.charge != expected.charge {
        Some("the charge's columns")
    } else if money.refund != expected.refund {
        Some("the refund's columns")
    } else if money.commissions != expected.commissions {
        Some("the commission's columns")
    } else {
        None
    }
}
