//! A wallet signs another plan: now, with the rest of the period credited, or for the end of the
//! period.

use super::{Bill, Command, Met, Signature, charge::require_end, signature::approve};
use crate::{
    decode::Event,
    model::{
        Agreement, Moment, State, Verdict,
        rules::{
            agreement::{self, Begins},
            approval, change, part_of, schedule, settings, terms,
        },
    },
};
use bytemuck::Zeroable;
use tessera_types::{
    Address, TesseraError,
    accounts::{Org, Plan, Subscription, Terms},
    events::{LedgerShare, PlanChanged, Settlement},
};

/// A wallet moves to another plan of the org, or stays after all.
#[derive(Debug, Clone, Copy)]
pub struct ChangePlan {
    /// The subscription.
    pub subscription: Address,
    /// The plan that it moves to.
    pub plan: Address,
    /// What the wallet agrees to.
    pub signature: Signature,
    /// Whether the plan follows when the period ends.
    pub at_period_end: bool,
    /// Most that may be debited now, in the mint's smallest unit.
    pub most_debit: u64,
    /// The state of the token account.
    pub met: Met,
    /// Whether the plan's vault is frozen.
    pub vault_frozen: bool,
}

impl Command for ChangePlan {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let known = verdict.found(state.subscriptions.get(&self.subscription), "subscription")?;
        let before = known.account;
        let old = verdict.found(state.plans.get(&before.plan), "plan")?;
        let plan = verdict.found(state.plans.get(&self.plan), "new plan")?;
        let org = verdict.found(state.orgs.get(&old.org), "org")?;
        let paused = settings::is_paused(org, Org::PAUSE_SUBSCRIBE);
        verdict.require(!paused, TesseraError::Paused);
        let begins = Begins::of(&before, self.at_period_end);
        let returns = begins == Begins::AtPeriodEnd && self.plan == before.plan;
        require_change(&before, old, plan, verdict);
        let open = returns || moment.now < plan.sunset_at;
        verdict.require(open, TesseraError::PlanSunset);
        let price = if returns {
            // The earlier signature goes on, and nothing else is agreed to.
            let plain = self.signature.quote.is_none();
            verdict.require(plain, TesseraError::QuoteUnexpected);
            let periods = u128::from(self.signature.approved_periods);
            let same = periods == schedule::periods_left(&before);
            verdict.require(same, TesseraError::TermsChanged);
            before.terms.price
        } else {
            plan.price
        };
        let offered = (plan, price);
        self.signature.require(offered, &before, moment, verdict);

        let authority = state.authority(&before.payer_token).copied();
        let mut authority = verdict.found(authority, "authority")?;
        let theirs = authority.wallet == before.wallet && authority.mint == plan.mint;
        verdict.require(theirs, TesseraError::WrongTokenAuthority);
        approval::meet(&mut authority, self.met, true);
        approval::remove(&mut authority, &before);

        let signed = self.terms(&before, plan, begins, moment.now);
        let covered = terms::cover_shares(&signed, plan);
        verdict.require(covered, TesseraError::PriceBelowShares);
        let starts = match begins {
            Begins::Now => moment.now,
            _ => before.next_due,
        };
        verdict.require(starts < plan.ends_at, TesseraError::PlanEnded);
        let (credit, settlement, shares) = match begins {
            Begins::Now => self.pay(known, old, plan, &signed, (state, moment), verdict)?,
            _ => (0, Settlement::zeroed(), vec![]),
        };
        let (quote_nonce, quote_deadline) = self.signature.quoted();
        let mut event = PlanChanged {
            receipt: state.receipt(self.subscription, moment),
            plan: self.plan,
            terms: if returns { before.terms } else { signed },
            authority_generation: authority.generation,
            outstanding: 0,
            quote_nonce,
            quote_deadline,
            credit,
            consents: self.signature.consents,
            at_period_end: self.at_period_end.into(),
            spare: [0; 6],
            settlement,
        };
        let mut it = agreement::changed(&before, &event);
        event.outstanding = approve(&mut authority, &mut it, verdict);
        Some(Event::PlanChanged(event, shares))
    }
}

impl ChangePlan {
    fn terms(&self, before: &Subscription, plan: &Plan, begins: Begins, now: i64) -> Terms {
        let mut terms = terms::changed(&before.terms, self.signature.terms(), plan);
        match begins {
            Begins::Now => schedule::anchor(&mut terms, now),
            Begins::InTrial if !change::keeps_day(&before.terms, plan) => {
                schedule::anchor(&mut terms, before.paid_through);
            }
            _ => {}
        }
        terms
    }

    /// The credit for the rest of the period, and the payment for the one that begins now.
    fn pay(
        &self,
        known: &Agreement,
        old: &Plan,
        plan: &Plan,
        terms: &Terms,
        (state, moment): (&State, Moment),
        verdict: &mut Verdict,
    ) -> Option<(u64, Settlement, Vec<LedgerShare>)> {
        let (before, now) = (&known.account, moment.now);
        let member = verdict.found(state.members.get(&known.member), "member")?;
        let tier = member.balance.tier;
        let price = terms::price_in(terms, tier);
        let unused = match old.flags & Plan::PRORATED {
            0 => 0,
            _ => change::unused_worth(before, now),
        };
        let credit = unused.min(price);
        let debit = price - credit;
        let allowed = debit <= self.most_debit;
        verdict.require(allowed, TesseraError::DebitTooHigh);
        let points = terms::boosted(terms, plan.points_per_charge, tier);
        // What a credit pays for has given its points already.
        let points = part_of(points.into(), debit.into(), price.into());
        require_end(terms, now, verdict);
        let it = Subscription {
            terms: *terms,
            ..*before
        };
        let period = (now, schedule::end(terms, now));
        let bill = Bill::of(
            &it,
            known.member,
            (debit, points),
            self.vault_frozen,
            period,
        );
        let (settlement, shares) = bill.settle(state, moment, verdict)?;
        Some((credit, settlement, shares))
    }
}

/// Checks that the subscription is live and that both plans are of the same org and mint, neither
/// metered.
fn require_change(before: &Subscription, old: &Plan, new: &Plan, verdict: &mut Verdict) {
    verdict.require(old.org == new.org, TesseraError::WrongOrg);
    verdict.require(old.mint == new.mint, TesseraError::WrongMint);
    let live = schedule::is_live(before.state);
    verdict.require(live, TesseraError::NotLive);
    let metered = (old.flags | new.flags) & Plan::METERED != 0;
    verdict.require(!metered, TesseraError::Metered);
}
