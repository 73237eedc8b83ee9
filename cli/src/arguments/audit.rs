use super::{
    RpcArguments,
    values::{address, database},
};
use clap::Args;
use std::path::PathBuf;
use tessera_client::types::Address;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  everything holds
  1  something does not hold; each finding is printed
  2  the audit could not be completed, or the arguments are refused, which says nothing about what it
     audits
  3  the checkpoint is of another network, program or version, damaged, or unknown to the node";

#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    #[command(flatten)]
    pub(crate) rpc: RpcArguments,
    /// Go on from the checkpoint in this file, and replace it for the next audit; a clean audit of
    /// everything creates it
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Report on the accounts of one org only; not together with --member
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) org: Option<Address>,
    /// Report on one member only, by the address of its account; not together with --org
    #[arg(long, value_name = "ADDRESS", value_parser = address, conflicts_with = "org")]
    pub(crate) member: Option<Address>,
    /// Print the report as JSON, even if the audit could not be completed; refused arguments are
    /// explained in words on standard error
    #[arg(long)]
    pub(crate) json: bool,
    /// Also compare the deployed program with this `.so` file
    #[arg(long)]
    pub(crate) program: Option<PathBuf>,
    /// Also compare every row and event of this mirror with the chain, from the network's beginning; its
    /// indexer has to run and to have caught up
    #[arg(long, value_name = "DATABASE_URL", conflicts_with = "checkpoint", value_parser = database())]
    pub(crate) database: Option<String>,
}
