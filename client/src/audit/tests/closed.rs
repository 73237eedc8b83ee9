//! Accounts that are closed, and what proves their receipts.

use super::{
    Snapshot, audit, broken,
    story::{self, Facts, TOKEN, snapshot},
};
use crate::{address, audit::Check, receipts::ReceiptState};
use bytemuck::bytes_of;
use tessera_types::{
    Address,
    events::{Closed, EventType, Receipt},
};

/// The receipt that closes an account.
fn closing(snapshot: &Snapshot, account: Address, edit: impl FnOnce(&mut Closed)) -> Vec<u8> {
    let state = ReceiptState::from(snapshot.accounts[&account].header());
    let mut closed = Closed {
        receipt: Receipt {
            account,
            life: state.life,
            seq: state.seq + 1,
            at: 10_000,
        },
        lamports: 1,
        head: state.head,
    };
    edit(&mut closed);
    [&Closed::DISCRIMINATOR, bytes_of(&closed)].concat()
}

/// A business after it has closed an account.
pub(super) fn without(
    business: &Snapshot,
    account: Address,
    edit: impl FnOnce(&mut Closed),
) -> Snapshot {
    let mut snapshot = business.clone();
    let receipt = closing(&snapshot, account, edit);
    snapshot.accounts.remove(&account);
    snapshot.events.push(receipt);
    snapshot
}

fn closing_one(account: Address, edit: impl FnOnce(&mut Closed)) -> Snapshot {
    without(&snapshot(&Facts::default()), account, edit)
}

#[test]
fn the_last_receipt_proves_those_before_it() {
    let code = story::code();
    let forged = closing_one(code, |it| it.head = [0; 32]);
    assert_eq!(broken(&audit(&forged)), [(Check::Receipts, code, Some(2))]);
    let mut short = closing_one(code, |_| {});
    let first = |raw: &Vec<u8>| raw[8..40] == code.to_bytes() && raw[48] == 1;
    short.events.retain(|raw| !first(raw));
    let found = broken(&audit(&short));
    assert!(
        found.contains(&(Check::Receipts, code, Some(2))),
        "{found:?}"
    );
    assert_eq!(audit(&closing_one(code, |_| {})).findings, []);
}

#[test]
fn nothing_follows_on_the_last_receipt() {
    let code = story::code();
    let mut after = closing_one(code, |_| {});
    let mut more = after.events.last().expect("the last").clone();
    more[48] += 1;
    after.events.push(more);
    let found = broken(&audit(&after));
    assert_eq!(found, [(Check::Receipts, code, Some(3))]);
}

#[test]
fn an_account_that_was_closed_is_not_there() {
    let mut snapshot = snapshot(&Facts::default());
    let code = story::code();
    let receipt = closing(&snapshot, code, |_| {});
    let mut state = ReceiptState::from(snapshot.accounts[&code].header());
    state.append(&code, &receipt).expect("the next one");
    match snapshot.accounts.get_mut(&code) {
        Some(crate::Account::Code(it)) => {
            (it.header.receipt_seq, it.header.receipt_head) = (state.seq, state.head);
        }
        other => panic!("{other:?}"),
    }
    snapshot.events.push(receipt);
    let found = broken(&audit(&snapshot));
    assert!(
        found.contains(&(Check::Receipts, code, Some(2))),
        "{found:?}"
    );
}

#[test]
fn an_authority_that_closed_has_one_receipt() {
    let authority = address::authority(&TOKEN);
    assert_eq!(audit(&closing_one(authority, |_| {})).findings, []);
}

#[test]
fn what_closes_in_use_is_named() {
    let ledger = story::ledger();
    let found = broken(&audit(&closing_one(ledger, |_| {})));
    assert_eq!(found, [(Check::Commission, ledger, Some(3))]);
}
