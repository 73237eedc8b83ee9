//! A customer: a wallet that joins, refers, subscribes, earns, spends and leaves.

mod change;
mod purse;
mod rewards;

use super::Business;
use crate::chain::{Chain, ChainError};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;
use tessera_client::{
    address,
    instructions::{
        Cancel, ClaimCommission, CreateCode, OpenLedger, Redeem, RegisterMember, Subscribe,
    },
    types::{
        Address,
        accounts::{Ledger, Member, Plan, Subscription, SubscriptionState},
        args::{RedeemArgs, SignedTerms, SubscribeArgs},
    },
};

/// Seconds that a signed transaction or quote stays good.
const VALID_SECS: i64 = 3_600;
/// Seconds within which a transaction arrives.
const ARRIVAL_SECS: i64 = 120;
/// Months whose collection a customer approves.
const APPROVED_PERIODS: u32 = 48;

/// A wallet and its place in the story.
pub struct Customer {
    /// The wallet's key.
    pub wallet: Keypair,
    /// The customer's referral code.
    pub code: [u8; 16],
    /// Index of the plan that it subscribes to first.
    pub plan: usize,
    /// Index of the customer who referred it.
    pub referrer: Option<usize>,
    /// How many referrers stand above it.
    pub depth: usize,
}

impl Customer {
    /// The wallet's address.
    pub fn address(&self) -> Address {
        self.wallet.pubkey()
    }

    /// The referral code as people type it.
    pub fn code(&self) -> String {
        String::from_utf8_lossy(&self.code)
            .trim_end_matches('\0')
            .to_owned()
    }

    /// The wallet's token account.
    pub fn token(&self, business: &Business) -> Address {
        get_associated_token_address(&self.address(), &business.mint)
    }

