//! Questions to DNS.

use crate::error::Error;
use mail_auth::{
    MessageAuthenticator,
    hickory_resolver::{
        config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
        proto::rr::RData,
        system_conf::read_system_conf,
    },
};
use std::{net::SocketAddr, time::Duration};

/// How long a name server may take, and how often it is asked again.
const PATIENCE: Duration = Duration::from_secs(5);
const AGAIN: usize = 1;

/// Those who are asked, the system's name servers or one of the caller's choice.
pub(super) fn authenticator(nameserver: Option<SocketAddr>) -> Result<MessageAuthenticator, Error> {
    let (servers, mut options) = match nameserver {
        None => read_system_conf().map_err(|error| Error::Resolver(error.to_string()))?,
        Some(address) => {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut way| {
                way.port = address.port();
                way
            });
            let server = NameServerConfig::new(address.ip(), true, connections.into());
            let servers = ResolverConfig::from_name_servers(vec![server]);
            (servers, ResolverOpts::default())
        }
    };
    options.timeout = PATIENCE;
    options.attempts = AGAIN;
    MessageAuthenticator::new(servers, options).map_err(|error| Error::Resolver(error.to_string()))
}

/// The TXT records of a name that begin as a kind does; why there is no answer.
pub(super) async fn txt(
    authenticator: &MessageAuthenticator,
    name: &str,
    kind: &str,
) -> Result<Vec<String>, String> {
    let answer = match authenticator
        .resolver()
        .txt_lookup(format!("{name}."))
        .await
    {
        Ok(answer) => answer,
        Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
        Err(error) => return Err(format!("DNS does not answer: {error}")),
    };
    let texts = answer
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        });
    let begins = |text: &String| {
        text.get(..kind.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(kind))
    };
    Ok(texts.filter(begins).collect())
}
