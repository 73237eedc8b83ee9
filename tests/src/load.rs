//! Load for a running network: a business and its customers, who act as fast as the network allows.
//!
//! Law: the actions follow from the seed and the state of the chain; when a call returns, its
//! transactions are confirmed, and [`Load::receipts`] counts their receipts.

mod business;
mod customer;
mod delivery;
#[cfg(test)]
mod tests;

use crate::network;
use anyhow::{Context, Result};
use business::Business;
use customer::{Customer, Standing};
use delivery::deliver;
use rand::{SeedableRng, rngs::StdRng};
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signature::Signature;
use solana_signer::Signer;
use tessera_localnet::{Network, NetworkConfig};

/// The clock's account, and where it keeps the Unix time.
const CLOCK: Address = Address::from_str_const("SysvarC1ock11111111111111111111111111111111");
const CLOCK_UNIX_TIME: std::ops::Range<usize> = 32..40;
/// Most accounts that are read in a call.
const MAX_ACCOUNTS: usize = 100;
/// Number of first customers, who refer the others in a chain.
const FOUNDERS: usize = 4;

/// Starts a network with the program; its authority pays for [`Load::start`] with the same seed.
///
/// # Errors
/// When the program is not built or the network does not start.
pub async fn network(seed: u64) -> Result<Network> {
    network_of(seed, NetworkConfig::for_tests()).await
}

/// Starts such a network with the ports and the pace of `config`.
///
/// # Errors
/// As [`network()`].
pub async fn network_of(seed: u64, config: NetworkConfig) -> Result<Network> {
    network::start(&[key(seed, Role::Payer).pubkey()], config).await
}

/// The business, its customers and their transactions.
pub struct Load {
    rpc: RpcClient,
    business: Business,
    customers: Vec<Customer>,
    random: StdRng,
    signatures: Vec<Signature>,
    receipts: u64,
}

impl Load {
    /// Opens a business for this many customers; the first ones are members when this returns. It
    /// reads and sends at `url`, which is a node's or a proxy's.
    ///
    /// # Errors
    /// When a transaction fails or is not confirmed.
    pub async fn start(url: String, seed: u64, customers: usize) -> Result<Self> {
        let rpc = RpcClient::new_with_commitment(url, CommitmentConfig::confirmed());
        let genesis = rpc.get_genesis_hash().await?;
        let business = Business::new(seed, &genesis);
        let customers = (0..customers).map(|number| Customer::new(seed, number, &business));
        let mut load = Self {
            customers: customers.collect(),
            business,
            rpc,
            random: StdRng::seed_from_u64(seed),
            signatures: Vec::new(),
            receipts: 0,
        };
        for step in load.business.opening(&load.rpc).await? {
            load.deliver(vec![step]).await?;
        }
        load.business.learn_plan(&load.rpc).await?;
        for _ in 0..FOUNDERS {
            load.round(FOUNDERS).await?;
        }
        Ok(load)
    }

    /// Lets each customer do `rounds` things, one per round; returns the number of transactions.
    ///
    /// # Errors
    /// When a transaction fails or is not confirmed.
    pub async fn play(&mut self, rounds: usize) -> Result<usize> {
        let before = self.signatures.len();
        for _ in 0..rounds {
            self.round(self.customers.len()).await?;
        }
        Ok(self.signatures.len() - before)
    }

    /// Moves the network's time to the next period, so that the next round consists of charges.
    ///
    /// # Errors
    /// When the clock does not move.
    pub async fn next_period(&self, network: &Network) -> Result<()> {
        network.advance(business::PERIOD_SECS).await?;
        Ok(())
    }

    /// Every transaction so far, in the order in which they were sent.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Number of receipts so far.
    #[must_use]
    pub fn receipts(&self) -> u64 {
        self.receipts
    }

    /// The business's org.
    #[must_use]
    pub fn org(&self) -> Address {
        self.business.org
    }

    /// Lets the first `count` customers do one thing each.
    async fn round(&mut self, count: usize) -> Result<()> {
        let (now, standings) = self.read().await?;
        let mut steps = Vec::new();
        for (customer, standing) in self.customers.iter().zip(&standings).take(count) {
            let referrer = customer.referrer.map(|above| &standings[above]);
            let step = customer.next(
                &mut self.business,
                standing,
                referrer,
                now,
                &mut self.random,
            );
            steps.extend(step?);
        }
        self.deliver(steps).await
    }

    async fn deliver(&mut self, steps: Vec<Step>) -> Result<()> {
        let receipts: u64 = steps.iter().map(|step| step.receipts).sum();
        let sent = deliver(&self.rpc, &steps).await?;
        self.signatures.extend(sent);
        self.receipts += receipts;
        Ok(())
    }

    /// Reads the time, and the state of each customer.
    async fn read(&self) -> Result<(i64, Vec<Standing>)> {
        let addresses = self.customers.iter().flat_map(Customer::addresses);
        let addresses: Vec<Address> = addresses.chain([CLOCK]).collect();
        let mut accounts = Vec::with_capacity(addresses.len());
        for chunk in addresses.chunks(MAX_ACCOUNTS) {
            accounts.extend(self.rpc.get_multiple_accounts(chunk).await?);
        }
        let clock = accounts.pop().flatten().context("no clock")?;
        let now = clock.data.get(CLOCK_UNIX_TIME).context("no time")?;
        let now = i64::from_le_bytes(now.try_into()?);
        let standings = accounts.chunks(customer::ADDRESSES).map(Standing::decode);
        Ok((now, standings.collect::<Result<_>>()?))
    }
}

/// A transaction to be sent.
struct Step {
    instructions: Vec<solana_instruction::Instruction>,
    /// The first pays.
    signers: Vec<Keypair>,
    receipts: u64,
}

/// The owner of a key.
enum Role {
    Payer,
    Treasury,
    Issuer,
    Mint,
    Customer(usize),
}

/// A key that follows from the seed.
fn key(seed: u64, role: Role) -> Keypair {
    let (kind, number) = match role {
        Role::Payer => (1, 0),
        Role::Treasury => (2, 0),
        Role::Issuer => (3, 0),
        Role::Mint => (4, 0),
        Role::Customer(number) => (5, number),
    };
    let mut bytes = [kind; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&(number as u64).to_le_bytes());
    Keypair::new_from_array(bytes)
}
