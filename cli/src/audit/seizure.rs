//! What issuers took from vaults.
//!
//! Law: a mint's permanent delegate can take what any token account holds. Where plan and
//! subscriber agreed to that, a vault's shortage breaks no law as far as the audit can name
//! transactions that took it without calling the program: only the program signs for its vaults, so
//! nobody but the delegate can have done it. Tokens that came in without the program are
//! subtracted: a seizure that was given back explains nothing. The report says how far back such
//! transactions were not looked for.

use super::{
    AuditError, Options, Vaults,
    looks::{Looks, Short},
};
use futures::{StreamExt, TryStreamExt, stream};
use solana_signature::Signature;
use tessera_client::{
    audit::{Auditor, Seized},
    carried,
    types::Address,
};
use tessera_indexer::node::{Content, Listed, Listing, Node, Pages, TokenChange};

/// Most transactions of a vault that are looked at: anybody can add some.
const MOST: usize = 5_000;
/// Most seizures that are named.
const NAMED: usize = 100;
/// Transactions that are looked at together.
const CONCURRENCY: usize = 16;

/// Adds the shortages of vaults to the report.
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
            slot,
            held,
            looked,
        } = short;
        let seized = match looked.shortage() {
            Some(it) if it.seizable => find(node, vaults, options, (&vault, slot)).await?,
            _ => Seized::default(),
        };
        auditor.book_vault(&vault, held, looked, &seized);
    }
    Ok(auditor)
}

/// What happened to a vault without the program.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outside {
    /// The newest seizures, which are named.
    named: Vec<(Signature, u64)>,
    taken: u128,
    given: u128,
    /// Whether older transactions were not looked at.
    cut: bool,
}

impl Outside {
    fn note(&mut self, signature: Signature, moved: Moved) {
        match moved {
            Moved::Taken(amount) => {
                self.taken += u128::from(amount);
                if self.named.len() < NAMED {
                    self.named.push((signature, amount));
                }
            }
            Moved::Given(amount) => self.given += u128::from(amount),
            Moved::Nothing => {}
        }
    }

    /// Only named seizures that were not given back explain a shortage.
    fn explains(&self) -> Seized {
        let named = self.named.iter().map(|it| u128::from(it.1)).sum();
        let mut said = vec![];
        if self.taken > 0 && self.given > 0 {
            said.push(format!("{} came in without the program", self.given));
        }
        said.extend(self.named.iter().map(|(signature, amount)| {
            format!("the mint's permanent delegate took {amount} in transaction {signature}")
        }));
        if self.cut {
            said.push(format!(
                "only the newest {MOST} of its transactions were looked through"
            ));
        }
        Seized {
            amount: self.taken.saturating_sub(self.given).min(named),
            detail: said.join(", "),
        }
    }
}

/// What happened to a vault without the program, in its newest transactions up to a slot.
async fn find(
    node: &dyn Node,
    vaults: &dyn Vaults,
    options: &Options,
    (vault, slot): (&Address, u64),
) -> Result<Seized, AuditError> {
    let listing = Listing {
        address: *vault,
        before: None,
        until: None,
        min_slot: slot,
        commitment: options.commitment,
    };
    let (mut outside, mut left) = (Outside::default(), MOST);
    let mut pages = Pages::new(node, listing);
    while let Some(mut page) = pages.next().await? {
        page.retain(|it| !it.failed && it.slot <= slot);
        outside.cut = page.len() > left;
        page.truncate(left);
        left -= page.len();
        let mut found = stream::iter(page)
            .map(|listed| async move {
                let moved = moved(node, vaults, options, vault, &listed).await?;
                Ok::<_, AuditError>((listed.signature, moved))
            })
            .buffered(CONCURRENCY);
        while let Some((signature, moved)) = found.try_next().await? {
            outside.note(signature, moved);
        }
        if outside.cut {
            break;
        }
    }
    Ok(outside.explains())
}

/// What a transaction did to a vault without the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Nothing,
    Taken(u64),
    Given(u64),
}

