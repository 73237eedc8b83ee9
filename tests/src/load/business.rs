//! The business: its mint, org, plan and the key that awards points.

use super::{Role, Step, key};
use anyhow::{Context, Result};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_program_pack::Pack;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signer::Signer;
use solana_system_interface::instruction::{create_account, transfer};
use spl_associated_token_account_interface::{
    address::get_associated_token_address, instruction::create_associated_token_account_idempotent,
};
use spl_token_interface::{
    ID as TOKEN,
    instruction::{initialize_mint2, mint_to},
    state::Mint,
};
use tessera_client::{
    address, decode,
    instructions::{Award, CreateOrg, CreatePlan, SetConfig, SetIssuer},
    types::{
        NO_ADDRESS,
        accounts::{Issuer, OrgSettings, Plan, Tier},
        args::{AwardArgs, ConfigArgs, CreateOrgArgs, CreatePlanArgs, SetIssuerArgs, SignedTerms},
        limits::MAX_COMMISSION_BPS,
    },
};

/// The shortest period that the program allows.
pub(super) const PERIOD_SECS: u32 = 3_600;
/// 9.90 of a 6-decimal coin.
const PRICE: u64 = 9_900_000;
/// Coins of a new customer, in the smallest unit.
const FUNDS: u64 = 1_000_000_000_000;

pub(super) struct Business {
    payer: Keypair,
    treasury: Keypair,
    issuer: Keypair,
    mint_key: Keypair,
    pub(super) org: Address,
    pub(super) mint: Address,
    pub(super) plan_address: Address,
    plan: Option<Plan>,
    issuer_life: u64,
    awards: u64,
    cluster_tag: [u8; 8],
}

impl Business {
    pub(super) fn new(seed: u64, genesis: &solana_hash::Hash) -> Self {
        let payer = key(seed, Role::Payer);
        let mint_key = key(seed, Role::Mint);
        let org = address::org(&payer.pubkey(), 1);
        let cluster_tag = std::array::from_fn(|at| genesis.as_ref()[at]);
        Self {
            treasury: key(seed, Role::Treasury),
            issuer: key(seed, Role::Issuer),
            mint: mint_key.pubkey(),
            plan_address: address::plan(&org, 1),
            plan: None,
            issuer_life: 0,
            awards: 0,
            payer,
            mint_key,
            org,
            cluster_tag,
        }
    }

    pub(super) fn payer(&self) -> Address {
        self.payer.pubkey()
    }

    /// The treasury's address and token account.
    pub(super) fn treasury(&self) -> (Address, Address) {
        let treasury = self.treasury.pubkey();
        (
            treasury,
            get_associated_token_address(&treasury, &self.mint),
        )
    }

    pub(super) fn plan(&self) -> Result<&Plan> {
        self.plan.as_ref().context("the plan is not there yet")
    }

    /// A transaction that the payer pays and `signers` also sign.
    pub(super) fn step(
        &self,
        receipts: u64,
        instructions: Vec<Instruction>,
        signers: &[&Keypair],
    ) -> Step {
        let signers = [&[&self.payer], signers].concat();
        Step {
            instructions,
            signers: signers.into_iter().map(Keypair::insecure_clone).collect(),
            receipts,
        }
    }

    /// A transaction that the payer pays and the treasury also signs.
    pub(super) fn step_of_treasury(&self, receipts: u64, instruction: Instruction) -> Step {
        self.step(receipts, vec![instruction], &[&self.treasury])
    }

