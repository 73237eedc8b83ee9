//! Options of `tessera keeper`.

use super::{
    DatabaseArguments, RpcArguments,
    values::{address, number, socket},
};
use clap::{Args, ValueEnum};
use std::{net::SocketAddr, path::PathBuf, str::FromStr};
use tessera_client::types::Address;

#[derive(Debug, Args)]
pub(crate) struct KeeperArguments {
    #[command(flatten)]
    pub(crate) rpc: RpcArguments,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Key file that pays the fees and receives the keeper's part of charges
    #[arg(long, env = "TESSERA_KEEPER")]
    pub(crate) keeper: PathBuf,
    /// Serve only this org's subscriptions; may be given several times
    #[arg(long, value_name = "ADDRESS", value_parser = address, env = "TESSERA_KEEPER_ORGS", value_delimiter = ',')]
    pub(crate) org: Vec<Address>,
    /// Serve only subscriptions in this mint, and open a token account of the keeper's own to be paid
    /// in it; may be given several times
    #[arg(long, value_name = "ADDRESS", value_parser = address, env = "TESSERA_KEEPER_MINTS", value_delimiter = ',')]
    pub(crate) mint: Vec<Address>,
    /// Which part of the subscriptions to serve where several keepers divide them: 0/3, 1/3, 2/3
    #[arg(
        long,
        value_name = "I/N",
        env = "TESSERA_KEEPER_SHARD",
        default_value = "0/1"
    )]
    pub(crate) shard: Shard,
    /// Value of a whole token of a mint, MINT=LAMPORTS: a charge then has to bring in what it
    /// costs; may be given several times
    #[arg(long, value_name = "MINT=LAMPORTS")]
    pub(crate) price: Vec<Price>,
    /// Charge also where a price says that it costs more than it brings in
    #[arg(long)]
    pub(crate) charge_at_a_loss: bool,
    /// Highest priority fee for a compute unit, micro-lamports
    #[arg(
        long,
        value_name = "N",
        env = "TESSERA_KEEPER_PRIORITY_FEE_CAP",
        default_value_t = 50_000,
        value_parser = number::<u64>(0..=u64::MAX),
        allow_negative_numbers = true
    )]
    pub(crate) priority_fee_cap: u64,
    /// Lookup tables at a time; each keeps up to 0.06 SOL of rent until it is closed
    #[arg(
        long,
        value_name = "N",
        default_value_t = 16,
        value_parser = number::<usize>(0..=1_000_000),
        allow_negative_numbers = true
    )]
    pub(crate) tables: usize,
    /// Which transactions to send; `auto` follows the network's feature gate
    #[arg(long, value_enum, default_value_t = Transactions::Auto)]
    pub(crate) transactions: Transactions,
    /// Where to serve the keeper's metrics, /metrics; nowhere unless given
    #[arg(long, value_name = "ADDRESS", env = "TESSERA_METRICS_LISTEN", value_parser = socket)]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Print what the next round would do, and do nothing
    #[arg(long, conflicts_with_all = ["once", "close_tables"])]
    pub(crate) dry_run: bool,
    /// Stop when nothing more can be done now; exit 1 if the purse is empty or something has to be
    /// tried again
    #[arg(long, conflicts_with = "close_tables")]
    pub(crate) once: bool,
    /// Close the keeper's lookup tables, get their rent back, and stop
    #[arg(long)]
    pub(crate) close_tables: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Transactions {
    Auto,
    V0,
    V1,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    pub(crate) index: u16,
    pub(crate) of: u16,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((index, of)) if index < of => Ok(Self { index, of }),
            _ => Err("expected I/N with I from 0 and below N, such as 0/3".to_owned()),
        }
    }
}

/// The value of a whole token, lamports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Price {
    pub(crate) mint: Address,
    pub(crate) lamports: u64,
}

impl FromStr for Price {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('=');
        let price = parts.and_then(|(mint, lamports)| {
            Some(Self {
                mint: mint.parse().ok()?,
                lamports: lamports.parse().ok()?,
            })
        });
        price.ok_or_else(|| "expected MINT=LAMPORTS".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_one_of_those_that_there_are() {
        for text in ["", "1", "1/1", "3/2", "0/0", "-1/2", "a/b", "0/65536"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, of: 3 }));
    }

    #[test]
    fn a_price_names_its_mint() {
        let mint = "GmaDrppBC7P5ARKV8g3djiwP89vz1jLK23V2GBjuAEGB";
        for text in [
            "",
            mint,
            "=5",
            &format!("{mint}=-5"),
            &format!("{mint}=1.5"),
        ] {
            assert!(text.parse::<Price>().is_err(), "{text}");
        }
        let price: Price = format!("{mint}=5000000").parse().expect("a price");
        assert_eq!(
            (price.mint.to_string().as_str(), price.lamports),
            (mint, 5_000_000)
        );
    }
}
