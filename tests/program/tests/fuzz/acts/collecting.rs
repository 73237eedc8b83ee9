//! What is collected of agreements, by anybody or by the org's meter.

use super::{Attempt, Dice, Scene};
use tessera_client::{
    instructions::{Charge, ChargeUpTo, MarkPastDue},
    keeper,
    types::accounts::{Org, Plan, Subscription, SubscriptionState},
};

impl Scene<'_> {
    fn is_due(&self, it: &Subscription, plan: &Plan) -> bool {
        self.now() >= it.next_due
            && it.is_collectable(plan.ends_at, self.now())
            && self.is_unpaused(&plan.org, Org::PAUSE_CHARGE)
    }

    /// Whether the token account that pays allows it and has it.
    fn can_pay(&self, it: &Subscription, plan: &Plan) -> bool {
        let token = self.chain.token(&it.payer_token);
        token.is_some_and(|token| {
            (token.owner, token.mint) == (it.wallet, plan.mint)
                && token.amount.min(token.delegated_amount) >= it.terms.price
                && !token.is_frozen()
        })
    }

    pub(super) fn charge(&self, dice: &mut Dice) -> Option<Attempt> {
        let (it, _) = self.subscription(dice, |it, plan| {
            !it.is_metered() && self.is_due(it, plan) && self.can_pay(it, plan)
        })?;
        let plan: &Plan = self.books.get(&keeper::plan(&it))?;
        let keeper_token = match dice.once_in(2) {
            true => self.receiver(dice, &self.people.keeper, &plan.mint),
            false => None,
        };
        Some(
            Charge {
                subscription: &it,
                plan,
                keeper_token,
            }
            .into(),
        )
    }

    pub(super) fn charge_up_to(&self, dice: &mut Dice) -> Option<Attempt> {
        let now = self.now();
        let (it, plan) = self.subscription(dice, |it, plan| {
            it.is_metered()
                && SubscriptionState::is_live(it.state)
                && (self.is_due(it, plan)
                    || it.period_flags & tessera_client::types::events::Settlement::STATED == 0)
                && now >= it.paused_until
        })?;
        let org: &Org = self.books.get(&plan.org)?;
        let charge = ChargeUpTo {
            meter: org.settings.meter_authority,
            subscription: &it,
            plan: &plan,
            amount: dice.amount(it.terms.price),
        };
        Some(charge.into())
    }

    pub(super) fn mark_past_due(&self, dice: &mut Dice) -> Option<Attempt> {
        let all = self.copies::<Subscription>();
        let (_, it) = dice.likely(&all, |(_, it)| {
            let plan = self.plan(&keeper::plan(it));
            let ends_at = plan.map_or(i64::MIN, |plan| plan.ends_at);
            let pays = plan.is_some_and(|plan| self.can_pay(it, &plan));
            SubscriptionState::is_live(it.state)
                && self.now() >= it.next_due
                && (!it.is_collectable(ends_at, self.now())
                    || (it.state != SubscriptionState::PastDue as u8 && !pays))
        })?;
        Some(MarkPastDue { subscription: &it }.into())
    }
}
