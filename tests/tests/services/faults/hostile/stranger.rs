//! A stranger with money, and what it sends.

use anyhow::{Context, Result, ensure};
use bytemuck::Zeroable;
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_program_pack::Pack;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_system_interface::instruction::{create_account, transfer};
use solana_transaction::Transaction;
use spl_token_interface::{
    ID as TOKEN, instruction as token, state::Account as TokenAccount, state::Mint,
};
use std::{collections::BTreeMap, time::Duration};
use tessera_client::{
    address,
    instructions::{CreateOrg, ProposeAuthority, RegisterMember, SetConfig},
    types::{
        ID,
        accounts::{OrgSettings, Tier},
        args::{ConfigArgs, CreateOrgArgs, ProposeAuthorityArgs},
        carrier::SELF_CALL,
    },
};
use tessera_localnet::Network;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// Logs what it is handed.
const MEMO: Address = Address::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
/// The longest that there are.
const HUGE: u64 = 10 << 20;
/// Our instructions in one transaction.
const TOGETHER: u64 = 20;
/// As many accounts as a transaction has room to name, besides its own.
const NAMED: usize = 24;

pub(super) struct Stranger {
    rpc: RpcClient,
    key: Keypair,
    /// The business's.
    org: Address,
    /// Its own.
    own_org: Address,
    huge: Vec<Keypair>,
    tokens: [Keypair; 2],
}

/// What becomes of a transaction.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Succeeds,
    Fails,
}

impl Stranger {
    pub(super) async fn start(network: &Network, org: Address) -> Result<Self> {
        let key = Keypair::new();
        let rpc = RpcClient::new_with_commitment(network.rpc_url(), CommitmentConfig::confirmed());
        network.airdrop(&key.pubkey(), 1_000_000_000_000).await?;
        let stranger = Self {
            rpc,
            own_org: address::org(&key.pubkey(), 1),
            key,
            org,
            huge: vec![Keypair::new(), Keypair::new()],
            tokens: [Keypair::new(), Keypair::new()],
        };
        stranger.prepare().await?;
        Ok(stranger)
    }

    /// Long accounts, and coins of its own; nothing of the program's.
    async fn prepare(&self) -> Result<()> {
        let payer = self.key.pubkey();
        let rent = |len| self.rpc.get_minimum_balance_for_rent_exemption(len);
        let lamports = rent(usize::try_from(HUGE)?).await?;
        for huge in &self.huge {
            // The token program does not look at what it does not know.
            let create = create_account(&payer, &huge.pubkey(), lamports, HUGE, &TOKEN);
            self.send(&[create], &[huge], Fate::Succeeds).await?;
        }
        let mint = Keypair::new();
        let [first, second] = &self.tokens;
        let (mint_rent, token_rent) = (rent(Mint::LEN).await?, rent(TokenAccount::LEN).await?);
        let mut instructions = vec![
            create_account(&payer, &mint.pubkey(), mint_rent, Mint::LEN as u64, &TOKEN),
            token::initialize_mint2(&TOKEN, &mint.pubkey(), &payer, None, 0)?,
        ];
        for account in [first, second] {
            let (account, len) = (account.pubkey(), TokenAccount::LEN as u64);
            instructions.push(create_account(&payer, &account, token_rent, len, &TOKEN));
            instructions.push(token::initialize_account3(
                &TOKEN,
                &account,
                &mint.pubkey(),
                &payer,
            )?);
        }
        let coins = token::mint_to(&TOKEN, &mint.pubkey(), &first.pubkey(), &payer, &[], 1_000)?;
        instructions.push(coins);
        self.send(&instructions, &[&mint, first, second], Fate::Succeeds)
            .await
    }

    /// Sends one of each kind in turn; how many of each, and how many receipts they make.
    pub(super) async fn play(
        self,
        stop: CancellationToken,
    ) -> Result<(BTreeMap<&'static str, u64>, u64)> {
        let mut sent = BTreeMap::new();
        let mut receipts = 1;
        self.send(&[self.create_org()], &[], Fate::Succeeds).await?;
        let mut seq = 1;
        while !stop.is_cancelled() {
            let member = Keypair::new();
            let kinds = [
                ("named in a flood of memos", self.flood(), None, 0),
                ("failed", vec![self.refused()], None, 0),
                ("forged receipts", self.forged(), None, 0),
                ("a forged call to itself", vec![self.self_call()], None, 0),
                ("20 together", self.together(seq), None, TOGETHER),
                (
                    "10 MB accounts",
                    vec![self.crowded(&member, &self.huge())],
                    Some(&member),
                    1,
                ),
            ];
            for (kind, instructions, signer, made) in kinds {
                let fate = if kind == "failed" {
                    Fate::Fails
                } else {
                    Fate::Succeeds
                };
                let signers: Vec<&Keypair> = signer.into_iter().collect();
                self.send(&instructions, &signers, fate)
                    .await
                    .context(kind)?;
                *sent.entry(kind).or_default() += 1;
                receipts += made;
            }
            seq += TOGETHER;
            let member = Keypair::new();
            let many: Vec<Address> = (0..NAMED).map(|_| Address::new_unique()).collect();
            let crowded = self.crowded(&member, &many);
            self.send(&[crowded], &[&member], Fate::Succeeds).await?;
            *sent.entry("many accounts").or_default() += 1;
            receipts += 1;
        }
        Ok((sent, receipts))
    }

