//! A business on a network of its own, whose customers register.

use anyhow::{Context, Result, ensure};
use bytemuck::Zeroable;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::time::Duration;
use tessera_client::{
    address,
    instructions::{CreateOrg, RegisterMember, SetConfig},
    types::{
        Address, ID,
        accounts::{OrgSettings, Tier},
        args::{ConfigArgs, CreateOrgArgs},
        limits::MAX_COMMISSION_BPS,
    },
};
use tessera_localnet::{Network, NetworkConfig, Program};

/// Where `make` leaves the program.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/deploy/tessera.so");
/// Slots after which a block is final.
const FINAL: u64 = 40;
const PAUSE: Duration = Duration::from_millis(100);

/// A business.
pub(super) struct Business {
    /// Where it is.
    pub(super) network: Network,
    /// Asks it for what is confirmed.
    pub(super) rpc: RpcClient,
    payer: Keypair,
    org: Address,
}

impl Business {
    /// Opens it on a network with Solana's usual pace.
    pub(super) async fn open() -> Result<Self> {
        let payer = Keypair::new();
        let owner = payer.pubkey();
        let config = NetworkConfig {
            rpc_port: 0,
            ws_port: 0,
            programs: vec![Program {
                id: ID,
                elf: std::fs::read(PROGRAM).context("the program is not built")?,
                upgrade_authority: owner,
            }],
            funded: vec![(owner, 100_000_000_000_000)],
            ..NetworkConfig::default()
        };
        let network = Network::start(config).await?;
        let confirmed = CommitmentConfig::confirmed();
        let rpc = RpcClient::new_with_commitment(network.rpc_url(), confirmed);
        let cluster_tag = *rpc
            .get_genesis_hash()
            .await?
            .as_ref()
            .first_chunk()
            .context("a hash")?;
        let business = Self {
            org: address::org(&owner, 1),
            network,
            rpc,
            payer,
        };
        let config = SetConfig {
            payer: owner,
            admin: owner,
            args: ConfigArgs {
                max_commission_bps: MAX_COMMISSION_BPS,
                ..ConfigArgs::zeroed()
            },
        };
        let org = CreateOrg {
            payer: owner,
            authority: owner,
            args: CreateOrgArgs {
                id: 1,
                cluster_tag,
                settings: OrgSettings {
                    quote_authority: owner,
                    treasury: owner,
                    tiers: [Tier::UNUSED; 4],
                    ..OrgSettings::zeroed()
                },
            },
        };
        let blockhash = business.rpc.get_latest_blockhash().await?;
        let instructions = [config.into(), org.into()];
        let opening = Transaction::new_signed_with_payer(
            &instructions,
            Some(&owner),
            &[&business.payer],
            blockhash,
        );
        let signature = business.rpc.send_transaction(&opening).await?;
        for _ in 0..100 {
            if business.rpc.confirm_transaction(&signature).await? {
                return Ok(business);
            }
            tokio::time::sleep(PAUSE).await;
        }
        anyhow::bail!("the business is not open")
    }

    /// A new customer registers; does not wait.
    pub(super) async fn register(&self, blockhash: Hash) -> Result<Signature> {
        let wallet = Keypair::new();
        let payer = self.payer.pubkey();
        let register = RegisterMember {
            payer,
            wallet: wallet.pubkey(),
            org: self.org,
            referral: None,
        };
        let signers = [&self.payer, &wallet];
        let registers = Transaction::new_signed_with_payer(
            &[register.into()],
            Some(&payer),
            &signers,
            blockhash,
        );
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            ..RpcSendTransactionConfig::default()
        };
        Ok(self
            .rpc
            .send_transaction_with_config(&registers, config)
            .await?)
    }

    /// Waits until everything so far is final.
    pub(super) async fn settled(&self) -> Result<()> {
        let until = self.rpc.get_slot().await? + FINAL;
        for _ in 0..1_000 {
            if self.rpc.get_slot().await? > until {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        ensure!(false, "the network stands still");
        Ok(())
    }
}
