//! The indexer against a running network with the compiled program.

use crate::support::{database::Mirror, indexing::raw};
use anyhow::Result;
use bytemuck::Zeroable;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::{sync::Arc, time::Duration};
use tessera_client::{
    address,
    instructions::{CreateCode, CreateOrg, RegisterMember, SetConfig},
    receipts::{self, ReceiptState},
};
use tessera_indexer::{
    Indexer, IndexerConfig,
    node::{RpcNode, RpcNodeConfig},
};
use tessera_localnet::{Network, NetworkConfig};
use tessera_store::mirror::{accounts, cursor, receipt};
use tessera_tests::network;
use tessera_types::{
    ID,
    accounts::{OrgSettings, Tier},
    args::{ConfigArgs, CreateOrgArgs},
    limits::MAX_COMMISSION_BPS,
};
use tokio_util::sync::CancellationToken;

/// Logs what it is handed.
const MEMO: Address = Address::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
const CODE: [u8; 16] = *b"SUMMER\0\0\0\0\0\0\0\0\0\0";

struct Business {
    network: Network,
    rpc: RpcClient,
    payer: Keypair,
    org: Address,
}

impl Business {
    async fn start() -> Result<Self> {
        let payer = Keypair::new();
        let network = network::start(&[payer.pubkey()], NetworkConfig::for_tests()).await?;
        let rpc = RpcClient::new(network.rpc_url());
        let business = Self {
            org: address::org(&payer.pubkey(), 1),
            network,
            rpc,
            payer,
        };
        let config = SetConfig {
            payer: business.payer.pubkey(),
            admin: business.payer.pubkey(),
            args: ConfigArgs {
                max_commission_bps: MAX_COMMISSION_BPS,
                ..Zeroable::zeroed()
            },
        };
        let org = CreateOrg {
            payer: business.payer.pubkey(),
            authority: business.payer.pubkey(),
            args: CreateOrgArgs {
                id: 1,
                settings: OrgSettings {
                    quote_authority: business.payer.pubkey(),
                    treasury: business.payer.pubkey(),
                    tiers: [Tier::UNUSED; 4],
                    commission_bps: [1_000, 500, 250],
                    ..Zeroable::zeroed()
                },
                ..Zeroable::zeroed()
            },
        };
        business
            .confirm(business.send(&[config.into(), org.into()], &[]).await?)
            .await?;
        Ok(business)
    }

    /// Makes a wallet a member; does not wait.
    async fn register(
        &self,
        wallet: &Keypair,
        referral: Option<([u8; 16], Address)>,
    ) -> Result<Signature> {
        let register = RegisterMember {
            payer: self.payer.pubkey(),
            wallet: wallet.pubkey(),
            org: self.org,
            referral,
        };
        self.send(&[register.into()], &[wallet]).await
    }

    /// A stranger's transaction that names the program without calling it, and logs more than nodes
    /// keep.
    async fn flood(&self) -> Result<Signature> {
        let payer = self.payer.pubkey();
        let mut transfer = solana_system_interface::instruction::transfer(&payer, &payer, 1);
        transfer.accounts.push(AccountMeta::new_readonly(ID, false));
        let memo = Instruction {
            program_id: MEMO,
            accounts: vec![],
            data: vec![],
        };
        let instructions = [vec![transfer], vec![memo; 50]].concat();
        self.send(&instructions, &[]).await
    }

    async fn send(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Signature> {
        let signers = [&[&self.payer], signers].concat();
        let blockhash = self.rpc.get_latest_blockhash().await?;
        let transaction = Transaction::new_signed_with_payer(
            instructions,
            Some(&self.payer.pubkey()),
            &signers,
            blockhash,
        );
        Ok(self.rpc.send_transaction(&transaction).await?)
    }

    async fn confirm(&self, signature: Signature) -> Result<()> {
        for _ in 0..100 {
            if self.rpc.confirm_transaction(&signature).await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("{signature} is not confirmed")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_network_is_mirrored_through_floods_and_hints_wake_the_indexer() -> Result<()> {
    let business = Business::start().await?;
    let owner = Keypair::new();
    business
        .confirm(business.register(&owner, None).await?)
        .await?;
    let code = CreateCode {
        payer: business.payer.pubkey(),
        wallet: owner.pubkey(),
        org: business.org,
        code: CODE,
    };
    business
        .confirm(business.send(&[code.into()], &[&owner]).await?)
        .await?;
    // Several in a slot.
    let mut last = Signature::default();
    for _ in 0..10 {
        let referral = Some((CODE, owner.pubkey()));
        last = business.register(&Keypair::new(), referral).await?;
    }
    business.confirm(last).await?;

    business.confirm(business.flood().await?).await?;

    let mirror = Mirror::create().await?;
    let node = Arc::new(RpcNode::new(&RpcNodeConfig::new([business
        .network
        .rpc_url()]))?);
    let config = IndexerConfig {
        hints_url: Some(business.network.ws_url()),
        poll: Duration::from_secs(3_600),
        ..IndexerConfig::default()
    };
    let mut indexer = Indexer::new(mirror.pool.clone(), node, config);
    indexer.fill_once().await?;
    indexer.sync_to(business.rpc.get_slot().await?).await?;

    let mut conn = mirror.pool.acquire().await?;
    let rows = accounts::all(&mut conn).await?;
    assert_eq!(
        (
            rows.config.len(),
            rows.org.len(),
            rows.code.len(),
            rows.member.len()
        ),
        (1, 1, 1, 11)
    );
    assert_eq!(rows.code[0].code, "SUMMER");
    let stored = receipt::page(&mut conn, None, 100).await?;
    assert_eq!(stored.len(), 14);
    for member in &rows.member {
        let claimed = ReceiptState {
            life: member.life.0,
            seq: member.receipt_seq.0,
            head: member.receipt_head.0,
        };
        let own = stored.iter().filter(|it| it.account == member.address);
        let own: Vec<Vec<u8>> = own.map(raw).collect();
        receipts::verify(
            &Address::new_from_array(member.address.0),
            claimed,
            own.iter().map(Vec::as_slice),
        )?;
    }
    assert_eq!(indexer.prove_once(None).await?, 0);

    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let cancel = cancel.clone();
        async move { indexer.run(cancel).await }
    });
    let applied = cursor::read(&mut conn)
        .await?
        .map_or(0, |cursor| cursor.applied_slot);
    let mut known = stored.len();
    let mut through = applied;
    business.flood().await?;
    for _ in 0..100 {
        // Several, because a hint needs a listener, and the listener a moment.
        business.register(&Keypair::new(), None).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
        known = receipt::page(&mut conn, None, 200).await?.len();
        through = cursor::read(&mut conn)
            .await?
            .map_or(0, |cursor| cursor.applied_slot);
        if known > stored.len() + 2 && through > applied {
            break;
        }
    }
    assert!(
        known > stored.len() + 2 && through > applied,
        "no hint woke the indexer"
    );
    cancel.cancel();
    running.await??;
    Ok(())
}
