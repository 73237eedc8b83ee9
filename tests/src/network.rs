//! The embedded network with the compiled program.

use anyhow::{Context, Result};
use solana_address::Address;
use tessera_client::types::ID;
use tessera_localnet::{Network, NetworkConfig, Program};

/// Where `make` leaves the program.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/deploy/tessera.so");
const LAMPORTS: u64 = 10_000_000_000_000;

/// Starts a network with the ports and the pace of `config`. The first of `wallets` may upgrade the
/// program, and all of them have SOL.
///
/// # Errors
/// When the program is not built or the network does not start.
pub async fn start(wallets: &[Address], mut config: NetworkConfig) -> Result<Network> {
    config.programs.push(Program {
        id: ID,
        elf: std::fs::read(PROGRAM).context("the program is not built")?,
        upgrade_authority: *wallets.first().context("nobody owns the program")?,
    });
    let funded = wallets.iter().map(|wallet| (*wallet, LAMPORTS));
    config.funded.extend(funded);
    Ok(Network::start(config).await?)
}
