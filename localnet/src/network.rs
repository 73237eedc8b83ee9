//! An offline Solana network inside this process: Surfpool with its blocks driven by a clock.
//!
//! The law here: it listens on 127.0.0.1 only, and once `start` returns, its programs are deployed
//! and its wallets funded.

mod runloop;
mod time;

use std::time::Duration;

use crossbeam_channel::Sender;
use serde_json::{Value, json};
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::{client_error::Error as ClientError, request::RpcRequest};
use surfpool_types::SimnetCommand;

use crate::{Error, ports};

/// A program to deploy before the first block.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program's address.
    pub id: Address,
    /// The bytes of its `.so` file, 7 MB at most.
    pub elf: Vec<u8>,
    /// The program's upgrade authority.
    pub upgrade_authority: Address,
}

/// How a [`Network`] starts.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// HTTP port; 0 picks a free one.
    pub rpc_port: u16,
    /// WebSocket port; 0 picks a free one.
    pub ws_port: u16,
    /// Milliseconds from block to block. A blockhash is valid for 150 blocks, so shorter blocks
    /// confirm sooner and leave less time to sign.
    pub slot_time_ms: u64,
    /// Where its clock starts, Unix seconds; by this machine's clock unless given.
    pub starts_at: Option<u64>,
    /// Programs to deploy.
    pub programs: Vec<Program>,
    /// Wallets, and the lamports that each receives.
    pub funded: Vec<(Address, u64)>,
}

impl Default for NetworkConfig {
    /// Solana's usual ports and pace, where wallets and tools look for a local network.
    fn default() -> Self {
        Self {
            rpc_port: 8899,
            ws_port: 8900,
            slot_time_ms: 400,
            starts_at: None,
            programs: Vec::new(),
            funded: Vec::new(),
        }
    }
}

impl NetworkConfig {
    /// Free ports and quick blocks, so that tests run side by side.
    #[must_use]
    pub fn for_tests() -> Self {
        Self {
            rpc_port: 0,
            ws_port: 0,
            slot_time_ms: 50,
            ..Self::default()
        }
    }
}

/// A running network. Dropping it ends it; [`Network::stop`] also waits for the end.
pub struct Network {
    rpc_port: u16,
    ws_port: u16,
    slot_time: Duration,
    rpc: RpcClient,
    commands: Sender<SimnetCommand>,
}

impl Network {
    /// Starts the network on threads of its own.
    ///
    /// # Errors
    /// [`Error::PortTaken`] if a port is in use, otherwise the network's own reason.
    pub async fn start(config: NetworkConfig) -> Result<Self, Error> {
        let [rpc_port, ws_port] = ports::reserve([config.rpc_port, config.ws_port])?;
        let commands =
            runloop::start([rpc_port, ws_port], config.slot_time_ms, config.starts_at).await?;
        let network = Self {
            rpc_port,
            ws_port,
            slot_time: Duration::from_millis(config.slot_time_ms),
            rpc: RpcClient::new_with_commitment(
                format!("http://127.0.0.1:{rpc_port}"),
                CommitmentConfig::processed(),
            ),
            commands,
        };
        for program in &config.programs {
            network.deploy(program).await?;
        }
        for (wallet, lamports) in &config.funded {
            network.airdrop(wallet, *lamports).await?;
        }
        Ok(network)
    }

    /// The URL of HTTP RPC.
    #[must_use]
    pub fn rpc_url(&self) -> String {
        self.rpc.url()
    }

    /// The URL of subscriptions over WebSocket.
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.ws_port)
    }

    /// Gives `wallet` new lamports, and returns once it holds them. The same gift twice in one
    /// block is refused as a duplicate transaction.
    ///
    /// # Errors
    /// [`Error::Rpc`], also for less than a wallet's rent.
    pub async fn airdrop(&self, wallet: &Address, lamports: u64) -> Result<(), Error> {
        self.rpc
            .request_airdrop(wallet, lamports)
            .await
            .map_err(refused("requestAirdrop"))?;
        Ok(())
    }

    /// Ends the network, and waits until its ports are free.
    ///
    /// # Errors
    /// [`Error::PortsHeld`] when they do not become free in time.
    pub async fn stop(self) -> Result<(), Error> {
        let ports = [self.rpc_port, self.ws_port];
        drop(self);
        ports::released(ports).await
    }

    async fn deploy(&self, program: &Program) -> Result<(), Error> {
        let hex: String = program.elf.iter().map(|b| format!("{b:02x}")).collect();
        let authority = program.upgrade_authority.to_string();
        self.cheat(
            "surfnet_writeProgram",
            json!([program.id.to_string(), hex, 0, authority]),
        )
        .await
    }

    /// Calls one of Surfpool's own methods, and ignores the answer.
    async fn cheat(&self, method: &'static str, params: Value) -> Result<(), Error> {
        self.rpc
            .send::<Value>(RpcRequest::Custom { method }, params)
            .await
            .map_err(refused(method))?;
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The receiver is gone only if the network is.
        let _ = self.commands.send(SimnetCommand::Terminate(None));
    }
}

fn refused(call: &'static str) -> impl FnOnce(ClientError) -> Error {
    move |source| Error::Rpc {
        call,
        source: Box::new(source),
    }
}
