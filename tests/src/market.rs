//! A network with an org, a plan and many subscribers, set up in a few seconds, for tests of the
//! keeper.

use crate::network;
use anyhow::{Context, Result, ensure};
use bytemuck::Zeroable;
use futures::{StreamExt, TryStreamExt, stream};
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_program_pack::Pack;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use spl_associated_token_account_interface::{
    address::get_associated_token_address, instruction::create_associated_token_account_idempotent,
};
use spl_token_interface::{instruction as token, state::Mint};
use std::{sync::Arc, time::Duration};
use tessera_client::{
    address, decode,
    instructions::{
        CreateCode, CreateOrg, CreatePlan, OpenLedger, RegisterMember, SetConfig, Subscribe,
    },
    types::{
        Address,
        accounts::{AccountType, Member, OrgSettings, Plan, Subscription, Tier},
        args::{ConfigArgs, CreateOrgArgs, CreatePlanArgs, SignedTerms, SubscribeArgs},
        limits::MAX_COMMISSION_BPS,
    },
};
use tessera_indexer::{
    Indexer, IndexerConfig,
    node::{RpcNode, RpcNodeConfig},
};
use tessera_localnet::{Network, NetworkConfig};
use tessera_store::PgPool;

/// Length of a period and of its grace time, seconds.
pub const PERIOD: u32 = 30 * 86_400;
/// How late a charge may be and still keep the billing day, seconds.
pub const GRACE: u32 = 3 * 86_400;
/// Price of a period, smallest units.
pub const PRICE: u64 = 1_000_000;
/// The highest keeper's fee, smallest units.
pub const KEEPER_FEE: u64 = 10_000;
/// Concurrent transactions.
const SENDS: usize = 16;
/// Looks at a transaction, each after a pause.
const LOOKS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(50);

/// A network with the program, and the owner of its orgs.
pub struct Market {
    /// The network.
    pub network: Network,
    /// Client of the network.
    pub rpc: RpcClient,
    /// Pays for everything, owns the org and mints the coins.
    pub owner: Keypair,
}

/// An org, and what it sells.
#[derive(Debug, Clone, Copy)]
pub struct Shop {
    /// The org.
    pub org: Address,
    /// The coin.
    pub mint: Address,
    /// The plan's address.
    pub plan_address: Address,
    /// The plan.
    pub plan: Plan,
}

/// A subscriber.
#[derive(Debug)]
pub struct Subscriber {
    /// Its key.
    pub wallet: Keypair,
    /// The token account that pays.
    pub token: Address,
    /// The subscription.
    pub subscription: Address,
}

/// A member who refers subscribers.
#[derive(Debug, Clone, Copy)]
pub struct Referrer {
    code: [u8; 16],
    wallet: Address,
}

