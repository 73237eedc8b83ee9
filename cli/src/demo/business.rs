//! The business: its mint, org, plans and the key that awards points.

mod campaign;
mod plans;
mod pool;
mod refund;

pub use campaign::Vouchers;
pub(super) use plans::{
    DAY_SECS, GRACE_SECS, INDIVIDUAL, INSTITUTIONAL, MINING_FARM, MONTH_SECS, STARTER,
};
pub use plans::{PLANS, PlanTerms};

use super::{DECIMALS, units};
use crate::chain::{Chain, ChainError};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_program_pack::Pack;
use solana_signer::Signer;
use spl_associated_token_account_interface::{
    address::get_associated_token_address, instruction::create_associated_token_account_idempotent,
};
use spl_token_interface::{instruction as token, state::Mint};
use std::sync::atomic::{AtomicU64, Ordering};
use tessera_client::{
    address,
    instructions::{Award, CreateOrg, SetIssuer},
    quote::{self, Offer, Quote},
    types::{
        Address, NO_ADDRESS,
        accounts::{Issuer, OrgSettings, Plan, Tier},
        args::{AwardArgs, CreateOrgArgs, SetIssuerArgs, SignedTerms},
    },
};

/// Points that are not spent expire after their month and three more.
const POINTS_EPOCHS: u8 = 3;

/// A business on chain and its keys.
pub struct Business {
    /// Signs the org's administration and pays for it; mints the stablecoin.
    pub authority: Keypair,
    /// Signs quotes.
    pub quote_authority: Keypair,
    /// Signs awards.
    pub issuer: Keypair,
    /// Owns the token account that plans pay into.
    pub treasury: Keypair,
    /// The stablecoin.
    pub mint: Address,
    /// The org.
    pub org: Address,
    /// Addresses and terms in the order of [`PLANS`].
    pub plans: Vec<(Address, Plan)>,
    /// First bytes of the network's genesis hash, which quotes name.
    cluster_tag: [u8; 8],
    /// Awards so far: each has a number of its own.
    awards: AtomicU64,
}

impl Business {
    /// Opens a business at the expense of `authority`, which holds lamports. `quote_authority`
    /// derives the key that signs an org's quotes.
    ///
    /// # Errors
    /// [`ChainError`] when a transaction fails.
    pub async fn open(
        chain: &Chain,
        authority: Keypair,
        quote_authority: impl Fn(&Address) -> Keypair,
    ) -> Result<Self, ChainError> {
        let (mint, treasury) = (Keypair::new(), Keypair::new());
        let org = address::org(&authority.pubkey(), org_id(&treasury));
        let mut business = Self {
            quote_authority: quote_authority(&org),
            issuer: Keypair::new(),
            mint: mint.pubkey(),
            org,
            plans: Vec::new(),
            treasury,
            authority,
            cluster_tag: chain.cluster_tag().await?,
            awards: AtomicU64::new(0),
        };
        business.create_mint(chain, &mint).await?;
        business.create_org(chain).await?;
        for (id, terms) in (1..).zip(&PLANS) {
            business.create_plan(chain, id, terms).await?;
        }
        Ok(business)
    }

    async fn create_mint(&self, chain: &Chain, mint: &Keypair) -> Result<(), ChainError> {
        let payer = self.authority.pubkey();
        let create = solana_system_interface::instruction::create_account(
            &payer,
            &mint.pubkey(),
            chain.rent(Mint::LEN).await?,
            Mint::LEN as u64,
            &spl_token_interface::ID,
        );
        let initialize = built(token::initialize_mint2(
            &spl_token_interface::ID,
            &mint.pubkey(),
            &payer,
            None,
            DECIMALS,
        ));
        let treasury = create_associated_token_account_idempotent(
            &payer,
            &self.treasury.pubkey(),
            &mint.pubkey(),
            &spl_token_interface::ID,
        );
        let instructions = [create, initialize, treasury];
        chain.send(&instructions, &self.authority, &[mint]).await?;
        Ok(())
    }

