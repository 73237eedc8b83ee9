//! A customer: a wallet that joins, refers, subscribes, earns, spends and leaves.

use super::Business;
use crate::chain::{Chain, ChainError};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;
use spl_token_interface::instruction as token;
use tessera_client::{
    address,
    instructions::{
        Cancel, ClaimCommission, CreateCode, OpenLedger, Redeem, RegisterMember, Subscribe,
    },
    types::{
        Address,
        accounts::{Authority, Ledger, Member},
        args::{PointsArgs, SubscribeArgs},
    },
};

/// Seconds that a signed transaction or quote stays good.
const VALID_SECS: i64 = 3_600;
/// Months whose collection a customer approves.
const APPROVED_PERIODS: u32 = 48;

/// A wallet and its place in the story.
pub struct Customer {
    /// Its key.
    pub wallet: Keypair,
    /// Its referral code.
    pub code: [u8; 16],
    /// Index of its plan.
    pub plan: usize,
    /// Index of the customer who referred it.
    pub referrer: Option<usize>,
    /// How many referrers stand above it.
    pub depth: usize,
}

impl Customer {
    /// Its address.
    pub fn address(&self) -> Address {
        self.wallet.pubkey()
    }

    /// Its token account.
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

    /// Subscribes to its plan; `discount_bps` has the business sign a quote below the price.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn subscribe(
        &self,
        chain: &Chain,
        business: &Business,
        discount_bps: u64,
    ) -> Result<(), ChainError> {
        let wallet = self.address();
        let (plan_address, plan) = &business.plans[self.plan];
        let member: Member = chain
            .existing(&address::member(&business.org, &wallet))
            .await?;
        let deadline = chain.now().await? + VALID_SECS;
        let quoted = discount_bps > 0;
        let price = plan.price - plan.price / 10_000 * discount_bps;
        let subscribe = Subscribe {
            payer: wallet,
            plan_address: *plan_address,
            plan,
            member: &member,
            payer_token: self.token(business),
            args: SubscribeArgs {
                expected_price: price,
                deadline,
                quote_deadline: if quoted { deadline } else { 0 },
                expected_period_secs: plan.period_secs,
                approved_periods: APPROVED_PERIODS,
                quoted: quoted.into(),
                replace_delegate: 0,
                spare: [0; 6],
            },
        };
        let quote = quoted.then(|| business.quote(*plan_address, wallet, price, deadline));
        let instructions: Vec<Instruction> = quote.into_iter().chain([subscribe.into()]).collect();
        chain.send(&instructions, &self.wallet, &[]).await?;
        Ok(())
    }

    /// Claims what it can; whether there was anything.
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
        let released = if now >= ledger.release_at {
            ledger.held
        } else {
            0
        };
        if ledger.claimable == 0 && released == 0 {
            return Ok(false);
        }
        let claim = ClaimCommission {
            wallet: self.address(),
            org: business.org,
            mint: business.mint,
            destination: self.token(business),
            amount: u64::MAX,
        };
        chain.send(&[claim.into()], &self.wallet, &[]).await?;
        Ok(true)
    }

    /// Spends half of its points; whether it had any.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn redeem(&self, chain: &Chain, business: &Business) -> Result<bool, ChainError> {
        let address = address::member(&business.org, &self.address());
        let member: Member = chain.existing(&address).await?;
        let points = member.points / 2;
        if points == 0 {
            return Ok(false);
        }
        let redeem = Redeem {
            wallet: self.address(),
            org: business.org,
            args: PointsArgs {
                points,
                reference: *b"order-of-the-day",
            },
        };
        chain.send(&[redeem.into()], &self.wallet, &[]).await?;
        Ok(true)
    }

    /// Leaves its plan, and takes back the approval when nothing else needs it.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn cancel(&self, chain: &Chain, business: &Business) -> Result<(), ChainError> {
        let wallet = self.address();
        let cancel = Cancel {
            wallet,
            plan: business.plans[self.plan].0,
            mint: business.mint,
        };
        let authority: Authority = chain
            .existing(&address::authority(&wallet, &business.mint))
            .await?;
        let mut instructions: Vec<Instruction> = vec![cancel.into()];
        if authority.live_subscriptions == 1 {
            let token_program = &spl_token_interface::ID;
            let revoke = token::revoke(token_program, &self.token(business), &wallet, &[]);
            instructions.extend(revoke.ok());
        }
        chain.send(&instructions, &self.wallet, &[]).await?;
        Ok(())
    }
}
