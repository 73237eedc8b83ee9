//! What a transaction is worth to a node, and a charge to the keeper.

use crate::{
    Keeper,
    job::{Job, Task},
    message::Budget,
    pulse::SIGNATURE_FEE,
};
use tessera_client::types::{Address, accounts::Plan};

/// Of a hundred recent transactions that wrote the same accounts, how many paid no more.
const PERCENTILE: usize = 75;
/// Jobs with which a transaction is shared, when nobody knows yet how many there are.
const SHARED: u64 = 8;

impl Keeper {
    /// What a compute unit is worth at the moment to those who write these accounts, micro-lamports.
    /// Nothing where the node does not say.
    pub(crate) async fn unit_price(&self, written: &[Address]) -> u64 {
        if self.config.priority_fee_cap == 0 {
            return 0;
        }
        match self.node.recent_fees(written).await {
            Ok(fees) => percentile(fees).min(self.config.priority_fee_cap),
            Err(error) => {
                tracing::warn!(%error, "recent fees cannot be read; nothing is paid on top");
                0
            }
        }
    }

    /// What tokens of a plan's mint are worth, lamports; none where nobody said it.
    pub(crate) fn worth(&self, plan: &Plan, tokens: u64) -> Option<u64> {
        let price = self.config.prices.get(&plan.mint)?;
        let whole = 10_u128.checked_pow(plan.decimals.into())?;
        let worth = u128::from(tokens) * u128::from(*price) / whole;
        Some(u64::try_from(worth).unwrap_or(u64::MAX))
    }

    /// Whether a job brings in what it costs, as far as anybody said that it has to.
    pub(crate) fn pays(&self, job: &Job, unit_price: u64) -> bool {
        let Some(worth) = job.worth.filter(|_| job.task == Task::Charge) else {
            return true;
        };
        let budget = Budget {
            units: job.units,
            unit_price,
            ..Budget::MOST
        };
        self.config.at_a_loss || worth >= SIGNATURE_FEE / SHARED + budget.priority_fee()
    }
}

fn percentile(mut fees: Vec<u64>) -> u64 {
    fees.sort_unstable();
    let at = (fees.len() * PERCENTILE).div_ceil(100);
    fees.get(at.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_is_that_of_the_busier_slots_and_nothing_where_nobody_pays() {
        assert_eq!(percentile(vec![]), 0);
        assert_eq!(percentile(vec![0; 150]), 0);
        assert_eq!(percentile(vec![7]), 7);
        assert_eq!(percentile((1..=100).rev().collect()), 75);
    }
}
