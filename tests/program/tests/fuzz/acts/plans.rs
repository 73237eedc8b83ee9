//! What orgs sell.

use super::{Attempt, Dice, Scene};
use tessera_client::{
    instructions::{CreatePlan, SunsetPlan},
    types::{
        accounts::{Org, Plan},
        args::CreatePlanArgs,
    },
};

const DAY: u32 = 86_400;

impl Scene<'_> {
    pub(super) fn create_plan(&self, dice: &mut Dice) -> Option<Attempt> {
        let (org, it) = self.org(dice)?;
        let money = dice.pick(&self.people.money)?;
        let prices = match money.mint == self.people.money[super::super::people::HUGE].mint {
            true => [u64::MAX / 2, u64::MAX / 4, 1_000, 1],
            false => [99_000_000, 10_007, 1, 40_000_000],
        };
        let price = dice.of_these(prices);
        let (period_secs, period_months) = dice.of_these([
            (30 * DAY, 0),
            (0, 1),
            (3_600, 0),
            (0, 12),
            (7 * DAY, 0),
            (0, 3),
            (3_599, 0),
        ]);
        let shortest = match period_months {
            0 => period_secs,
            months => 28 * DAY * u32::from(months),
        };
        let metered = dice.once_in(4);
        let mut flags = if money.seizable {
            Plan::PERMANENT_DELEGATE
        } else {
            0
        };
        if metered {
            flags |= Plan::METERED;
        }
        if dice.once_in(2) {
            flags |= Plan::PRORATED;
        }
        let args = CreatePlanArgs {
            id: it.highest_plan_id + u64::from(!dice.once_in(12)),
            price,
            price_floor: dice.of_these([price / 2, price, 1]).max(1),
            price_ceiling: dice.of_these([price.saturating_mul(2), price, u64::MAX]),
            points_per_charge: dice.of_these([990, 0, 7, 100, u64::MAX / 3]),
            keeper_fee_cap: if metered {
                0
            } else {
                dice.of_these([price / 50, 0, price / 1_999, price / 5 * 3])
            },
            ends_at: match dice.once_in(4) {
                true => self.now() + i64::from(200 * DAY),
                false => i64::MAX,
            },
            period_secs,
            trial_secs: if metered {
                0
            } else {
                dice.of_these([0, 0, 3 * DAY, 7_200, 0, 0, 31_536_001])
            },
            grace_secs: dice.of_these([shortest / 10, shortest / 2, 0, shortest / 2 + 1]),
            period_months,
            flags,
            spare: [0; 2],
        };
        let treasury = it.settings.treasury;
        let create = CreatePlan {
            payer: self.payer(dice, it.authority),
            authority: it.authority,
            org,
            mint: money.mint,
            token_program: money.program,
            destination: self.receiver(dice, &treasury, &money.mint)?,
            args,
        };
        Some(create.into())
    }

    pub(super) fn sunset_plan(&self, dice: &mut Dice) -> Option<Attempt> {
        let now = self.now();
        let plans = self.copies::<Plan>();
        // What its vault can close with, now and then: there is not much of it.
        let last = dice.once_in(3);
        let (plan, it) = dice.likely(&plans, |(_, it)| {
            let org = self.books.get::<Org>(&it.org);
            let alone = org.is_some_and(|org| org.plans_on_vaults == 0);
            it.sunset_at > now && (!last || alone)
        })?;
        let org = self.books.get::<Org>(&it.org)?;
        let at = now + i64::from(dice.of_these([0, DAY, 40 * DAY, 3_600]));
        let authority = org.authority;
        Some(
            SunsetPlan {
                authority,
                org: it.org,
                plan,
                at,
            }
            .into(),
        )
    }
}
