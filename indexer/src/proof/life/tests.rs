use super::*;
use bytemuck::{Zeroable, bytes_of};
use tessera_client::types::{
    Address,
    events::{Closed, PointsAwarded},
};

const ACCOUNT: Key = Key([7; 32]);
const FINAL: i64 = 100;

/// Receipts of an account, each in a slot of its own from 11 on, and the head after each.
fn chain(count: i64, closed: bool) -> (Vec<Unproven>, Vec<Key>) {
    let (mut receipts, mut heads) = (Vec::new(), vec![Key([0; 32])]);
    for seq in 1..=count {
        let head = heads[heads.len() - 1];
        let receipt = Receipt {
            account: Address::new_from_array(ACCOUNT.0),
            life: 5,
            seq: seq.unsigned_abs(),
            at: seq,
        };
        let event = if closed && seq == count {
            Event::Closed(Closed {
                receipt,
                head: head.0,
                ..Zeroable::zeroed()
            })
        } else {
            Event::PointsAwarded(PointsAwarded {
                receipt,
                points: 9,
                ..Zeroable::zeroed()
            })
        };
        let raw = event.encode();
        let hash = Sha256::new().chain_update(head.0).chain_update(&raw);
        heads.push(Key(hash.finalize().into()));
        receipts.push(Unproven {
            life_id: 1,
            seq,
            slot: 10 + seq,
            tx_index: 0,
            outer_ix: 0,
            inner_ix: 1,
            signature: [1; 64],
            kind: event.name().to_owned(),
            at: seq,
            body: raw[8 + bytes_of(&receipt).len()..].to_vec(),
        });
    }
    (receipts, heads)
}

fn claim(head: Option<(i64, Key, i64)>) -> Claim {
    Claim {
        life_id: 1,
        account: ACCOUNT,
        life: 5,
        proven_seq: 0,
        proven_head: Key([0; 32]),
        head: head.map(|(seq, hash, slot)| Head {
            seq,
            hash,
            slot,
            closed: false,
        }),
        gone_slot: None,
        ended: false,
        marked: false,
    }
}

fn missing(verdict: &Verdict) -> Option<i64> {
    let finding = verdict.finding.as_ref()?;
    (!finding.altered && finding.surplus.is_empty()).then_some(finding.seq)
}

#[test]
fn a_receipt_that_is_missing_in_the_middle_or_at_the_end_is_named() {
    let (mut receipts, heads) = chain(4, false);
    let claim = claim(Some((4, heads[4], 50)));
    let end = judge(&claim, &receipts[..3], FINAL);
    assert_eq!((missing(&end), end.seq), (Some(4), 3));
    receipts.remove(1);
    let middle = judge(&claim, &receipts, FINAL);
    assert_eq!((missing(&middle), middle.seq), (Some(2), 1));
}

#[test]
fn what_was_read_behind_the_last_final_slot_is_not_missing_yet() {
    let (receipts, heads) = chain(4, false);
    let claim = claim(Some((4, heads[4], FINAL + 1)));
    let verdict = judge(&claim, &receipts[..3], FINAL);
    assert_eq!((verdict.seq, verdict.finding), (3, None));
}

#[test]
fn a_receipt_that_was_altered_unproves_the_whole_life() {
    let (mut receipts, heads) = chain(4, false);
    receipts[1].body[0] ^= 1;
    let verdict = judge(&claim(Some((4, heads[4], 50))), &receipts, FINAL);
    let altered = verdict.finding.is_some_and(|finding| finding.altered);
    assert_eq!((altered, verdict.seq), (true, 0));
}

#[test]
fn a_receipt_that_the_account_does_not_count_is_surplus_once_the_account_was_read_behind_it() {
    let (receipts, heads) = chain(4, false);
    let read_at = |slot| judge(&claim(Some((3, heads[3], slot))), &receipts, FINAL);
    assert_eq!(read_at(13).finding, None);
    let surplus = read_at(14).finding.map(|finding| finding.surplus);
    assert_eq!(surplus.map(|surplus| surplus[0].slot), Some(14));
}

#[test]
fn an_account_that_is_gone_ends_with_its_closing() {
    let gone = |ended| Claim {
        gone_slot: Some(50),
        ended,
        ..claim(None)
    };
    let (receipts, _) = chain(3, true);
    assert_eq!(judge(&gone(true), &receipts, FINAL).finding, None);
    let cut = judge(&gone(false), &receipts[..2], FINAL);
    assert_eq!(missing(&cut), Some(3));
    let (mut forged, _) = chain(3, true);
    forged[2].body[8] ^= 1;
    let forged = judge(&gone(true), &forged, FINAL).finding;
    assert!(forged.is_some_and(|finding| finding.altered));
}

#[test]
fn proving_goes_on_where_the_last_proof_ended() {
    let (receipts, heads) = chain(4, false);
    let before = judge(&claim(None), &receipts[..2], FINAL);
    assert_eq!((before.seq, before.head), (2, heads[2]));
    let later = Claim {
        proven_seq: before.seq,
        proven_head: before.head,
        ..claim(Some((4, heads[4], 50)))
    };
    let verdict = judge(&later, &receipts[2..], FINAL);
    assert_eq!((verdict.seq, verdict.finding), (4, None));
}

#[test]
fn what_an_account_says_behind_what_is_final_is_judged_later() {
    let (receipts, hashes) = chain(3, true);
    let gone = |slot| Claim {
        gone_slot: Some(slot),
        ..claim(None)
    };
    let later = judge(&gone(FINAL + 1), &receipts[..2], FINAL);
    assert_eq!((missing(&later), later.pending), (None, true));
    let now = judge(&gone(FINAL), &receipts[..2], FINAL);
    assert_eq!((missing(&now), now.pending), (Some(3), false));
    let says = |slot| claim(Some((3, hashes[2], slot)));
    let later = judge(&says(FINAL + 1), &receipts[..2], FINAL);
    assert_eq!((missing(&later), later.pending), (None, true));
    let now = judge(&says(FINAL), &receipts[..2], FINAL);
    assert_eq!((missing(&now), now.pending), (Some(3), false));
}

#[test]
fn a_receipt_that_is_too_much_is_found_again_until_it_is_gone() {
    let (receipts, heads) = chain(4, false);
    let claim = claim(Some((3, heads[3], 20)));
    for verdict in [
        judge(&claim, &receipts, FINAL),
        judge_part(&claim, &receipts, FINAL),
    ] {
        let finding = verdict.finding.expect("the account counts three");
        assert_eq!(finding.surplus, [place(&receipts[3])]);
        assert_eq!((verdict.seq, verdict.head), (0, heads[0]));
    }
}
