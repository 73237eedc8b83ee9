//! Customers who come and go.

use super::{Story, tell};
use crate::demo::{
    Customer, PLANS,
    business::{INDIVIDUAL, INSTITUTIONAL, MINING_FARM, STARTER},
};
use anyhow::Result;
use solana_keypair::Keypair;
use tessera_client::types::REFERRAL_LEVELS;

impl Story {
    /// `count` new customers register, every second one through a code, up to three levels deep.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn customers_join(&mut self, count: usize) -> Result<()> {
        self.join(count, None).await
    }

    /// The same, of customers who all want the `plan` at that place, where one is given.
    pub(super) async fn join(&mut self, count: usize, plan: Option<usize>) -> Result<()> {
        let first = self.customers.len();
        for _ in 0..count {
            let mut customer = self.next_customer();
            customer.plan = plan.unwrap_or(customer.plan);
            self.customers.push(customer);
        }
        // Referrers come first: a level at a time.
        for depth in 0..=REFERRAL_LEVELS {
            let level = self.customers[first..]
                .iter()
                .filter(|customer| customer.depth == depth);
            self.each(level, async |customer| {
                let coins = Self::purse(customer.plan);
                let (chain, business) = (&self.chain, &self.business);
                business.fund(chain, &customer.address(), coins).await?;
                let above = customer.referrer.map(|index| &self.customers[index]);
                customer.join(chain, business, above).await?;
                Ok(true)
            })
            .await?;
        }
        let referred = self.customers[first..]
            .iter()
            .filter(|customer| customer.referrer.is_some())
            .count();
        tell(
            "join",
            &format!("wallets registered: {count}, through a code: {referred}"),
        );
        Ok(())
    }

    fn next_customer(&self) -> Customer {
        let index = self.customers.len();
        let referrer = (index % 2 == 1).then(|| {
            // The one referred before, up to the depth at which commission ends.
            match index.checked_sub(2) {
                Some(before) if self.customers[before].depth < REFERRAL_LEVELS => before,
                _ => index - 1,
            }
        });
        let mut code = [0; 16];
        let text = format!("FRIEND-{index}");
        code[..text.len()].copy_from_slice(text.as_bytes());
        Customer {
            wallet: Keypair::new(),
            code,
            plan: match index % 10 {
                2 => STARTER,
                7 | 8 => MINING_FARM,
                9 => INSTITUTIONAL,
                _ => INDIVIDUAL,
            },
            referrer,
            depth: referrer.map_or(0, |above| self.customers[above].depth + 1),
        }
    }

    /// The customers from `first` on subscribe, every fourth at a quote a tenth below the price; those
    /// whose plan begins with a trial begin with it.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn customers_subscribe(&self, first: usize) -> Result<()> {
        let newcomers = self.customers.iter().enumerate().skip(first);
        let subscribed = self
            .gather(newcomers, async |(index, customer)| {
                let is_quoted = index % 4 == 3 && PLANS[customer.plan].trial_days == 0;
                let discount_bps = if is_quoted { 1_000 } else { 0 };
                customer
                    .subscribe(&self.chain, &self.business, discount_bps)
                    .await
            })
            .await?;
        let trials = subscribed.iter().filter(|tries| **tries).count();
        let paid = subscribed.len() - trials;
        tell(
            "subscribe",
            &format!("subscriptions with their first payment: {paid}, trials: {trials}"),
        );
        Ok(())
    }

    /// Every twelfth customer leaves.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn some_cancel(&self) -> Result<()> {
        let cancelled = self
            .each(
                self.customers.iter().skip(2).step_by(12),
                async |customer| customer.cancel(&self.chain, &self.business).await,
            )
            .await?;
        tell("cancel", &format!("subscriptions cancelled: {cancelled}"));
        Ok(())
    }
}
