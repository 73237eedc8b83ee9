//! From candidates to jobs: reads everything that decides on them, in as few calls as possible.

use crate::{
    Keeper,
    config::key,
    error::Result,
    job::{Job, Task},
    judge::{self, Purses, Reading, Verdict},
    node::Accounts,
    pulse::Pulse,
};
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use spl_token_interface::state::AccountState;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tessera_client::{
    instructions::{Charge, MarkPastDue},
    keeper,
    types::{
        Address,
        accounts::{Plan, Subscription},
        carrier::TOKEN_PROGRAM,
    },
};
use tessera_store::mirror::keeper::{Candidate, Postponement};

/// Compute units of a charge, with three levels and the keeper paid, and of a mark, with something to
/// spare: docs/compute-units.md.
const CHARGE: u32 = 6_000;
const CHARGE_2022: u32 = 30_000;
const MARK: u32 = 4_000;
/// How long a settled period is left alone until the mirror has seen it, seconds.
const SETTLING: i64 = 60;

/// Jobs, and subscriptions with which nothing can be done.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) jobs: Vec<Job>,
    pub(crate) waiting: Vec<Postponement>,
    /// Those of them on which the mirror is behind.
    pub(crate) behind: u64,
    /// Mints in which the keeper would be paid if it had a token account, and their token programs.
    pub(crate) unopened: BTreeMap<Address, Address>,
}

impl Keeper {
    pub(crate) async fn prepare(
        &self,
        candidates: &[Candidate],
        pulse: &Pulse,
    ) -> Result<Prepared> {
        let named: Vec<[Address; 5]> = candidates.iter().map(judge::accounts).collect();
        let purses = self.fee_accounts(candidates);
        let asked: BTreeSet<Address> = named
            .iter()
            .flatten()
            .chain(purses.values())
            .copied()
            .collect();
        let asked: Vec<Address> = asked.into_iter().collect();
        let accounts = self.node.accounts(&asked).await?;
        let mut prepared = Prepared::default();
        let mut left = Purses::new();
        for (candidate, named) in candidates.iter().zip(&named) {
            let Some(reading) = Reading::of(&accounts, named, candidate) else {
                prepared.behind += 1;
                let reason = "there is no such subscription";
                let at_latest = pulse.now.saturating_add(SETTLING);
                prepared.waiting.push(wait(candidate, reason, at_latest));
                continue;
            };
            let changes_at = reading.changes_at(pulse.now);
            match reading.judge(named, pulse.now, &mut left) {
                Verdict::Behind => {
                    prepared.behind += 1;
                    let at_latest = pulse.now.saturating_add(SETTLING);
                    prepared
                        .waiting
                        .push(wait(candidate, "the mirror is behind", at_latest));
                }
                Verdict::Wait(reason) => {
                    prepared.waiting.push(wait(candidate, reason, changes_at));
                }
                Verdict::Do(task) => {
                    let paid_into = reading.plan.and_then(|plan| {
                        self.paid_into(&plan, &purses, &accounts, &mut prepared.unopened)
                    });
                    let mut job = self.job(task, &reading, paid_into, pulse.now);
                    job.changes_at = changes_at;
                    prepared.jobs.push(job);
                }
            }
        }
        Ok(prepared)
    }

    /// The keeper's own token accounts, by the mints of these candidates.
    fn fee_accounts(&self, candidates: &[Candidate]) -> HashMap<Address, Address> {
        let mints: BTreeSet<(Address, Address)> = candidates
            .iter()
            .map(|it| (Address::from(it.mint.0), Address::from(it.token_program.0)))
            .collect();
        let own = |mint, program: &_| {
            get_associated_token_address_with_program_id(&self.address(), mint, program)
        };
        mints
            .iter()
            .map(|(mint, program)| (*mint, own(mint, program)))
            .collect()
    }

    /// The token account into which the keeper is paid for a charge of the plan, if there is one.
    fn paid_into(
        &self,
        plan: &Plan,
        purses: &HashMap<Address, Address>,
        accounts: &Accounts,
        unopened: &mut BTreeMap<Address, Address>,
    ) -> Option<Address> {
        let own = purses.get(&plan.mint)?;
        if plan.keeper_fee_cap == 0 {
            return None;
        }
        let Some(account) = accounts.get(own) else {
            if self.config.mints.contains(&plan.mint) {
                unopened.insert(plan.mint, plan.token_program);
            }
            return None;
        };
        let account = judge::token_account(account)?;
        let open = account.state == AccountState::Initialized && account.owner == self.address();
        open.then_some(*own)
    }

    fn job(&self, task: Task, reading: &Reading, paid_into: Option<Address>, now: i64) -> Job {
        let it = &reading.subscription;
        let charged = reading.plan.as_ref().filter(|_| task == Task::Charge);
        let (instruction, worth, units) = match charged {
            Some(plan) => {
                let fee = keeper::fee(it, plan, now);
                let keeper_token = paid_into.filter(|_| fee > 0);
                let charge = Charge {
                    subscription: it,
                    plan,
                    keeper_token,
                };
                let units = match plan.token_program == TOKEN_PROGRAM {
                    true => CHARGE,
                    false => CHARGE_2022,
                };
                let earned = keeper_token.map_or(0, |_| fee);
                (charge.into(), self.worth(plan, earned), units)
            }
            None => (MarkPastDue { subscription: it }.into(), None, MARK),
        };
        Job {
            subscription: address_of(it),
            next_due: it.next_due,
            task,
            instruction,
            changes_at: i64::MAX,
            seq: it.header.receipt_seq,
            worth,
            units,
            kin: kin(it),
        }
    }
}

fn address_of(it: &Subscription) -> Address {
    tessera_client::address::subscription(&it.first_plan, &it.wallet)
}

/// Subscriptions under a plan with the same referrers share most accounts.
fn kin(it: &Subscription) -> [Address; 4] {
    let [first, second, third] = it.ledgers;
    [keeper::plan(it), first, second, third]
}

fn wait(candidate: &Candidate, reason: &str, at_latest: i64) -> Postponement {
    Postponement {
        subscription: candidate.address,
        next_due: candidate.next_due,
        at_latest,
        with_others: false,
        reason: reason.to_owned(),
    }
}

/// The postponement of a job with which nothing could be done.
pub(crate) fn postpone(job: &Job, reason: String) -> Postponement {
    Postponement {
        subscription: key(&job.subscription),
        next_due: job.next_due,
        at_latest: job.changes_at,
        with_others: false,
        reason,
    }
}

/// The postponement of a job that is done, until the mirror has seen it.
pub(crate) fn settled(job: &Job, now: i64) -> Postponement {
    Postponement {
        subscription: key(&job.subscription),
        next_due: job.next_due,
        at_latest: now.saturating_add(SETTLING),
        with_others: false,
        reason: "done".to_owned(),
    }
}