    /// The transactions that open the business; each needs the one before it.
    pub(super) async fn opening(&self, rpc: &RpcClient) -> Result<Vec<Step>> {
        let payer = self.payer();
        let (treasury, destination) = self.treasury();
        let rent = rpc
            .get_minimum_balance_for_rent_exemption(Mint::LEN)
            .await?;
        let len = u64::try_from(Mint::LEN)?;
        let mint = vec![
            create_account(&payer, &self.mint, rent, len, &TOKEN),
            initialize_mint2(&TOKEN, &self.mint, &payer, None, 6)?,
            create_associated_token_account_idempotent(&payer, &treasury, &self.mint, &TOKEN),
            transfer(&payer, &self.issuer.pubkey(), 1_000_000_000),
        ];
        let config = SetConfig {
            payer,
            admin: payer,
            args: ConfigArgs {
                seq: 0,
                max_commission_bps: MAX_COMMISSION_BPS,
                pause_flags: 0,
                spare: [0; 5],
            },
        };
        let org = CreateOrg {
            payer,
            authority: payer,
            args: CreateOrgArgs {
                id: 1,
                cluster_tag: self.cluster_tag,
                settings: OrgSettings {
                    quote_authority: payer,
                    meter_authority: NO_ADDRESS,
                    treasury,
                    tiers: [Tier::UNUSED; 4],
                    hold_secs: 60,
                    points_epoch_secs: 0,
                    commission_bps: [1_000, 500, 250],
                    pause_flags: 0,
                    points_expiry_epochs: 0,
                },
            },
        };
        let plan = CreatePlan {
            payer,
            authority: payer,
            org: self.org,
            mint: self.mint,
            token_program: TOKEN,
            destination,
            args: CreatePlanArgs {
                id: 1,
                price: PRICE,
                price_floor: PRICE,
                price_ceiling: PRICE,
                points_per_charge: 99,
                keeper_fee_cap: 0,
                ends_at: i64::MAX,
                period_secs: PERIOD_SECS,
                trial_secs: 0,
                grace_secs: PERIOD_SECS / 2,
                period_months: 0,
                flags: 0,
                spare: [0; 2],
            },
        };
        let issuer = SetIssuer {
            payer,
            authority: payer,
            org: self.org,
            key: self.issuer.pubkey(),
            args: SetIssuerArgs {
                epoch_budget: u64::MAX,
                life: 0,
                seq: 0,
                epoch_secs: 86_400,
                spare: [0; 4],
            },
        };
        Ok(vec![
            self.step(0, mint, &[&self.mint_key]),
            self.step(2, vec![config.into(), org.into()], &[]),
            self.step(2, vec![plan.into(), issuer.into()], &[]),
        ])
    }

    /// Reads the plan that was opened.
    pub(super) async fn learn_plan(&mut self, rpc: &RpcClient) -> Result<()> {
        let plan = rpc.get_account_data(&self.plan_address).await?;
        self.plan = Some(decode::account(&plan)?);
        let issuer = address::issuer(&self.org, &self.issuer.pubkey());
        let issuer: Issuer = decode::account(&rpc.get_account_data(&issuer).await?)?;
        self.issuer_life = issuer.header.life;
        Ok(())
    }

    /// Coins for a new customer.
    pub(super) fn fund(&self, wallet: &Address) -> Result<[Instruction; 2]> {
        let payer = self.payer();
        let token = get_associated_token_address(wallet, &self.mint);
        Ok([
            create_associated_token_account_idempotent(&payer, wallet, &self.mint, &TOKEN),
            mint_to(&TOKEN, &self.mint, &token, &payer, &[], FUNDS)?,
        ])
    }

    /// The plan's terms as a customer signs them.
    pub(super) fn terms(&self, now: i64) -> SignedTerms {
        SignedTerms {
            price: PRICE,
            deadline: now + 3_600,
            quote_deadline: 0,
            quote_nonce: 0,
            period_secs: PERIOD_SECS,
            approved_periods: 1_000,
            quote_most_periods: 0,
            period_months: 0,
            quoted: 0,
            quote_index: 0,
            replace_delegate: 0,
            consents: 0,
            spare: [0; 7],
        }
    }

    /// An award with a reference of its own.
    pub(super) fn award(&mut self, wallet: Address) -> Step {
        self.awards += 1;
        let award = Award {
            key: self.issuer.pubkey(),
            org: self.org,
            wallet,
            args: AwardArgs {
                points: 10,
                reference: self.awards,
                life: self.issuer_life,
                memo: *b"for being active",
            },
        };
        self.step(1, vec![award.into()], &[&self.issuer])
    }
}
