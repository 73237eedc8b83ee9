//! Agreements that end or wait.

use super::{Attempt, Dice, Scene};
use tessera_client::{
    instructions::{Cancel, CancelNow, Pause},
    types::accounts::{Org, Subscription, SubscriptionState},
};

impl Scene<'_> {
    pub(super) fn cancel(&self, dice: &mut Dice) -> Option<Attempt> {
        let all = self.copies::<Subscription>();
        let (_, it) = dice.likely(&all, |(_, it)| SubscriptionState::is_live(it.state))?;
        let program = self.chain.account(&it.payer_token);
        let program = program.map(|it| *solana_account::ReadableAccount::owner(it));
        let token_program = program.unwrap_or(self.people.money[0].program);
        Some(
            Cancel {
                subscription: &it,
                token_program,
            }
            .into(),
        )
    }

    pub(super) fn cancel_now(&self, dice: &mut Dice) -> Option<Attempt> {
        let now = self.now();
        let (it, plan) = self.subscription(dice, |it, _| {
            SubscriptionState::is_live(it.state) || it.is_paid(now)
        })?;
        let org: &Org = self.books.get(&plan.org)?;
        let authority = org.authority;
        Some(
            CancelNow {
                subscription: &it,
                plan: &plan,
                authority,
            }
            .into(),
        )
    }

    pub(super) fn pause(&self, dice: &mut Dice) -> Option<Attempt> {
        let now = self.now();
        let all = self.copies::<Subscription>();
        let (_, it) = dice.likely(&all, |(_, it)| {
            SubscriptionState::is_live(it.state)
                && it.state != SubscriptionState::PastDue as u8
                && (it.next_due > now || it.paused_until > now)
        })?;
        let days = i64::from(dice.of_these([10, 0, 45, -1, 365, 366])) * 86_400;
        let until = match dice.once_in(4) {
            true => it.paid_through,
            false => now + days,
        };
        Some(
            Pause {
                subscription: &it,
                until,
            }
            .into(),
        )
    }
}