    /// Registers, through `referral` when given, claims a code and opens a ledger.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn join(
        &self,
        chain: &Chain,
        business: &Business,
        referral: Option<&Self>,
    ) -> Result<(), ChainError> {
        let wallet = self.address();
        let instructions: [Instruction; 3] = [
            RegisterMember {
                payer: wallet,
                wallet,
                org: business.org,
                referral: referral.map(|above| (above.code, above.address())),
            }
            .into(),
            CreateCode {
                payer: wallet,
                wallet,
                org: business.org,
                code: self.code,
            }
            .into(),
            OpenLedger {
                payer: wallet,
                org: business.org,
                wallet,
                mint: business.mint,
            }
            .into(),
        ];
        chain.send(&instructions, &self.wallet, &[]).await?;
        Ok(())
    }

    /// Subscribes to its plan; with `discount_bps`, by a quote below the price. Returns whether it
    /// begins with a trial.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn subscribe(
        &self,
        chain: &Chain,
        business: &Business,
        discount_bps: u64,
    ) -> Result<bool, ChainError> {
        let wallet = self.address();
        let (plan_address, plan) = &business.plans[self.plan];
        let member: Member = chain
            .existing(&address::member(&business.org, &wallet))
            .await?;
        let mut terms = terms(plan, chain.now().await?);
        let mut instructions: Vec<Instruction> = Vec::new();
        if discount_bps > 0 {
            terms.price -= plan.price / 10_000 * discount_bps;
            terms.quoted = 1;
            terms.quote_deadline = terms.deadline;
            terms.quote_nonce = self.next_nonce(chain, plan_address).await?;
            terms.quote_most_periods = APPROVED_PERIODS;
            instructions.push(business.quote(*plan_address, wallet, &terms));
        }
        let trial_secs = match member.flags & Member::TRIAL_USED {
            0 => plan.trial_secs,
            _ => 0,
        };
        let subscribe = Subscribe {
            payer: wallet,
            plan_address: *plan_address,
            plan,
            member: &member,
            payer_token: self.token(business),
            args: SubscribeArgs {
                terms,
                trial_secs,
                spare: [0; 4],
            },
        };
        instructions.push(subscribe.into());
        chain.send(&instructions, &self.wallet, &[]).await?;
        Ok(trial_secs > 0)
    }

    /// Its subscription.
    ///
    /// # Errors
    /// [`ChainError`] when it cannot be read.
    pub async fn subscription(
        &self,
        chain: &Chain,
        business: &Business,
    ) -> Result<Subscription, ChainError> {
        let (plan, _) = &business.plans[self.plan];
        let address = address::subscription(plan, &self.address());
        chain.existing(&address).await
    }

    /// A number above that of every quote that the subscription has used.
    async fn next_nonce(&self, chain: &Chain, plan: &Address) -> Result<u64, ChainError> {
        let address = address::subscription(plan, &self.address());
        let subscription = chain.account::<Subscription>(&address).await?;
        Ok(subscription.map_or(1, |subscription| subscription.quote_nonce + 1))
    }

    /// Claims its commission; returns whether there was any.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn claim(
        &self,
        chain: &Chain,
        business: &Business,
        now: i64,
    ) -> Result<bool, ChainError> {
        let address = address::ledger(&business.org, &self.address(), &business.mint);
        let ledger: Ledger = chain.existing(&address).await?;
        if ledger.claimable_at(now).unwrap_or(0) == 0 {
            return Ok(false);
        }
        let claim = ClaimCommission {
            wallet: self.address(),
            org: business.org,
            mint: business.mint,
            token_program: spl_token_interface::ID,
            destination: self.token(business),
            amount: u64::MAX,
        };
        chain.send(&[claim.into()], &self.wallet, &[]).await?;
        Ok(true)
    }

    /// Spends half of its points; returns whether it had any.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn redeem(&self, chain: &Chain, business: &Business) -> Result<bool, ChainError> {
        let address = address::member(&business.org, &self.address());
        let member: Member = chain.existing(&address).await?;
        let points = spendable(member, chain.now().await?) / 2;
        if points == 0 {
            return Ok(false);
        }
        let redeem = Redeem {
            wallet: self.address(),
            org: business.org,
            args: RedeemArgs {
                points,
                reference: member.highest_reference + 1,
                memo: *b"order-of-the-day",
            },
        };
        chain.send(&[redeem.into()], &self.wallet, &[]).await?;
        Ok(true)
    }

    /// Cancels its subscription, which lowers the approval; returns whether it was still
    /// subscribed.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn cancel(&self, chain: &Chain, business: &Business) -> Result<bool, ChainError> {
        let subscription = self.subscription(chain, business).await?;
        if !SubscriptionState::is_live(subscription.state) {
            return Ok(false);
        }
        let cancel = Cancel {
            subscription: &subscription,
            token_program: spl_token_interface::ID,
        };
        chain.send(&[cancel.into()], &self.wallet, &[]).await?;
        Ok(true)
    }
}

/// The points that a member can spend at `now` (Unix seconds) and for a while after: expired points
/// stay in the account until it changes.
fn spendable(mut member: Member, now: i64) -> u64 {
    member.expire(now + ARRIVAL_SECS);
    member.points
}

/// A plan's own terms, as signed at `now` (Unix seconds).
fn terms(plan: &Plan, now: i64) -> SignedTerms {
    SignedTerms {
        price: plan.price,
        deadline: now + VALID_SECS,
        quote_deadline: 0,
        quote_nonce: 0,
        period_secs: plan.period_secs,
        approved_periods: APPROVED_PERIODS,
        quote_most_periods: 0,
        period_months: plan.period_months,
        quoted: 0,
        quote_index: 0,
        replace_delegate: 0,
        consents: 0,
        spare: [0; 7],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn points_that_expire_before_a_transaction_arrives_are_not_spent() {
        let mut member = Member::zeroed();
        member.points = 340;
        (member.expiring_points[0], member.expires_at[0]) = (99, 1_000);
        (member.expiring_points[1], member.expires_at[1]) = (241, 9_000);
        assert_eq!(spendable(member, 1_000 - ARRIVAL_SECS - 1), 340);
        assert_eq!(spendable(member, 1_000 - ARRIVAL_SECS), 241);
        assert_eq!(spendable(member, 9_000), 0);
    }
}
