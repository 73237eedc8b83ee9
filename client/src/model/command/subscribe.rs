//! A wallet signs terms, and pays the first period or begins without a payment.

use super::{Bill, Command, Met, Signature, charge::require_end, signature::approve};
use crate::{
    address,
    decode::Event,
    model::{
        Moment, State, Verdict,
        rules::{agreement, approval, metering, payment, schedule, settings, terms},
    },
};
use bytemuck::Zeroable;
use tessera_types::{
    Address, NO_ADDRESS, TesseraError,
    accounts::{Authority, Member, Org, Plan, Subscription},
    events::{Settlement, Subscribed},
};

/// A wallet subscribes to a plan.
#[derive(Debug, Clone, Copy)]
pub struct Subscribe {
    /// The subscription.
    pub subscription: Address,
    /// The plan.
    pub plan: Address,
    /// The wallet that pays.
    pub wallet: Address,
    /// The token account that pays.
    pub payer_token: Address,
    /// What the wallet agrees to.
    pub signature: Signature,
    /// Whether it takes the plan's trial.
    pub trial: bool,
    /// The state of the token account.
    pub met: Met,
    /// Whether the plan's vault is frozen.
    pub vault_frozen: bool,
}

impl Command for Subscribe {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let now = moment.now;
        let plan = verdict.found(state.plans.get(&self.plan), "plan")?;
        let org = verdict.found(state.orgs.get(&plan.org), "org")?;
        let paused = settings::is_paused(org, Org::PAUSE_SUBSCRIBE);
        verdict.require(!paused, TesseraError::Paused);
        verdict.require(now < plan.sunset_at, TesseraError::PlanSunset);
        let before = self.before(state, verdict);
        self.signature
            .require((plan, plan.price), &before, moment, verdict);
        let known = state.authority(&self.payer_token).copied();
        let mut authority = known.unwrap_or_else(Authority::zeroed);
        let theirs = authority.wallet == self.wallet && authority.mint == plan.mint;
        approval::meet(&mut authority, self.met, theirs);
        let free = self.is_free(&before, plan, authority.generation, now);
        verdict.require(free, TesseraError::AlreadySubscribed);
        approval::remove(&mut authority, &before);

        let address = address::member(&plan.org, &self.wallet);
        let member = verdict.found(state.members.get(&address), "member")?;
        let ledgers = payment::referral_ledgers(&member.account, plan);
        for ledger in ledgers.iter().filter(|it| **it != NO_ADDRESS) {
            let open = state.ledgers.contains_key(ledger);
            verdict.require(open, TesseraError::MissingLedger);
        }

        // The time of a metered plan is paid once its usage is stated.
        let start = match metering::is_unstated(&before) {
            true => now,
            false => before.paid_through.max(now),
        };
        verdict.require(start < plan.ends_at, TesseraError::PlanEnded);
        let trial_ends_at = self.trial_ends_at(plan, start, verdict);
        let mut terms = terms::offered(self.signature.terms(), org, plan);
        let covered = terms::cover_shares(&terms, plan);
        verdict.require(covered, TesseraError::PriceBelowShares);
        schedule::anchor(&mut terms, start.max(trial_ends_at));

        let fresh = member.account.flags & Member::TRIAL_USED == 0;
        verdict.require(trial_ends_at == 0 || fresh, TesseraError::TrialUsed);
        let end = match trial_ends_at {
            0 => {
                require_end(&terms, start, verdict);
                schedule::end(&terms, start)
            }
            end => end,
        };
        let (settlement, shares) = if trial_ends_at != 0 || plan.flags & Plan::METERED != 0 {
            let nothing = Settlement {
                period_start: start,
                paid_through: end,
                ..Settlement::zeroed()
            };
            (nothing, vec![])
        } else {
            let tier = member.balance.tier;
            let debit = terms::price_in(&terms, tier);
            let points = terms::boosted(&terms, plan.points_per_charge, tier);
            let it = Subscription {
                ledgers,
                terms,
                ..before
            };
            let (payment, period) = ((debit, points), (start, end));
            let bill = Bill::of(&it, address, payment, self.vault_frozen, period);
            bill.settle(state, moment, verdict)?
        };
        let (quote_nonce, quote_deadline) = self.signature.quoted();
        let mut event = Subscribed {
            receipt: state.receipt(self.subscription, moment),
            plan: self.plan,
            wallet: self.wallet,
            payer_token: self.payer_token,
            terms,
            authority_generation: authority.generation,
            outstanding: 0,
            quote_nonce,
            quote_deadline,
            trial_ends_at,
            consents: self.signature.consents,
            spare: [0; 7],
            settlement,
        };
        let mut signed = agreement::subscribed(&before, &event, ledgers);
        event.outstanding = approve(&mut authority, &mut signed, verdict);
        Some(Event::Subscribed(event, shares))
    }
}

impl Subscribe {
    /// The subscription as it was before.
    fn before(&self, state: &State, verdict: &mut Verdict) -> Subscription {
        let Some(known) = state.subscriptions.get(&self.subscription) else {
            let derived = address::subscription(&self.plan, &self.wallet);
            verdict.require(self.subscription == derived, TesseraError::WrongAddress);
            return Subscription {
                first_plan: self.plan,
                wallet: self.wallet,
                ..Subscription::zeroed()
            };
        };
        let it = known.account;
        verdict.require(it.first_plan == self.plan, TesseraError::WrongPlan);
        verdict.require(it.wallet == self.wallet, TesseraError::WrongWallet);
        it
    }

    /// Whether the earlier agreement has ended (it was cancelled, its token account revoked the
    /// approval, or it can no longer be charged) and no time paid under another plan is left.
    fn is_free(&self, before: &Subscription, plan: &Plan, generation: u64, now: i64) -> bool {
        let revoked = before.authority_generation != generation;
        // The program does not know the end of another plan that the subscription was changed to.
        let ends_at = match before.plan == self.plan {
            true => plan.ends_at,
            false => i64::MAX,
        };
        let over = !schedule::is_collectable(before, ends_at, now);
        let ended = !schedule::is_live(before.state)
            || before.payer_token == self.payer_token && (revoked || over);
        ended && (before.plan == self.plan || now >= before.paid_through)
    }

    /// When the trial ends, Unix seconds; 0 without one.
    fn trial_ends_at(&self, plan: &Plan, start: i64, verdict: &mut Verdict) -> i64 {
        if !self.trial || plan.trial_secs == 0 {
            return 0;
        }
        let end = start.checked_add(plan.trial_secs.into());
        verdict.require(end.is_some(), TesseraError::ArithmeticOverflow);
        end.unwrap_or(i64::MAX)
    }
}