    fn create_org(&self) -> Instruction {
        let payer = self.key.pubkey();
        CreateOrg {
            payer,
            authority: payer,
            args: CreateOrgArgs {
                id: 1,
                settings: OrgSettings {
                    quote_authority: payer,
                    treasury: payer,
                    tiers: [Tier::UNUSED; 4],
                    ..Zeroable::zeroed()
                },
                ..Zeroable::zeroed()
            },
        }
        .into()
    }

    /// Names the program without calling it, and logs more than nodes keep, among it what the
    /// program's own calls look like.
    fn flood(&self) -> Vec<Instruction> {
        let payer = self.key.pubkey();
        let mut naming = transfer(&payer, &payer, 1);
        naming.accounts.push(AccountMeta::new_readonly(ID, false));
        let memo = |text: &str| Instruction {
            program_id: MEMO,
            accounts: vec![],
            data: text.as_bytes().to_vec(),
        };
        let spoofed = [
            memo(&format!("Program {ID} invoke [1]")),
            memo(&format!("Program {ID} success")),
        ];
        [vec![naming], spoofed.into(), vec![memo("x"); 40]].concat()
    }

    /// Only the admin may.
    fn refused(&self) -> Instruction {
        SetConfig {
            payer: self.key.pubkey(),
            admin: self.key.pubkey(),
            args: ConfigArgs {
                seq: 1,
                ..Zeroable::zeroed()
            },
        }
        .into()
    }

    /// What looks like receipts, behind calls of its own, and beside a call of the program.
    fn forged(&self) -> Vec<Instruction> {
        let payer = self.key.pubkey();
        let receipt = [[7; 1].as_slice(), self.org.as_ref(), &[1; 24]].concat();
        let [from, to] = &self.tokens;
        let (from, to) = (from.pubkey(), to.pubkey());
        let mut coins = token::transfer(&TOKEN, &from, &to, &payer, &[], 0).unwrap_or_else(|_| {
            // The builder refuses nothing but another program.
            transfer(&payer, &payer, 0)
        });
        coins.data.extend(&receipt);
        coins.accounts.push(AccountMeta::new_readonly(ID, false));
        let mut lamports = transfer(&payer, &payer, 1);
        lamports.data.extend(&receipt);
        vec![coins, lamports]
    }

    /// The call that carries the program's receipts, made from outside: it is accepted and means nothing.
    fn self_call(&self) -> Instruction {
        Instruction {
            program_id: ID,
            accounts: vec![AccountMeta::new(self.org, false)],
            data: [[SELF_CALL].as_slice(), self.org.as_ref(), &[1; 24]].concat(),
        }
    }

    fn together(&self, seq: u64) -> Vec<Instruction> {
        let propose = |number| {
            ProposeAuthority {
                authority: self.key.pubkey(),
                account: self.own_org,
                args: ProposeAuthorityArgs {
                    seq: seq + number,
                    pending: Address::new_from_array([9; 32]),
                },
            }
            .into()
        };
        (0..TOGETHER).map(propose).collect()
    }

    fn huge(&self) -> Vec<Address> {
        self.huge.iter().map(Signer::pubkey).collect()
    }

    /// A new member, with accounts handed to the program that it does not ask for.
    fn crowded(&self, member: &Keypair, more: &[Address]) -> Instruction {
        let mut register: Instruction = RegisterMember {
            payer: self.key.pubkey(),
            wallet: member.pubkey(),
            org: self.org,
            referral: None,
        }
        .into();
        let more = more.iter().map(|address| AccountMeta::new(*address, false));
        register.accounts.extend(more);
        register
    }

    async fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        fate: Fate,
    ) -> Result<()> {
        let signers = [&[&self.key], signers].concat();
        let newest = CommitmentConfig::processed();
        let (blockhash, _) = self
            .rpc
            .get_latest_blockhash_with_commitment(newest)
            .await?;
        let payer = self.key.pubkey();
        let transaction =
            Transaction::new_signed_with_payer(instructions, Some(&payer), &signers, blockhash);
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            ..RpcSendTransactionConfig::default()
        };
        let sent = self.rpc.send_transaction_with_config(&transaction, config);
        match sent.await {
            Ok(signature) => self.confirmed(&signature, fate).await,
            Err(_) if fate == Fate::Fails => self.confirmed(&transaction.signatures[0], fate).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn confirmed(&self, signature: &Signature, fate: Fate) -> Result<()> {
        let deadline = Instant::now() + super::super::PATIENCE;
        loop {
            let statuses = self.rpc.get_signature_statuses(&[*signature]).await?;
            if let Some(Some(status)) = statuses.value.first()
                && status.satisfies_commitment(CommitmentConfig::confirmed())
            {
                let failed = status.err.is_some();
                ensure!(failed == (fate == Fate::Fails), "{signature}: {status:?}");
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{signature} is not confirmed");
            sleep(Duration::from_millis(10)).await;
        }
    }
}
