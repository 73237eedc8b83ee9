//! Compares the events that a mirror stores with the chain's.

use super::{Mismatch, PATIENCE, PAUSE, address};
use crate::audit::AuditError;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use tessera_indexer::{decode::EventRows, history::ChainEvent};
use tessera_store::{
    Key, PgConnection, PgPool, cursor,
    event::{self, EventRow},
    read,
};
use tokio::time::sleep;

/// Events that are not as the chain has them, whatever was added meanwhile. They are known by account,
/// life and number; of their positions only the order is compared, as far as the chain says it: nodes
/// promise none inside a slot but that of a transaction and that of an account.
pub(super) async fn compare(
    pool: &PgPool,
    events: &[ChainEvent],
) -> Result<BTreeSet<Mismatch>, AuditError> {
    let known = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let mut conn = read::snapshot(pool).await?;
    let mut mirrored = position(&mut conn).await?;
    for _ in 0..PATIENCE {
        if mirrored >= known {
            break;
        }
        sleep(PAUSE).await;
        conn = read::snapshot(pool).await?;
        mirrored = position(&mut conn).await?;
    }
    let stored = event::all(&mut conn).await?;
    let charges = event::all_charges(&mut conn).await?;
    let refunds = event::all_refunds(&mut conn).await?;
    let commissions = event::all_commissions(&mut conn).await?;
    let expected = EventRows::number(events.to_vec(), 0);

    let mut found = BTreeSet::new();
    let stored_events: HashMap<_, &EventRow> =
        stored.iter().map(|row| (receipt(row), row)).collect();
    let expected_charges = by_position(&expected.charges, |row| row.position);
    let stored_charges = by_position(&charges, |row| row.position);
    let expected_refunds = by_position(&expected.refunds, |row| row.position);
    let stored_refunds = by_position(&refunds, |row| row.position);
    let expected_shares = by_position(&expected.commissions, |row| row.position);
    let stored_shares = by_position(&commissions, |row| row.position);
    for row in &expected.events {
        let (account, seq) = (address(row.account), row.seq.0);
        let Some(stored) = stored_events.get(&receipt(row)) else {
            found.insert(Mismatch::MissingEvent { account, seq });
            continue;
        };
        let position = stored.position;
        let differs = |what| Mismatch::Event { account, seq, what };
        let moved = EventRow {
            position,
            ..row.clone()
        };
        if **stored != moved {
            found.insert(differs("its columns"));
        }
        let charges = moved_to(position, expected_charges.get(&row.position), |row| {
            &mut row.position
        });
        if charges != owned(stored_charges.get(&position)) {
            found.insert(differs("the charge's columns"));
        }
        let refunds = moved_to(position, expected_refunds.get(&row.position), |row| {
            &mut row.position
        });
        if refunds != owned(stored_refunds.get(&position)) {
            found.insert(differs("the refund's columns"));
        }
        let shares = moved_to(position, expected_shares.get(&row.position), |row| {
            &mut row.position
        });
        if shares != owned(stored_shares.get(&position)) {
            found.insert(differs("the commission's columns"));
        }
    }
    found.extend(strays(&stored, &expected.events, mirrored));
    found.extend(misplaced(&stored));
    Ok(found)
}

/// Stored events that the chain does not have. What is as new as the chain's last one may have come
/// after the history was read.
fn strays(stored: &[EventRow], expected: &[EventRow], mirrored: i64) -> Vec<Mismatch> {
    let chain: HashSet<_> = expected.iter().map(receipt).collect();
    let newest = expected.iter().map(|row| row.slot).max();
    stored
        .iter()
        .filter(|row| {
            let outside = row.position < 1 || row.position > mirrored;
            let old = newest.is_some_and(|newest| row.slot < newest);
            outside || old && !chain.contains(&receipt(row))
        })
        .map(|row| Mismatch::StrayEvent {
            signature: row.signature.into(),
            position: row.position,
        })
        .collect()
}

