//! What issuers took from vaults.
//!
//! Law: a mint's permanent delegate can take what any token account holds. Where plan and subscriber
//! agreed to that, what is missing in a vault breaks no law as far as transactions are named that took
//! it and had nothing to do with the program: only the program signs for its vaults, so nobody else
//! can. How far nobody looked for such transactions is said.

use super::{
    AuditError, Options, Vaults,
    looks::{Looks, Short},
};
use solana_signature::Signature;
use tessera_client::{
    audit::{Auditor, Seized},
    types::Address,
};
use tessera_indexer::node::{Content, Listed, Listing, Node, Pages};

/// How many of a vault's transactions are looked through: anybody can add some.
const MOST: usize = 5_000;
/// How many seizures are named.
const NAMED: usize = 100;

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
            _ => Seized::default(),
        };
        auditor.book_vault(&vault, held, looked, &seized);
    }
    Ok(auditor)
}

fn describe(taken: &[(Signature, u64)], whole: bool) -> Seized {
    let named = taken.iter().take(NAMED);
    let mut said: Vec<String> = named
        .map(|(signature, amount)| {
            format!("the mint's permanent delegate took {amount} in transaction {signature}")
        })
        .collect();
    if !whole {
        said.push(format!(
            "only the newest {MOST} of its transactions were looked through"
        ));
    }
    Seized {
        // Only what is named explains anything.
        amount: taken.iter().take(NAMED).map(|it| u128::from(it.1)).sum(),
        detail: said.join(", "),
    }
}

/// The newest transactions that took so much from a vault, without the program.
async fn find(
    node: &dyn Node,
    vaults: &dyn Vaults,
    options: &Options,
    vault: &Address,
    missing: u128,
) -> Result<Seized, AuditError> {
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
            if looked_at == MOST {
                return Ok(describe(&seized, false));
            }
            looked_at += 1;
            let taken = taken(node, vaults, options, vault, listed).await?;
            if taken > 0 {
                sum += u128::from(taken);
                seized.push((listed.signature, taken));
            }
            if sum >= missing {
                return Ok(describe(&seized, true));
            }
        }
    }
    Ok(describe(&seized, true))
}

/// What a transaction took from the vault that has nothing to do with the program.
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
    let transaction = node.transaction(listed, options.commitment).await?;
    Ok(match transaction.content {
        Content::Nothing => change.before - change.after,
        Content::Calls(_) | Content::Unreadable { .. } => 0,
    })
}
