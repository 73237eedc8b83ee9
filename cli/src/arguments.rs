//! Commands, options and the environment variables behind them.

mod audit;
mod keeper;
mod mail;
mod missing;
mod smtp;
mod values;

pub(crate) use audit::AuditArguments;
pub(crate) use keeper::{KeeperArguments, Transactions};
pub(crate) use mail::{MailArguments, MailCheckArguments, MailCommand};
pub(crate) use smtp::SmtpArguments;
pub(crate) use values::HttpUrl;

use axum::http::HeaderName;
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf, str::FromStr};
use tessera_client::types::Address;
use tessera_domain::{access::sign_in::Network, automation::webhook::Reach, capture::KeptMonths};
use tessera_engine::automation::webhooks::{WebhookConfig, Webhooks};
use values::{address, database, header_name, http, number, port, socket, web_socket};

/// Subscriptions, loyalty and referrals on Solana: run, serve, charge and audit them.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything here: network, program, Postgres, indexer, worker, API, keeper and a demo business
    Dev(DevArguments),
    /// Mirror the program's accounts and events into Postgres
    Indexer(IndexerArguments),
    /// Fill a mirror from the chain alone, and prove it; after a stop, the next backfill goes on
    Backfill(MirrorArguments),
    /// After an upgrade, retry what an earlier version did not understand on the chain
    ReplayDeadLetters(MirrorArguments),
    /// Serve the mirror and the sales engine over HTTP
    Api(ApiArguments),
    /// Do the sales engine's background work: feed the event log from the mirror, build funnels,
    /// segments and models
    Worker(WorkerArguments),
    /// Charge due subscriptions, and mark those that cannot be charged
    Keeper(KeeperArguments),
    /// Bring a database's schema up to date
    Migrate(DatabaseArguments),
    /// Prove every receipt, reward and balance from the chain alone: docs/audit.md
    #[command(after_help = audit::EXIT_CODES)]
    Audit(AuditArguments),
    /// Print an Org's address and the quote authority to create it with
    QuoteSigner(QuoteSignerArguments),
    /// Simulate an org's offer, month by month, from a file: docs/simulation.md
    Simulate(SimulateArguments),
    /// Look after the mail that is sent
    Mail(MailArguments),
    /// Print the API's OpenAPI description
    Openapi,
}

#[derive(Debug, Args)]
pub(crate) struct RpcArguments {
    /// RPC addresses of Solana nodes of one network, the preferred first: repeat the option, or
    /// separate with commas. The first names the network; where one does not answer, the next is
    /// asked
    #[arg(
        long = "rpc-url",
        env = "SOLANA_RPC_URL",
        hide_env_values = true,
        value_name = "RPC_URL",
        value_delimiter = ',',
        value_parser = http(),
        default_value = "http://127.0.0.1:8899"
    )]
    pub(crate) rpc_urls: Vec<HttpUrl>,
}

#[derive(Debug, Args)]
pub(crate) struct DatabaseArguments {
    /// Postgres address, postgres://user:password@host:port/database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = database())]
    pub(crate) database_url: String,
}

#[derive(Debug, Args)]
pub(crate) struct MasterKeyArguments {
    /// File with the master key; created when missing. Every process of an installation needs the
    /// same one
    #[arg(
        long,
        env = "TESSERA_MASTER_KEY_FILE",
        default_value = "data/master.key"
    )]
    pub(crate) master_key_file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct WebhookArguments {
    /// Let webhooks go to this machine too, and without TLS: for tests and local work. API and worker
    /// of an installation need the same
    #[arg(long, env = "TESSERA_WEBHOOKS_TO_PRIVATE", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) webhooks_to_private: bool,
}

