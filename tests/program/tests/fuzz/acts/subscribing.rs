//! Agreements: new ones, other ones, and those that are taken up again.

use super::{
    Attempt, Dice, Scene,
    quoting::{Signing, together},
};
use solana_address::Address;
use tessera_client::{
    address,
    instructions::{ChangePlan, Resume, Subscribe},
    types::{
        NO_ADDRESS,
        accounts::{Member, Org, Plan, Subscription, SubscriptionState},
        args::{SignedTerms, SubscribeArgs},
    },
};

impl Scene<'_> {
    pub(super) fn subscribe(&self, dice: &mut Dice) -> Option<Attempt> {
        let now = self.now();
        let plans = self.copies::<Plan>();
        let pairs: Vec<(Address, Plan, Member)> = self
            .books
            .all::<Member>()
            .into_iter()
            .flat_map(|(_, member)| {
                let theirs = plans.iter().filter(|(_, plan)| plan.org == member.org);
                theirs.map(|(at, plan)| (*at, *plan, *member))
            })
            .collect();
        // Of the few metered plans enough.
        let metered = dice.once_in(4);
        let (address, plan, member) = dice.likely(&pairs, |(address, plan, member)| {
            self.is_unpaused(&plan.org, Org::PAUSE_SUBSCRIBE)
                && (!metered || plan.flags & Plan::METERED != 0)
                && now < plan.sunset_at
                && now < plan.ends_at
                && self.has_ledgers(member, &plan.mint)
                && self.is_free(address, plan, &member.wallet)
        })?;
        let org: &Org = self.books.get(&plan.org)?;
        let at = address::subscription(&address, &member.wallet);
        let existing = self.books.get::<Subscription>(&at);
        let signing = Signing {
            org,
            address,
            plan: &plan,
            wallet: member.wallet,
            nonce: existing.map_or(0, |it| it.quote_nonce),
            changes: None,
        };
        let (terms, verification) = self.terms(dice, &signing);
        let had_trial = member.flags & Member::TRIAL_USED != 0;
        let tries = !had_trial || dice.once_in(12);
        let same = existing
            .map(|it| it.payer_token)
            .filter(|_| !dice.once_in(4));
        let payer_token = match same {
            Some(same) => same,
            None => self.receiver(dice, &member.wallet, &plan.mint)?,
        };
        let subscribe = Subscribe {
            payer: self.payer(dice, member.wallet),
            plan_address: address,
            plan: &plan,
            member: &member,
            payer_token,
            args: SubscribeArgs {
                terms,
                trial_secs: if tries { plan.trial_secs } else { 0 },
                spare: [0; 4],
            },
        };
        Some(together(dice, subscribe.into(), verification))
    }

    /// Whether every referrer's ledger is open.
    pub(super) fn has_ledgers(&self, member: &Member, mint: &Address) -> bool {
        let referrers = member.referrers.iter().filter(|it| **it != NO_ADDRESS);
        let mut referrers = referrers.into_iter();
        referrers.all(|it| self.has_ledger(&member.org, it, mint))
    }

    fn is_free(&self, address: &Address, plan: &Plan, wallet: &Address) -> bool {
        let keys = (*address, *wallet);
        let it = self
            .books
            .find::<Subscription>(|it| (it.first_plan, it.wallet) == keys);
        it.is_none_or(|it| !it.is_collectable(plan.ends_at, self.now()))
    }

    pub(super) fn change_plan(&self, dice: &mut Dice) -> Option<Attempt> {
        let (it, plan) = self.subscription(dice, |it, plan| {
            SubscriptionState::is_live(it.state)
                && plan.flags & Plan::METERED == 0
                && self.is_unpaused(&plan.org, Org::PAUSE_SUBSCRIBE)
        })?;
        let plans = self.copies::<Plan>();
        let (address, new_plan) = dice.likely(&plans, |(_, to)| {
            to.org == plan.org
                && to.mint == plan.mint
                && to.flags & Plan::METERED == 0
                && self.now() < to.sunset_at
        })?;
        let org: &Org = self.books.get(&new_plan.org)?;
        let signing = Signing {
            org,
            address,
            plan: &new_plan,
            wallet: it.wallet,
            nonce: it.quote_nonce,
            changes: Some(address::subscription(&it.first_plan, &it.wallet)),
        };
        let (mut terms, mut verification) = self.terms(dice, &signing);
        let at_period_end = dice.once_in(2);
        if at_period_end && address == it.plan && !dice.once_in(4) {
            // Who stays after all agrees to what goes on.
            terms = SignedTerms {
                price: it.terms.price,
                approved_periods: it.periods_left(),
                quoted: 0,
                quote_deadline: 0,
                quote_nonce: 0,
                quote_most_periods: 0,
                ..terms
            };
            verification = None;
        }
        let change = ChangePlan {
            subscription: &it,
            new_plan: &new_plan,
            terms,
            most_debit: match dice.once_in(12) {
                true => 1,
                false => u64::MAX,
            },
            at_period_end,
        };
        Some(together(dice, change.into(), verification))
    }

    pub(super) fn resume(&self, dice: &mut Dice) -> Option<Attempt> {
        let now = self.now();
        let (it, plan) = self.subscription(dice, |it, _| {
            it.state == SubscriptionState::Cancelled as u8 && it.is_paid(now)
        })?;
        let resume = Resume {
            subscription: &it,
            plan: &plan,
            deadline: now + 60 * i64::from(!dice.once_in(10)) - i64::from(dice.once_in(12)),
            replace_delegate: !dice.once_in(3),
        };
        Some(resume.into())
    }
}
