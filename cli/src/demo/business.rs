//! The business: its mint, org, plans and the key that awards points.

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
    instructions::{Award, CreateOrg, CreatePlan, SetIssuer},
    quote::{self, Offer, Quote},
    types::{
        Address,
        accounts::{Plan, Tier},
        args::{CreateOrgArgs, CreatePlanArgs, PointsArgs, SetIssuerArgs, SubscribeArgs},
    },
};

/// The year 2100, Unix seconds.
const ENDS_AT: i64 = 4_102_444_800;
/// 30 days in seconds.
pub(super) const MONTH_SECS: u32 = 2_592_000;

/// What the business sells.
#[derive(Debug, Clone, Copy)]
pub struct PlanTerms {
    /// Whom it is for.
    pub name: &'static str,
    /// Whole coins a month.
    pub price: u64,
}

/// The three segments at their base prices.
pub const PLANS: [PlanTerms; 3] = [
    PlanTerms {
        name: "individual",
        price: 99,
    },
    PlanTerms {
        name: "mining farm",
        price: 1_999,
    },
    PlanTerms {
        name: "institutional",
        price: 4_999,
    },
];

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
    /// Opens a business that `authority`, which holds lamports, pays for. `quote_authority` makes
    /// the key that signs quotes of an org.
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
        for (id, terms) in (1..).zip(PLANS) {
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
        let tier = |points_threshold, points_boost_bps| Tier {
            points_threshold,
            points_boost_bps,
            ..Tier::UNUSED
        };
        let org = CreateOrg {
            payer: authority,
            authority,
            args: CreateOrgArgs {
                id,
                quote_authority: self.quote_authority.pubkey(),
                treasury: self.treasury.pubkey(),
                cluster_tag: self.cluster_tag,
                tiers: [
                    tier(1_000, 500),
                    tier(10_000, 1_000),
                    tier(50_000, 2_000),
                    Tier::UNUSED,
                ],
                hold_secs: 86_400,
                commission_bps: [1_000, 500, 250],
                spare: [0; 6],
            },
        };
        let issuer = SetIssuer {
            payer: authority,
            authority,
            org: self.org,
            key: self.issuer.pubkey(),
            args: SetIssuerArgs {
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

    async fn create_plan(
        &mut self,
        chain: &Chain,
        id: u64,
        terms: PlanTerms,
    ) -> Result<(), ChainError> {
        let authority = self.authority.pubkey();
        let price = units(terms.price);
        let create = CreatePlan {
            payer: authority,
            authority,
            org: self.org,
            mint: self.mint,
            token_program: spl_token_interface::ID,
            destination: get_associated_token_address(&self.treasury.pubkey(), &self.mint),
            args: CreatePlanArgs {
                id,
                price,
                price_floor: price / 2,
                price_ceiling: price * 2,
                points_per_charge: terms.price,
                keeper_fee_cap: 50_000,
                ends_at: ENDS_AT,
                period_secs: MONTH_SECS,
                trial_secs: 0,
                grace_secs: 604_800,
                period_months: 0,
                flags: 0,
                spare: [0; 2],
            },
        };
        chain.send(&[create.into()], &self.authority, &[]).await?;
        let address = address::plan(&self.org, id);
        let plan = chain.existing(&address).await?;
        self.plans.push((address, plan));
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

    /// The verification of the quote that `wallet` subscribes with by `args`.
    pub fn quote(&self, plan: Address, wallet: Address, args: &SubscribeArgs) -> Instruction {
        let quote = Quote::from(Offer {
            cluster_tag: self.cluster_tag,
            org: self.org,
            plan,
            wallet,
            price: args.expected_price,
            deadline: args.quote_deadline,
            nonce: args.quote_nonce,
            most_periods: args.quote_most_periods,
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
        let award = Award {
            key: self.issuer.pubkey(),
            org: self.org,
            wallet: *wallet,
            args: PointsArgs {
                points,
                reference: self.awards.fetch_add(1, Ordering::Relaxed),
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
fn built<E: std::fmt::Debug>(instruction: Result<Instruction, E>) -> Instruction {
    instruction.expect("the token program's own id")
}