impl WebhookArguments {
    /// What sends webhooks.
    pub(crate) fn webhooks(&self) -> Webhooks {
        let reach = if self.webhooks_to_private {
            Reach::Loopback
        } else {
            Reach::Public
        };
        Webhooks::new(WebhookConfig {
            reach,
            ..WebhookConfig::default()
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct DevArguments {
    #[command(flatten)]
    pub(crate) master_key: MasterKeyArguments,
    #[command(flatten)]
    pub(crate) webhooks: WebhookArguments,
    /// Stop once the demo is played, indexed and audited
    #[arg(long)]
    pub(crate) once: bool,
    /// Customers in the demo, 4 to 1,000
    #[arg(long, default_value_t = 24, value_parser = number::<u32>(4..=1_000), allow_negative_numbers = true)]
    pub(crate) wallets: u32,
    /// Months that the demo lets pass, 1 to 24
    #[arg(long, default_value_t = 3, value_parser = number::<u32>(1..=24), allow_negative_numbers = true)]
    pub(crate) months: u32,
    /// Postgres to use instead of a private one; must not mirror a network yet
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = database())]
    pub(crate) database_url: Option<String>,
    #[command(flatten)]
    pub(crate) smtp: SmtpArguments,
    /// Where a private Postgres is kept while this runs, and mail that is sent nowhere else
    #[arg(long, env = "TESSERA_DATA", default_value = "data")]
    pub(crate) data: PathBuf,
    /// Where the API listens
    #[arg(long, env = "TESSERA_LISTEN", default_value = "127.0.0.1:8080", value_parser = socket)]
    pub(crate) listen: SocketAddr,
    /// Port of the network's RPC
    #[arg(long, default_value_t = 8899, value_parser = port())]
    pub(crate) rpc_port: u16,
    /// Port of the network's WebSocket
    #[arg(long, default_value_t = 8900, value_parser = port())]
    pub(crate) ws_port: u16,
    /// The compiled program
    #[arg(
        long,
        env = "TESSERA_PROGRAM",
        default_value = "target/deploy/tessera.so"
    )]
    pub(crate) program: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct IndexerArguments {
    #[command(flatten)]
    pub(crate) rpc: RpcArguments,
    /// WebSocket address of the node, ws:// or wss://; without it, changes are seen at the next poll
    #[arg(long, env = "SOLANA_WS_URL", hide_env_values = true, value_parser = web_socket())]
    pub(crate) ws_url: Option<String>,
    #[command(flatten)]
    pub(crate) yellowstone: YellowstoneArguments,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Where to serve the indexer's metrics, /metrics; nowhere unless given
    #[arg(long, value_name = "ADDRESS", env = "TESSERA_METRICS_LISTEN", value_parser = socket)]
    pub(crate) metrics_listen: Option<SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct WorkerArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    #[command(flatten)]
    pub(crate) master_key: MasterKeyArguments,
    /// Whole months of events to keep beside the one that is running, 4 to 1,200; all unless given.
    /// Every worker of an installation needs the same
    #[arg(long, value_name = "MONTHS", env = "TESSERA_KEEP_MONTHS", value_parser = number::<KeptMonths>(KeptMonths::MIN..=KeptMonths::MAX), allow_negative_numbers = true)]
    pub(crate) keep_months: Option<KeptMonths>,
    #[command(flatten)]
    pub(crate) smtp: SmtpArguments,
    #[command(flatten)]
    pub(crate) webhooks: WebhookArguments,
    /// Where to serve the worker's metrics, /metrics; nowhere unless given
    #[arg(long, value_name = "ADDRESS", env = "TESSERA_METRICS_LISTEN", value_parser = socket)]
    pub(crate) metrics_listen: Option<SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct MirrorArguments {
    #[command(flatten)]
    pub(crate) rpc: RpcArguments,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub(crate) struct YellowstoneArguments {
    /// Yellowstone gRPC server to read transactions from, http:// or https://; the node then shows
    /// what it cannot
    #[arg(
        long = "yellowstone-url",
        env = "SOLANA_YELLOWSTONE_URL",
        hide_env_values = true,
        value_parser = http()
    )]
    pub(crate) url: Option<HttpUrl>,
    /// Access token of the Yellowstone server
    #[arg(
        long = "yellowstone-token",
        env = "SOLANA_YELLOWSTONE_TOKEN",
        hide_env_values = true,
        requires = "url"
    )]
    pub(crate) token: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ApiArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Where to listen
    #[arg(long, env = "TESSERA_LISTEN", default_value = "127.0.0.1:8080", value_parser = socket)]
    pub(crate) listen: SocketAddr,
    /// Where callers reach the API from outside; wallets sign in to this origin. By default
    /// `http://` and the address that the API listens on
    #[arg(long, env = "TESSERA_PUBLIC_URL", value_parser = http())]
    pub(crate) public_url: Option<HttpUrl>,
    /// The network that wallets sign in on: mainnet, testnet, devnet or localnet
    #[arg(long, env = "TESSERA_NETWORK", default_value = "localnet")]
    pub(crate) network: NetworkName,
    /// Header in which the proxy in front names the client's address, such as x-forwarded-for: its last
    /// value counts. Only behind a proxy that sets it, since clients could send it too. By default, an
    /// address is that of the connection
    #[arg(
        long,
        env = "TESSERA_CLIENT_ADDRESS_HEADER",
        value_name = "NAME",
        value_parser = header_name
    )]
    pub(crate) client_address_header: Option<HeaderName>,
    /// RPC addresses of Solana nodes, for the blockhash of transactions that customers sign; without
    /// any, their wallets put it in. Several as for the indexer
    #[arg(
        long,
        env = "SOLANA_RPC_URL",
        hide_env_values = true,
        value_delimiter = ',',
        value_parser = http()
    )]
    pub(crate) rpc_url: Vec<HttpUrl>,
    #[command(flatten)]
    pub(crate) master_key: MasterKeyArguments,
    #[command(flatten)]
    pub(crate) webhooks: WebhookArguments,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// The org, its plans and how customers behave, JSON
    pub(crate) scenario: PathBuf,
    /// Print the figures as JSON, amounts in the token's smallest unit
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct QuoteSignerArguments {
    /// Wallet that creates the Org, whose address follows from the wallet and the id
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) creator: Address,
    /// The Org's id, a number chosen by its creator
    #[arg(long, value_name = "N", value_parser = number::<u64>(0..=u64::MAX), allow_negative_numbers = true)]
    pub(crate) id: u64,
    #[command(flatten)]
    pub(crate) master_key: MasterKeyArguments,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct NetworkName(pub(crate) Network);

