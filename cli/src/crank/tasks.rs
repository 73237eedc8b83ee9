//! One subscription: charged, marked or left for later.

use super::{Crank, Done, Task};
use crate::chain::ChainError;
use solana_transaction_error::TransactionError;
use tessera_client::{
    instructions::{Charge, MarkPastDue},
    keeper,
    types::{
        Address, TesseraError,
        accounts::{Plan, Subscription, SubscriptionState},
    },
};
use tessera_store::due::Due;

/// Refusals which say that somebody else was faster, or that the mirror is behind.
const OVERTAKEN: [TesseraError; 7] = [
    TesseraError::NotDue,
    TesseraError::NotLive,
    TesseraError::PeriodsUsedUp,
    TesseraError::PlanEnded,
    TesseraError::Lapsed,
    TesseraError::WrongPlan,
    TesseraError::NotMissed,
];

impl Crank {
    /// What became of it; none when there was nothing to do after all, or when nobody knows yet. Only
    /// a program's verdict postpones a subscription; what has nothing to do with it ends the round.
    pub(super) async fn attempt(
        &self,
        task: Task,
        due: Due,
        now: i64,
    ) -> Result<Option<Done>, ChainError> {
        let address = Address::from(due.address.0);
        let done = match task {
            Task::Charge => self.charge(address, now).await,
            Task::Mark => self.mark(address, now).await,
        };
        match done {
            Ok(Some(done @ (Done::Charged | Done::Lapsed))) => {
                self.postponed.forget(&due);
                Ok(Some(done))
            }
            Ok(Some(Done::Postponed)) => {
                self.postponed.put(task, &due);
                Ok(Some(Done::Postponed))
            }
            Ok(done) => Ok(done),
            Err(error) if OVERTAKEN.into_iter().any(|refusal| error.is(refusal)) => Ok(None),
            // The next round sees on the chain whether it happened.
            Err(
                error @ (ChainError::Expired(_)
                | ChainError::Failed(TransactionError::AlreadyProcessed)),
            ) => {
                tracing::warn!(subscription = %address, "{error}");
                Ok(None)
            }
            Err(error) if !error.is_verdict() => Err(error),
            Err(error) => {
                let error = anyhow::Error::from(error);
                let pause = self.postponed.put(task, &due);
                tracing::warn!(
                    subscription = %address,
                    pause_secs = pause.as_secs(),
                    "cannot be charged: {error:#}"
                );
                self.miss(task, address, now).await
            }
        }
    }

    async fn charge(&self, address: Address, now: i64) -> Result<Option<Done>, ChainError> {
        let Some((subscription, plan)) = self.due(&address, now).await? else {
            return Ok(None);
        };
        let Some(plan) = plan.filter(|plan| subscription.is_collectable(plan.ends_at, now)) else {
            return Ok(None);
        };
        if subscription.is_metered() {
            return Ok(None);
        }
        let keeper_token = match keeper::fee(&subscription, &plan, now) {
            0 => None,
            _ => self.fee_account(&plan).await?,
        };
        let charge = Charge {
            subscription: &subscription,
            plan: &plan,
            keeper_token,
        };
        self.chain.send(&[charge.into()], &self.keeper, &[]).await?;
        Ok(Some(Done::Charged))
    }

    /// Records a refused charge as a missed payment, if that is what it is.
    async fn miss(
        &self,
        task: Task,
        address: Address,
        now: i64,
    ) -> Result<Option<Done>, ChainError> {
        if task == Task::Mark {
            return Ok(Some(Done::Postponed));
        }
        match self.mark(address, now).await {
            Err(error) if error.is_verdict() => Ok(Some(Done::Postponed)),
            marked => marked,
        }
    }

    async fn mark(&self, address: Address, now: i64) -> Result<Option<Done>, ChainError> {
        let Some((subscription, plan)) = self.due(&address, now).await? else {
            return Ok(None);
        };
        let ends_at = plan.map_or(i64::MIN, |plan| plan.ends_at);
        let collectable = subscription.is_collectable(ends_at, now);
        if collectable && subscription.state == SubscriptionState::PastDue as u8 {
            // It is known, and its grace time runs.
            return Ok(Some(Done::Postponed));
        }
        let mark = MarkPastDue {
            subscription: &subscription,
        };
        self.chain.send(&[mark.into()], &self.keeper, &[]).await?;
        Ok(Some(match collectable {
            true => Done::Missed,
            false => Done::Lapsed,
        }))
    }

    /// A live subscription that is due, and the plan that it would be charged under, unless that is
    /// closed.
    async fn due(
        &self,
        address: &Address,
        now: i64,
    ) -> Result<Option<(Subscription, Option<Plan>)>, ChainError> {
        let subscription = self.chain.account::<Subscription>(address).await?;
        let Some(subscription) =
            subscription.filter(|it| it.next_due <= now && SubscriptionState::is_live(it.state))
        else {
            return Ok(None);
        };
        let plan = self.chain.account(&keeper::plan(&subscription)).await?;
        Ok(Some((subscription, plan)))
    }
}
