use super::{RpcArguments, address};
use clap::Args;
use std::path::PathBuf;
use tessera_client::types::Address;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  everything holds
  1  something does not hold; each finding is printed
  2  the audit could not be completed, which says nothing about what it audits
  3  the checkpoint is of another network, program or version, damaged, or unknown to the node";

#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    #[command(flatten)]
    pub(crate) rpc: RpcArguments,
    /// Go on where this file says, and leave there where the next audit goes on; a clean audit of
    /// everything makes it
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Report on the accounts of one org only
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) org: Option<Address>,
    /// Report on one member only, by the address of its account
    #[arg(long, value_name = "ADDRESS", value_parser = address, conflicts_with = "org")]
    pub(crate) member: Option<Address>,
    /// Print the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Also compare the deployed program with this `.so` file
    #[arg(long)]
    pub(crate) program: Option<PathBuf>,
    /// Also compare every row and event of this mirror with the chain, from the network's beginning
    #[arg(long, conflicts_with = "checkpoint")]
    pub(crate) database: Option<String>,
}