impl FromStr for NetworkName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Network::of_chain_id(text).map(Self);
        known.ok_or_else(|| "expected mainnet, testnet, devnet or localnet".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_audit_that_compares_a_mirror_goes_on_from_no_checkpoint() {
        let line = [
            "tessera",
            "audit",
            "--database",
            "postgres://a",
            "--checkpoint",
            "file",
        ];
        let message = Arguments::try_parse_from(line)
            .expect_err("both")
            .to_string();
        for named in ["--database", "--checkpoint"] {
            assert!(message.contains(named), "{message}");
        }
        assert!(Arguments::try_parse_from(&line[..4]).is_ok());
    }

    #[test]
    fn several_nodes_are_given_one_by_one_or_with_commas() {
        let urls = |line: &[&str]| {
            let line = [&["tessera", "audit"], line].concat();
            let parsed = Arguments::try_parse_from(line).ok()?;
            let Command::Audit(audit) = parsed.command else {
                return None;
            };
            let urls = audit.rpc.rpc_urls.iter().map(|url| url.0.clone());
            Some(urls.collect::<Vec<_>>())
        };
        assert_eq!(urls(&["--rpc-url", "http://a,"]), None);
        assert_eq!(urls(&["--rpc-url", ""]), None);
        let all = urls(&["--rpc-url", "http://a,https://b", "--rpc-url", "http://c"]);
        let expected = ["http://a", "https://b", "http://c"].map(str::to_owned);
        assert_eq!(all, Some(expected.to_vec()));
    }

    #[test]
    fn a_quote_signer_is_of_an_org_that_can_be() {
        let creator = "GmaDrppBC7P5ARKV8g3djiwP89vz1jLK23V2GBjuAEGB";
        let message = |creator: &str, id: &str| {
            let line = ["tessera", "quote-signer", "--creator", creator, "--id", id];
            let parsed = Arguments::try_parse_from(line);
            parsed.err().map(|error| error.to_string())
        };
        assert_eq!(message(creator, "0"), None);
        assert_eq!(message(creator, "18446744073709551615"), None);
        for text in ["", "0x1f", &creator[4..], &format!("{creator}1")] {
            let message = message(text, "1").expect("no address");
            assert!(message.contains("--creator") && message.contains("32 bytes in base58"));
        }
        for text in ["", "-1", "1.0", "one", "18446744073709551616"] {
            let message = message(creator, text).expect("no id");
            assert!(message.contains("--id") && message.contains("a whole number from 0"));
        }
    }
}
