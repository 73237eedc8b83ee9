//! What must hold after every step, whatever it was. None of it asks the model.

mod approvals;
mod budgets;
mod money;
mod points;
mod receipts;
mod schedule;
mod solvency;

use super::{
    chain::Sent,
    failure::{Failure, law},
    stage::Case,
};
use points::Points;
use schedule::Charges;
use solana_address::Address;
use std::collections::BTreeSet;
use tessera_client::{Account, Event};

/// What the laws keep count of.
#[derive(Clone, Default)]
pub(crate) struct Laws {
    points: Points,
    charges: Charges,
    /// Token accounts whose approval their owner changed since the program last set it.
    pub(crate) tampered: BTreeSet<Address>,
}

/// An account of the program that a transaction changed.
struct Change {
    address: Address,
    before: Option<Account>,
    after: Option<Account>,
}

impl Laws {
    pub(crate) fn check(&mut self, case: &Case) -> Result<(), Failure> {
        let sent = case.sent;
        money::conserved(sent)?;
        let Ok(receipts) = &sent.result else {
            return nothing_changed(sent);
        };
        let changes = changes(sent);
        let Some(event) = receipts::chained(receipts, &changes)? else {
            return Ok(());
        };
        receipts::members_keep_their_referrers(&changes)?;
        self.points.counted(&event, &changes)?;
        self.charges.in_time(&event, &changes, case.chain.now)?;
        budgets::held(&event, &changes, case.chain.now)?;
        if let Event::Subscribed(..) | Event::PlanChanged(..) | Event::Resumed(..) = event {
            self.approved_again(&changes);
        }
        approvals::cover(case, &self.tampered)?;
        solvency::holds(case)
    }

    /// Forgets what the owner of the token account did: he signed an approval.
    fn approved_again(&mut self, changes: &[Change]) {
        for change in changes {
            if let Some(Account::Authority(it)) = &change.after {
                self.tampered.remove(&it.token_account);
            }
        }
    }
}

fn changes(sent: &Sent) -> Vec<Change> {
    let changed = sent.accounts.iter().filter(|met| met.is_changed());
    let changes = changed.map(|met| {
        let (before, after) = met.decoded();
        Change {
            address: met.address,
            before,
            after,
        }
    });
    changes
        .filter(|it| it.before.is_some() || it.after.is_some())
        .collect()
}

/// But for the fee.
fn nothing_changed(sent: &Sent) -> Result<(), Failure> {
    for met in &sent.accounts[1..] {
        law!(
            "a refusal changes nothing",
            !met.is_changed(),
            "{}",
            met.address
        );
    }
    Ok(())
}
