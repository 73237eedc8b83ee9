//! Charges on terms that a wallet signed before.

use super::{Bill, Command};
use crate::{
    decode::Event,
    keeper,
    model::{
        Moment, State, Verdict,
        rules::{change, schedule, settings, terms},
    },
};
use tessera_types::{
    Address, TesseraError,
    accounts::{Org, Plan, Subscription, Terms},
    events::{Charged, Settlement},
};

/// Anybody collects the period that is due.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    /// The subscription.
    pub subscription: Address,
    /// Whether the caller is paid the keeper's fee.
    pub keeper: bool,
    /// Whether the plan's vault is frozen.
    pub vault_frozen: bool,
}

impl Command for Charge {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let now = moment.now;
        let Payer {
            mut it,
            member,
            plan,
            tier,
        } = Payer::find(state, &self.subscription, false, verdict)?;
        for (holds, rule) in schedule::due(&it, plan, now) {
            verdict.require(holds, rule);
        }
        let mut flags = 0;
        if schedule::has_pending(&it) {
            flags = Settlement::PLAN_FOLLOWED;
            change::follow(&mut it, plan);
        }
        require_outstanding(state, &it, it.terms.price.into(), verdict);
        let keeper_fee = match self.keeper {
            true => keeper::fee(&it, plan, now),
            false => 0,
        };
        let debit = terms::price_in(&it.terms, tier);
        let points = terms::boosted(&it.terms, plan.points_per_charge, tier);
        let period = schedule::due_period(&mut it, now);
        require_end(&it.terms, period.0, verdict);
        let bill = Bill {
            keeper_fee,
            flags,
            ..Bill::of(&it, member, (debit, points), self.vault_frozen, period)
        };
        charged(&self.subscription, &bill, state, moment, verdict)
    }
}

/// What decides a payment of a subscription.
pub(super) struct Payer<'a> {
    pub(super) it: Subscription,
    /// The member account of its wallet, and the tier that it has reached.
    pub(super) member: Address,
    pub(super) tier: u8,
    /// The pending plan, if there is one.
    pub(super) plan: &'a Plan,
}

impl<'a> Payer<'a> {
    pub(super) fn find(
        state: &'a State,
        subscription: &Address,
        metered: bool,
        verdict: &mut Verdict,
    ) -> Option<Self> {
        let known = verdict.found(state.subscriptions.get(subscription), "subscription")?;
        let it = known.account;
        let plan = verdict.found(state.plans.get(&keeper::plan(&it)), "plan")?;
        let org = verdict.found(state.orgs.get(&plan.org), "org")?;
        let paused = settings::is_paused(org, Org::PAUSE_CHARGE);
        verdict.require(!paused, TesseraError::Paused);
        let same = schedule::is_metered(&it) == metered;
        verdict.require(same, TesseraError::Metered);
        let member = verdict.found(state.members.get(&known.member), "member")?;
        Some(Self {
            it,
            member: known.member,
            tier: member.balance.tier,
            plan,
        })
    }
}

/// Checks that the signed generation still counts, and that so much of it is outstanding.
pub(super) fn require_outstanding(
    state: &State,
    it: &Subscription,
    spent: u128,
    verdict: &mut Verdict,
) {
    let authority = state.authority(&it.payer_token);
    let lasts = authority.is_some_and(|them| them.generation == it.authority_generation);
    verdict.require(lasts, TesseraError::StaleGeneration);
    let covered = !lasts || authority.is_some_and(|them| spent <= them.outstanding.into());
    verdict.require(covered, TesseraError::ApprovalTooSmall);
}

pub(super) fn charged(
    subscription: &Address,
    bill: &Bill,
    state: &State,
    moment: Moment,
    verdict: &mut Verdict,
) -> Option<Event> {
    let (settlement, shares) = bill.settle(state, moment, verdict)?;
    let event = Charged {
        receipt: state.receipt(*subscription, moment),
        settlement,
    };
    Some(Event::Charged(event, shares))
}

/// Checks that the end of the period that begins at `start` (Unix seconds) can be represented.
pub(super) fn require_end(terms: &Terms, start: i64, verdict: &mut Verdict) {
    let known = schedule::known_end(terms, start).is_some();
    verdict.require(known, TesseraError::ArithmeticOverflow);
}
