//! Usage that an org states once for each period of a metered plan: during the period, or for the
//! period that begins with the statement.

use super::{
    Bill, Command,
    charge::{Payer, charged, require_end, require_outstanding},
};
use crate::{
    decode::Event,
    model::{
        Moment, State, Verdict,
        rules::{metering, part_of, schedule, terms},
    },
};
use tessera_types::{Address, TesseraError, events::Settlement};

/// An org states what a period costs and collects it.
#[derive(Debug, Clone, Copy)]
pub struct ChargeUpTo {
    /// The subscription.
    pub subscription: Address,
    /// What it costs, in the mint's smallest unit.
    pub amount: u64,
    /// Whether the plan's vault is frozen.
    pub vault_frozen: bool,
}

impl Command for ChargeUpTo {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let now = moment.now;
        let Payer {
            mut it,
            member,
            plan,
            tier,
        } = Payer::find(state, &self.subscription, true, verdict)?;
        let cap = it.terms.price;
        verdict.require(self.amount <= cap, TesseraError::AboveCap);
        require_outstanding(state, &it, metering::spent(&it, now), verdict);
        let period = if metering::lasts(&it, now) {
            let live = schedule::is_live(it.state);
            verdict.require(live, TesseraError::NotLive);
            let open = !metering::is_stated(&it);
            verdict.require(open, TesseraError::NotDue);
            (it.period_start, it.paid_through)
        } else {
            for (holds, rule) in schedule::due(&it, plan, now) {
                verdict.require(holds, rule);
            }
            let period = schedule::due_period(&mut it, now);
            require_end(&it.terms, period.0, verdict);
            period
        };
        let base = u128::from(plan.points_per_charge);
        let points = part_of(base, self.amount.into(), cap.into());
        let points = terms::boosted(&it.terms, points, tier);
        let bill = Bill {
            flags: Settlement::STATED,
            ..Bill::of(
                &it,
                member,
                (self.amount, points),
                self.vault_frozen,
                period,
            )
        };
        charged(&self.subscription, &bill, state, moment, verdict)
    }
}
