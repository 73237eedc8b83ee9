//! What issuers took from vaults.
//!
//! Law: a mint's permanent delegate can take what any token account holds. Where plan and subscriber
//! agreed to that, a vault that is short breaks no law, and the transactions are named that took from
//! it more than the program moved.

use super::{
    AuditError, Options, Vaults,
    looks::{Looks, Short},
};
use solana_signature::Signature;
use tessera_client::{audit::Auditor, carried, types::Address};
use tessera_indexer::node::{Content, Listed, Listing, Node, Pages};

/// How many of a vault's transactions are looked through: anybody can add some.
const MOST: usize = 5_000;
/// How many seizures are named.
const NAMED: usize = 10;

/// Takes into the report what vaults are short of.
pub(super) async fn settle(
    node: &dyn Node,
    vaults: &dyn Vaults,
    options: &Options,
    looks: Looks,
    mut auditor: Auditor,
) -> Result<Auditor, AuditError> {
    for short in looks.short {
        let Short {
            vault,
            held,
            looked,
        } = short;
        let seized = match looked.shortage() {
            Some(it) if it.seizable => {
                let missing = it.owed - u128::from(it.held);
                find(node, vaults, options, &vault, missing).await?
            }
            _ => vec![],
        };
        auditor.book_vault(&vault, held, looked, &describe(&seized));
    }
    Ok(auditor)
}

fn describe(seized: &[(Signature, u64)]) -> String {
    let named = seized.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|(signature, amount)| {
            format!("the mint's permanent delegate took {amount} in transaction {signature}")
        })
        .collect();
    named.join(", ")
}

/// The newest transactions that took so much from a vault, beside what the program moved.
async fn find(
    node: &dyn Node,
    vaults: &dyn Vaults,
    options: &Options,
    vault: &Address,
    missing: u128,
) -> Result<Vec<(Signature, u64)>, AuditError> {
    let listing = Listing {
        address: *vault,
        before: None,
        until: None,
        min_slot: 0,
        commitment: options.commitment,
    };
    let (mut seized, mut sum, mut looked_at) = (vec![], 0, 0);
    let mut pages = Pages::new(node, listing);
    while let Some(page) = pages.next().await? {
        for listed in page.iter().filter(|it| !it.failed) {
            looked_at += 1;
            if looked_at > MOST || sum >= missing {
                return Ok(seized);
            }
            let taken = taken(node, vaults, options, vault, listed).await?;
            if taken > 0 {
                sum += u128::from(taken);
                seized.push((listed.signature, taken));
            }
        }
    }
    Ok(seized)
}

/// What a transaction took from the vault that the program did not move.
async fn taken(
    node: &dyn Node,
    vaults: &dyn Vaults,
    options: &Options,
    vault: &Address,
    listed: &Listed,
) -> Result<u64, AuditError> {
    let change = vaults.change(&listed.signature, vault).await?;
    let Some(change) = change.filter(|it| it.after < it.before) else {
        return Ok(0);
    };
    let mut expected = i128::from(change.before);
    let transaction = node.transaction(listed, options.commitment).await?;
    if let Content::Calls(calls) = transaction.content {
        for receipt in carried::receipts(&calls.calls).unwrap_or_default() {
            for moved in receipt.transfers {
                let amount = i128::from(moved.amount);
                expected += if moved.to == *vault { amount } else { 0 };
                expected -= if moved.from == *vault { amount } else { 0 };
            }
        }
    }
    let taken = (expected - i128::from(change.after)).max(0);
    Ok(u64::try_from(taken).unwrap_or(u64::MAX))
}
