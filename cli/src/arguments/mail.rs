//! Options of `tessera mail`.

use super::values::socket;
use clap::{Args, Subcommand};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

#[derive(Debug, Args)]
pub(crate) struct MailArguments {
    #[command(subcommand)]
    pub(crate) command: MailCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// Ask DNS whether a domain's mail is let through: DKIM, SPF, DMARC
    #[command(after_help = "Exit code 0 when everything passes, else 1")]
    Check(MailCheckArguments),
}

#[derive(Debug, Args)]
pub(crate) struct MailCheckArguments {
    /// The domain of the sender's address
    #[arg(long)]
    pub(crate) domain: String,
    /// The selector that its DKIM key is published at
    #[arg(long)]
    pub(crate) selector: String,
    /// The address that the relay sends from, to evaluate SPF for
    #[arg(long, value_name = "IP")]
    pub(crate) relay_ip: Option<IpAddr>,
    /// File with the private key, to sign a probe with and verify it
    #[arg(long, value_name = "FILE")]
    pub(crate) pem: Option<PathBuf>,
    /// The name server to ask; those of the system if there is none
    #[arg(long, value_name = "IP:PORT", value_parser = socket)]
    pub(crate) nameserver: Option<SocketAddr>,
}