/// Events, in the order of their positions, that stand behind what must follow them.
fn misplaced(stored: &[EventRow]) -> Vec<Mismatch> {
    let mut last_receipts = HashMap::new();
    let mut found = Vec::new();
    let mut before: Option<&EventRow> = None;
    for row in stored {
        let in_order = before.is_none_or(|before| {
            before.slot < row.slot
                || before.slot == row.slot
                    && (before.signature != row.signature
                        || (before.outer_ix, before.inner_ix) < (row.outer_ix, row.inner_ix))
        });
        let number = (row.life.0, row.seq.0);
        let last = last_receipts.insert(row.account, number);
        if !in_order || last.is_some_and(|last| last >= number) {
            found.push(Mismatch::Event {
                account: address(row.account),
                seq: row.seq.0,
                what: "its position and the one before",
            });
        }
        before = Some(row);
    }
    found
}

/// Which receipt of which account's life an event is.
fn receipt(row: &EventRow) -> (Key, u64, u64) {
    (row.account, row.life.0, row.seq.0)
}

/// Rows of the event that stands at this position in the mirror.
fn moved_to<T: Clone>(
    position: i64,
    rows: Option<&Vec<&T>>,
    place: fn(&mut T) -> &mut i64,
) -> Option<Vec<T>> {
    let mut rows = owned(rows)?;
    for row in &mut rows {
        *place(row) = position;
    }
    Some(rows)
}

fn owned<T: Clone>(rows: Option<&Vec<&T>>) -> Option<Vec<T>> {
    rows.map(|rows| rows.iter().map(|row| (*row).clone()).collect())
}

async fn position(conn: &mut PgConnection) -> Result<i64, AuditError> {
    let cursor = cursor::read(conn).await?;
    Ok(cursor.map_or(0, |cursor| cursor.event_position))
}

fn by_position<T>(rows: &[T], position: impl Fn(&T) -> i64) -> BTreeMap<i64, Vec<&T>> {
    let mut grouped: BTreeMap<i64, Vec<&T>> = BTreeMap::new();
    for row in rows {
        grouped.entry(position(row)).or_default().push(row);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(position: i64, slot: i64, signature: u8, inner_ix: i32, seq: u64) -> EventRow {
        EventRow {
            position,
            signature: [signature; 64],
            outer_ix: 0,
            inner_ix,
            slot,
            kind: String::new(),
            account: Key([signature; 32]),
            life: 1.into(),
            seq: seq.into(),
            at: 0,
            raw: vec![],
        }
    }

    fn named(found: &[Mismatch]) -> Vec<u64> {
        let seqs = found.iter().map(|mismatch| match mismatch {
            Mismatch::Event { seq, .. } => *seq,
            other => panic!("{other}"),
        });
        seqs.collect()
    }

    #[test]
    fn events_in_an_order_that_no_chain_has_are_named() {
        let slots = [row(1, 9, 1, 0, 1), row(2, 8, 2, 0, 7)];
        assert_eq!(named(&misplaced(&slots)), [7]);
        let calls = [row(1, 9, 1, 2, 1), row(2, 9, 1, 1, 7)];
        assert_eq!(named(&misplaced(&calls)), [7]);
        let receipts = [row(1, 8, 1, 0, 7), row(2, 9, 1, 0, 6)];
        assert_eq!(named(&misplaced(&receipts)), [6]);
        let honest = [row(1, 8, 2, 0, 1), row(2, 8, 1, 0, 1), row(3, 8, 1, 3, 2)];
        assert_eq!(misplaced(&honest), []);
    }

    #[test]
    fn events_that_the_chain_does_not_have_are_strays_unless_they_are_new() {
        let chain = [row(1, 8, 1, 0, 1), row(2, 9, 2, 0, 1)];
        let stored = [
            row(1, 8, 3, 0, 1),
            row(2, 9, 2, 0, 1),
            row(3, 9, 4, 0, 1),
            row(9, 10, 5, 0, 1),
        ];
        let strays = strays(&stored, &chain, 3);
        let positions = strays.iter().map(|mismatch| match mismatch {
            Mismatch::StrayEvent { position, .. } => *position,
            other => panic!("{other}"),
        });
        assert_eq!(positions.collect::<Vec<_>>(), [1, 9]);
    }
}