    async fn create_org(&self, chain: &Chain) -> Result<(), ChainError> {
        let authority = self.authority.pubkey();
        let id = org_id(&self.treasury);
        let tier = |points_threshold, points_boost_bps, discount_bps| Tier {
            points_threshold,
            points_boost_bps,
            discount_bps,
            ..Tier::UNUSED
        };
        let org = CreateOrg {
            payer: authority,
            authority,
            args: CreateOrgArgs {
                id,
                cluster_tag: self.cluster_tag,
                settings: OrgSettings {
                    quote_authority: self.quote_authority.pubkey(),
                    meter_authority: NO_ADDRESS,
                    treasury: self.treasury.pubkey(),
                    tiers: [
                        tier(1_000, 500, 0),
                        tier(10_000, 1_000, 100),
                        tier(50_000, 2_000, 250),
                        Tier::UNUSED,
                    ],
                    hold_secs: 86_400,
                    points_epoch_secs: MONTH_SECS,
                    commission_bps: [1_000, 500, 250],
                    pause_flags: 0,
                    points_expiry_epochs: POINTS_EPOCHS,
                },
            },
        };
        let issuer = SetIssuer {
            payer: authority,
            authority,
            org: self.org,
            key: self.issuer.pubkey(),
            args: SetIssuerArgs {
                life: 0,
                seq: 0,
                epoch_budget: 1_000_000,
                epoch_secs: MONTH_SECS,
                spare: [0; 4],
            },
        };
        let fund = solana_system_interface::instruction::transfer(
            &authority,
            &self.issuer.pubkey(),
            1_000_000_000,
        );
        chain
            .send(&[org.into(), issuer.into(), fund], &self.authority, &[])
            .await?;
        Ok(())
    }

    /// Gives a wallet lamports for its fees and coins to spend.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn fund(
        &self,
        chain: &Chain,
        wallet: &Address,
        coins: u64,
    ) -> Result<(), ChainError> {
        let payer = self.authority.pubkey();
        let instructions = [
            solana_system_interface::instruction::transfer(&payer, wallet, 50_000_000),
            create_associated_token_account_idempotent(
                &payer,
                wallet,
                &self.mint,
                &spl_token_interface::ID,
            ),
            built(token::mint_to(
                &spl_token_interface::ID,
                &self.mint,
                &get_associated_token_address(wallet, &self.mint),
                &payer,
                &[],
                units(coins),
            )),
        ];
        chain.send(&instructions, &self.authority, &[]).await?;
        Ok(())
    }

    /// The verification of the quote that `wallet` subscribes with on `terms`.
    pub fn quote(&self, plan: Address, wallet: Address, terms: &SignedTerms) -> Instruction {
        let quote = Quote::from(Offer {
            cluster_tag: self.cluster_tag,
            org: self.org,
            plan,
            wallet,
            price: terms.price,
            deadline: terms.quote_deadline,
            nonce: terms.quote_nonce,
            most_periods: terms.quote_most_periods,
        });
        let signature = self.quote_authority.sign_message(&quote::message(&quote));
        let signer = self.quote_authority.pubkey();
        quote::verification(&signer, signature.as_array(), &quote)
    }

    /// Awards `points` to a member.
    ///
    /// # Errors
    /// [`ChainError`] when the transaction fails.
    pub async fn award(
        &self,
        chain: &Chain,
        wallet: &Address,
        points: u64,
    ) -> Result<(), ChainError> {
        let issuer = address::issuer(&self.org, &self.issuer.pubkey());
        let issuer: Issuer = chain.existing(&issuer).await?;
        let award = Award {
            key: self.issuer.pubkey(),
            org: self.org,
            wallet: *wallet,
            args: AwardArgs {
                points,
                reference: self.awards.fetch_add(1, Ordering::Relaxed),
                life: issuer.header.life,
                memo: *b"anniversary-gift",
            },
        };
        chain.send(&[award.into()], &self.issuer, &[]).await?;
        Ok(())
    }
}

/// Unique among the creator's orgs, as the treasury's fresh key is.
fn org_id(treasury: &Keypair) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|at| treasury.pubkey().as_ref()[at]))
}

/// Token instructions are refused only for a foreign program id, and ours is fixed.
#[expect(clippy::expect_used, reason = "a fixed program id cannot be refused")]
pub(super) fn built<E: std::fmt::Debug>(instruction: Result<Instruction, E>) -> Instruction {
    instruction.expect("the token program's own id")
}