async fn moved(
    node: &dyn Node,
    vaults: &dyn Vaults,
    options: &Options,
    vault: &Address,
    listed: &Listed,
) -> Result<Moved, AuditError> {
    let change = vaults.change(&listed.signature, vault).await?;
    let Some(change) = change.filter(|it| it.after != it.before) else {
        return Ok(Moved::Nothing);
    };
    let transaction = node.transaction(listed, options.commitment).await?;
    Ok(outside(&transaction.content, vault, change))
}

/// The part of a change that the program did not make. Tokens taken in a transaction that also
/// calls the program, or that cannot be read, explain nothing; tokens given in one count.
fn outside(content: &Content, vault: &Address, change: TokenChange) -> Moved {
    let (mut before, mut after) = (u128::from(change.before), u128::from(change.after));
    let calls = match content {
        Content::Nothing if after < before => {
            return Moved::Taken(change.before - change.after);
        }
        Content::Nothing | Content::Unreadable { .. } => &[][..],
        Content::Calls(calls) => &calls.calls,
    };
    for invocation in carried::invocations(calls).unwrap_or_default() {
        for (it, _) in &invocation.tokens.transfers {
            if it.from == *vault {
                after += u128::from(it.amount);
            }
            if it.to == *vault {
                before += u128::from(it.amount);
            }
        }
    }
    match u64::try_from(after.saturating_sub(before)) {
        Ok(0) => Moved::Nothing,
        Ok(given) => Moved::Given(given),
        Err(_) => Moved::Given(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_client::{
        carried::{InnerCall, OuterCall},
        types::{ID, carrier::TOKEN_PROGRAM},
    };
    use tessera_indexer::node::Calls;

    const VAULT: Address = Address::new_from_array([1; 32]);
    const OTHER: Address = Address::new_from_array([2; 32]);

    fn change(before: u64, after: u64) -> TokenChange {
        TokenChange { before, after }
    }

    fn paid(from: Address, to: Address, amount: u64) -> Content {
        let call = InnerCall {
            program: TOKEN_PROGRAM,
            accounts: vec![from, to, OTHER],
            data: [&[3], &amount.to_le_bytes()[..]].concat(),
            height: Some(2),
        };
        let (program, inner) = (ID, vec![call]);
        Content::Calls(Calls {
            calls: vec![OuterCall { program, inner }],
            touched: vec![],
        })
    }

    #[test]
    fn what_is_given_back_beside_a_call_of_the_program_is_given_back() {
        let found =
            |content: &Content, before, after| outside(content, &VAULT, change(before, after));
        let charged = paid(OTHER, VAULT, 10);
        assert_eq!(found(&charged, 5, 15), Moved::Nothing);
        assert_eq!(found(&charged, 5, 115), Moved::Given(100));
        let claimed = paid(VAULT, OTHER, 10);
        assert_eq!(found(&claimed, 15, 5), Moved::Nothing);
        assert_eq!(found(&claimed, 15, 105), Moved::Given(100));
        assert_eq!(found(&Content::Nothing, 5, 105), Moved::Given(100));
    }

    #[test]
    fn only_who_leaves_the_program_alone_takes_what_explains_something() {
        let found = |content: &Content| outside(content, &VAULT, change(105, 5));
        assert_eq!(found(&Content::Nothing), Moved::Taken(100));
        assert_eq!(found(&paid(OTHER, VAULT, 10)), Moved::Nothing);
        let unreadable = Content::Unreadable {
            reason: String::new(),
            bytes: vec![],
        };
        assert_eq!(found(&unreadable), Moved::Nothing);
    }

    #[test]
    fn no_more_is_explained_than_is_named_and_was_not_made_up_for() {
        let mut found = Outside::default();
        let signature = Signature::default();
        found.note(signature, Moved::Given(40));
        assert_eq!(found.explains(), Seized::default());
        for _ in 0..2 * NAMED {
            found.note(signature, Moved::Taken(1));
        }
        assert_eq!(found.explains().amount, 100);
        found.note(signature, Moved::Given(100));
        assert_eq!(found.explains().amount, 60);
        found.note(signature, Moved::Given(100));
        assert_eq!(found.explains().amount, 0);
    }
}
