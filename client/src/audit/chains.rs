//! Every account's chain of receipts.
//!
//! Law: an account's receipts hash to its head, none missing, doubled or moved; a life begins with its
//! first one. The receipt that closes an account names the head of those before it, and none follows.

use super::report::At;
use crate::{decode::Event, model::State, receipts::ReceiptState};
use tessera_types::{Address, accounts::Header, events::Receipt};

/// Where a chain breaks, and how.
type Break = (At, String);

/// Checks that a receipt is the next one of its account.
pub(super) fn follow(state: &State, event: &Event) -> Result<(), Break> {
    let receipt = event.receipt();
    let Some(chain) = state.chains.get(&receipt.account) else {
        return begin(event);
    };
    let at = |seq| (receipt.account, Some(seq));
    if receipt.life != chain.life {
        let detail = "the receipt is of another life than the account, which is open";
        return Err((at(receipt.seq), detail.to_owned()));
    }
    if receipt.seq <= chain.seq {
        let detail = "the receipt stands there twice";
        return Err((at(receipt.seq), detail.to_owned()));
    }
    let expected = chain.seq.saturating_add(1);
    if receipt.seq > expected {
        let detail = format!("receipt {} follows, and this one is missing", receipt.seq);
        return Err((at(expected), detail));
    }
    require_head(event, chain.head)
}

/// The first receipt of a life, which is an authority's last one.
fn begin(event: &Event) -> Result<(), Break> {
    let Receipt { account, seq, .. } = *event.receipt();
    if seq != 1 {
        let detail = "the account is not open: its receipts before are missing, or it was closed";
        return Err(((account, Some(seq)), detail.to_owned()));
    }
    require_head(event, [0; 32])
}

fn require_head(event: &Event, head: [u8; 32]) -> Result<(), Break> {
    match event {
        Event::Closed(closed) if closed.head != head => {
            let receipt = &closed.receipt;
            let detail = "the receipts before it do not hash to the head that it names";
            Err(((receipt.account, Some(receipt.seq)), detail.to_owned()))
        }
        _ => Ok(()),
    }
}

/// Checks that an account counts the receipts that were seen, and has their hash.
pub(super) fn end(state: &State, address: Address, header: &Header) -> Result<(), Break> {
    let claimed = ReceiptState::from(header);
    let chain = state.chains.get(&address);
    let at = |seq| (address, Some(seq));
    let Some(chain) = chain else {
        // An authority has no receipt before its last.
        if claimed.seq == 0 {
            return Ok(());
        }
        let detail = "no receipts lead to the account: they are missing, or it was closed";
        return Err((at(claimed.seq), detail.to_owned()));
    };
    if claimed == *chain {
        return Ok(());
    }
    Err(if claimed.life != chain.life {
        let detail = "the account is of another life than its receipts";
        (at(claimed.seq), detail.to_owned())
    } else if claimed.seq > chain.seq {
        let detail = format!(
            "the account counts {} receipts, and this one is missing",
            claimed.seq
        );
        (at(chain.seq.saturating_add(1)), detail)
    } else if claimed.seq < chain.seq {
        let detail = format!("the account counts {} receipts only", claimed.seq);
        (at(claimed.seq.saturating_add(1)), detail)
    } else {
        let detail = "the receipts do not hash to the account's head";
        (at(claimed.seq), detail.to_owned())
    })
}
