//! Customers who only try what is sold, towards the end of the story.

use super::{LEEWAY_SECS, Story, months::SECS_TO_CLAIM};
use crate::demo::{
    Calendar, PLANS,
    business::{DAY_SECS, GRACE_SECS, MONTH_SECS, STARTER},
};
use anyhow::Result;

/// From a trial's begin until nothing can be collected any more for what comes after it, seconds.
const TRIAL_AND_GRACE_SECS: u32 = PLANS[STARTER].trial_days * DAY_SECS + GRACE_SECS;
/// How far the last month is when they come, seconds: their grace time ends in the middle of what is left
/// of the story when the last commissions are claimed.
const SECS_BEFORE_TRIALS: u32 = MONTH_SECS + SECS_TO_CLAIM + LEEWAY_SECS / 2 - TRIAL_AND_GRACE_SECS;

impl Story {
    /// The last month begins, until those come who only try.
    ///
    /// # Errors
    /// When the keeper does not finish in time.
    pub async fn last_month_begins(&self, calendar: &impl Calendar) -> Result<()> {
        self.days_pass(calendar, SECS_BEFORE_TRIALS).await
    }

    /// `count` new customers register, who want to try.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn triers_join(&mut self, count: usize) -> Result<()> {
        self.join(count, Some(STARTER)).await
    }

    /// The customers from `first` on spend their coins elsewhere.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn triers_run_dry(&self, first: usize) -> Result<()> {
        self.run_dry(&self.customers[first..]).await
    }

    /// The rest of the last month passes.
    ///
    /// # Errors
    /// When the keeper does not finish in time.
    pub async fn last_month_ends(&self, calendar: &impl Calendar) -> Result<()> {
        self.days_pass(calendar, MONTH_SECS - SECS_BEFORE_TRIALS)
            .await
    }
}
