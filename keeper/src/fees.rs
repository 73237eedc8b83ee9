//! Priority fees of transactions, and the worth of charges to the keeper.

use crate::{Keeper, job::Job};
use tessera_client::types::{Address, accounts::Plan};

/// Percentile of the fees that recent transactions on the same accounts paid.
const PERCENTILE: usize = 75;

impl Keeper {
    /// The present price of a compute unit for writers of these accounts, micro-lamports; 0 if the
    /// node does not state it.
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

    /// The worth of tokens of a plan's mint, lamports; none where no price is known.
    pub(crate) fn worth(&self, plan: &Plan, tokens: u64) -> Option<u64> {
        let price = self.config.prices.get(&plan.mint)?;
        let whole = 10_u128.checked_pow(plan.decimals.into())?;
        let worth = u128::from(tokens) * u128::from(*price) / whole;
        Some(u64::try_from(worth).unwrap_or(u64::MAX))
    }

    /// Whether a job earns what it adds to a transaction's fee, as far as its worth is known. One
    /// that does not would burden the others.
    pub(crate) fn may_pay(&self, job: &Job, unit_price: u64) -> bool {
        let fee = job.priority_fee(unit_price);
        self.config.at_a_loss || job.worth.is_none_or(|worth| worth >= fee)
    }

    /// Whether jobs together earn the fee of their transaction. Those without a known worth count
    /// as bearing their share.
    pub(crate) fn pay(&self, jobs: &[Job], fee: u64) -> bool {
        self.config.at_a_loss || covers(jobs.iter().map(|job| job.worth), fee)
    }
}

/// Whether the jobs with a known worth cover their part of a fee that all share equally.
fn covers(worths: impl ExactSizeIterator<Item = Option<u64>>, fee: u64) -> bool {
    let all = worths.len().max(1) as u128;
    let known: Vec<u128> = worths.flatten().map(u128::from).collect();
    known.iter().sum::<u128>() * all >= u128::from(fee) * known.len() as u128
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

    #[test]
    fn a_transaction_pays_by_the_sum_and_those_without_a_price_bear_their_share() {
        let covered = |worths: &[Option<u64>]| covers(worths.iter().copied(), 5_000);
        assert!(!covered(&[Some(1_249); 4]));
        assert!(covered(&[Some(1_250); 4]));
        assert!(covered(&[Some(5_000), Some(0)]));
        assert!(!covered(&[Some(4_999)]));
        assert!(covered(&[None, None]));
        assert!(covered(&[Some(2_500), None]));
        assert!(!covered(&[Some(2_499), None]));
        assert!(covers([Some(u64::MAX); 3].into_iter(), u64::MAX));
    }
}
