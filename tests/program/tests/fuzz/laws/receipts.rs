//! One instruction makes one receipt, which continues the chain of the account that it is about.

use super::Change;
use crate::failure::{Failure, law};
use sha2::{Digest, Sha256};
use tessera_client::{Account, Event};

/// Checks the transaction's only receipt and returns it; none is left where nothing changes.
pub(super) fn chained(receipts: &[Vec<u8>], changes: &[Change]) -> Result<Option<Event>, Failure> {
    let count = receipts.len();
    let [raw] = receipts else {
        let nothing = count == 0 && changes.is_empty();
        law!(
            "an instruction makes one receipt",
            nothing,
            "{count} receipts"
        );
        return Ok(None);
    };
    let event = Event::decode(raw);
    law!("receipts can be read", event.is_ok(), "{event:?}");
    let Ok(event) = event else {
        unreachable!("looked at above");
    };
    let receipt = event.receipt();
    for change in changes {
        let about = change.address == receipt.account;
        let before = change.before.as_ref().map(Account::header);
        if let Event::Closed(closed) = &event
            && about
        {
            let head = before.map(|it| it.receipt_head);
            law!(
                "a last receipt has the head",
                head == Some(closed.head),
                "{closed:?}"
            );
            law!(
                "what closes is gone",
                change.after.is_none(),
                "{}",
                change.address
            );
            continue;
        }
        let Some(after) = change.after.as_ref().map(Account::header) else {
            law!("only what closes is gone", false, "{}", change.address);
            continue;
        };
        let (seq, head) = before.map_or((0, [0; 32]), |it| (it.receipt_seq, it.receipt_head));
        let same_life = before.is_none_or(|it| it.life == after.life);
        law!("a life does not change", same_life, "{}", change.address);
        if !about {
            let same = (after.receipt_seq, after.receipt_head) == (seq, head);
            law!(
                "a receipt is about one account",
                same,
                "{} too",
                change.address
            );
            continue;
        }
        let next = Sha256::new()
            .chain_update(head)
            .chain_update(raw)
            .finalize();
        let chained = after.receipt_seq == seq + 1
            && after.receipt_seq == receipt.seq
            && after.life == receipt.life
            && after.receipt_head[..] == next[..];
        law!(
            "receipts are chained",
            chained,
            "{event:?} of {}",
            change.address
        );
    }
    let named = changes.iter().any(|it| it.address == receipt.account);
    law!("a receipt's account changes", named, "{event:?}");
    Ok(Some(event))
}

/// Who referred a member is set once.
pub(super) fn members_keep_their_referrers(changes: &[Change]) -> Result<(), Failure> {
    for change in changes {
        let Some(Account::Member(before)) = &change.before else {
            continue;
        };
        let Some(Account::Member(after)) = &change.after else {
            law!("members stay", false, "{}", change.address);
            continue;
        };
        let same = (before.org, before.wallet, before.referrers, before.code)
            == (after.org, after.wallet, after.referrers, after.code);
        law!(
            "referrers are set once",
            same,
            "{} became {after:?}",
            change.address
        );
        let kept = before.flags & !after.flags == 0;
        law!("a used trial stays used", kept, "{}", change.address);
    }
    Ok(())
}