impl Market {
    /// Starts a network with the compiled program and its settings.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn open(slot_time_ms: u64) -> Result<Self> {
        let owner = Keypair::new();
        let config = NetworkConfig {
            slot_time_ms,
            ..NetworkConfig::for_tests()
        };
        let network = network::start(&[owner.pubkey()], config).await?;
        let market = Self {
            rpc: RpcClient::new_with_commitment(network.rpc_url(), CommitmentConfig::confirmed()),
            network,
            owner,
        };
        let config = SetConfig {
            payer: market.owner.pubkey(),
            admin: market.owner.pubkey(),
            args: ConfigArgs {
                max_commission_bps: MAX_COMMISSION_BPS,
                ..Zeroable::zeroed()
            },
        };
        market.send(&[config.into()], &[]).await?;
        Ok(market)
    }

    /// Opens an org with a coin of its own and a plan, the owner's `id`th.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn shop(&self, id: u64) -> Result<Shop> {
        self.shop_with(id, [Tier::UNUSED; 4]).await
    }

    /// Opens such an org with tiers.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn shop_with(&self, id: u64, tiers: [Tier; 4]) -> Result<Shop> {
        let owner = self.owner.pubkey();
        let org = address::org(&owner, id);
        let mint = Keypair::new();
        let rent = self
            .rpc
            .get_minimum_balance_for_rent_exemption(Mint::LEN)
            .await?;
        let program = &spl_token_interface::ID;
        let coin = [
            solana_system_interface::instruction::create_account(
                &owner,
                &mint.pubkey(),
                rent,
                Mint::LEN as u64,
                program,
            ),
            token::initialize_mint2(program, &mint.pubkey(), &owner, Some(&owner), 6)?,
            create_associated_token_account_idempotent(&owner, &owner, &mint.pubkey(), program),
        ];
        self.send(&coin, &[&mint]).await?;
        let settings = OrgSettings {
            quote_authority: owner,
            treasury: owner,
            tiers,
            commission_bps: [1_000, 500, 250],
            ..Zeroable::zeroed()
        };
        let create = CreateOrg {
            payer: owner,
            authority: owner,
            args: CreateOrgArgs {
                id,
                settings,
                ..Zeroable::zeroed()
            },
        };
        let plan = CreatePlan {
            payer: owner,
            authority: owner,
            org,
            mint: mint.pubkey(),
            token_program: *program,
            destination: get_associated_token_address(&owner, &mint.pubkey()),
            args: CreatePlanArgs {
                id: 1,
                price: PRICE,
                price_floor: PRICE,
                price_ceiling: PRICE,
                points_per_charge: 10,
                keeper_fee_cap: KEEPER_FEE,
                ends_at: 4_102_444_800,
                period_secs: PERIOD,
                grace_secs: GRACE,
                ..Zeroable::zeroed()
            },
        };
        self.send(&[create.into(), plan.into()], &[]).await?;
        let plan_address = address::plan(&org, 1);
        Ok(Shop {
            org,
            mint: mint.pubkey(),
            plan_address,
            plan: self.account(&plan_address).await?,
        })
    }

    /// A member with a code and a ledger.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn referrer(&self, shop: &Shop, code: &str) -> Result<Referrer> {
        let (owner, key) = (self.owner.pubkey(), Keypair::new());
        let (org, mint, wallet) = (shop.org, shop.mint, key.pubkey());
        let mut padded = [0; 16];
        padded[..code.len()].copy_from_slice(code.as_bytes());
        let instructions: [Instruction; 3] = [
            RegisterMember {
                payer: owner,
                wallet,
                org,
                referral: None,
            }
            .into(),
            CreateCode {
                payer: owner,
                wallet,
                org,
                code: padded,
            }
            .into(),
            OpenLedger {
                payer: owner,
                org,
                wallet,
                mint,
            }
            .into(),
        ];
        self.send(&instructions, &[&key]).await?;
        Ok(Referrer {
            code: padded,
            wallet,
        })
    }

    /// Wallets with coins for `periods` periods that subscribe and pay the first of them.
    ///
    /// # Errors
    /// When a transaction fails.
    pub async fn subscribers(
        &self,
        shop: &Shop,
        number: usize,
        periods: u64,
        referrer: Option<Referrer>,
    ) -> Result<Vec<Subscriber>> {
        let deadline = self.network.now().await? + 3_600;
        let keys: Vec<Keypair> = (0..number).map(|_| Keypair::new()).collect();
        stream::iter(keys)
            .map(|wallet| self.subscriber(shop, wallet, periods, referrer, deadline))
            .buffered(SENDS)
            .try_collect()
            .await
    }

    async fn subscriber(
        &self,
        shop: &Shop,
        key: Keypair,
        periods: u64,
        referrer: Option<Referrer>,
        deadline: i64,
    ) -> Result<Subscriber> {
        let (owner, wallet) = (self.owner.pubkey(), key.pubkey());
        let program = &spl_token_interface::ID;
        let held = get_associated_token_address(&wallet, &shop.mint);
        let mut member = Member::zeroed();
        member.wallet = wallet;
        if let Some(referrer) = referrer {
            member.referrers[0] = referrer.wallet;
        }
        let terms = SignedTerms {
            price: shop.plan.price,
            deadline,
            period_secs: PERIOD,
            approved_periods: 24,
            ..Zeroable::zeroed()
        };
        let instructions: [Instruction; 4] = [
            create_associated_token_account_idempotent(&owner, &wallet, &shop.mint, program),
            token::mint_to(program, &shop.mint, &held, &owner, &[], PRICE * periods)?,
            RegisterMember {
                payer: owner,
                wallet,
                org: shop.org,
                referral: referrer.map(|it| (it.code, it.wallet)),
            }
            .into(),
            Subscribe {
                payer: owner,
                plan_address: shop.plan_address,
                plan: &shop.plan,
                member: &member,
                payer_token: held,
                args: SubscribeArgs {
                    terms,
                    ..Zeroable::zeroed()
                },
            }
            .into(),
        ];
        self.send(&instructions, &[&key]).await?;
        Ok(Subscriber {
            token: held,
            subscription: address::subscription(&shop.plan_address, &wallet),
            wallet: key,
        })
    }

    /// Sends a transaction that the owner pays, and waits until it is confirmed.
    ///
    /// # Errors
    /// When it fails.
    pub async fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Signature> {
        let blockhash = self.rpc.get_latest_blockhash().await?;
        let signers = [&[&self.owner], signers].concat();
        let payer = Some(&self.owner.pubkey());
        let transaction =
            Transaction::new_signed_with_payer(instructions, payer, &signers, blockhash);
        let signature = self.rpc.send_transaction(&transaction).await?;
        for _ in 0..LOOKS {
            let status = self.rpc.get_signature_status(&signature).await?;
            if let Some(status) = status {
                status?;
                return Ok(signature);
            }
            tokio::time::sleep(PAUSE).await;
        }
        anyhow::bail!("{signature} is not confirmed")
    }

    /// Reads an account of the program.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn account<T: AccountType>(&self, address: &Address) -> Result<T> {
        let data = self.rpc.get_account_data(address).await?;
        Ok(decode::account(&data)?)
    }

    /// Reads the subscriptions of subscribers.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn subscriptions(&self, of: &[Subscriber]) -> Result<Vec<Subscription>> {
        let addresses: Vec<Address> = of.iter().map(|it| it.subscription).collect();
        let mut found = Vec::new();
        for chunk in addresses.chunks(100) {
            for account in self.rpc.get_multiple_accounts(chunk).await? {
                let account = account.context("a subscription is gone")?;
                found.push(decode::account(&account.data)?);
            }
        }
        Ok(found)
    }

    /// Mirrors the chain, as it is now, into the database.
    ///
    /// # Errors
    /// When the mirror does not reach the chain's slot.
    pub async fn mirror(&self, pool: &PgPool) -> Result<()> {
        let node = Arc::new(RpcNode::new(&RpcNodeConfig::new([self.network.rpc_url()]))?);
        let mut indexer = Indexer::new(pool.clone(), node, IndexerConfig::default());
        let slot = self.rpc.get_slot().await?;
        indexer.fill_once().await?;
        indexer.sync_to(slot).await?;
        indexer.close().await?;
        Ok(())
    }

    /// Creates a key with this many lamports.
    ///
    /// # Errors
    /// When the airdrop fails.
    pub async fn purse(&self, lamports: u64) -> Result<Keypair> {
        let key = Keypair::new();
        if lamports > 0 {
            self.network.airdrop(&key.pubkey(), lamports).await?;
        }
        ensure!(self.rpc.get_balance(&key.pubkey()).await? == lamports);
        Ok(key)
    }
}
