//! How a server is reached.
//!
//! Law: credentials travel encrypted, or do not leave the machine.

use crate::{address, error::Error};
use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Certificate, TlsParameters},
    extension::ClientId,
};
use std::{fmt, net::IpAddr, time::Duration};

/// How a server is reached.
#[derive(Clone)]
pub struct ServerConfig {
    /// Its name or address. Under TLS its certificate has to be for it.
    pub host: String,
    /// Its port: 587 for submission with STARTTLS, 465 with TLS.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// User and password.
    pub credentials: Option<(String, String)>,
    /// The name that is said in EHLO, or an IP address.
    pub hello_name: String,
    /// The most time until a connection is ready for mail: name, TCP, TLS, greeting, sign-in.
    pub connect_timeout: Duration,
    /// The most time until each answer; for the message itself, with the time it takes to send.
    pub command_timeout: Duration,
    /// The most connections that are open.
    pub max_connections: usize,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    Plain,
    /// It begins in the clear and must change to TLS.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// A configuration that keeps the rules.
pub(super) struct Checked {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) tls: Option<TlsParameters>,
    pub(super) credentials: Option<Credentials>,
    pub(super) hello: ClientId,
    pub(super) connect_timeout: Duration,
    pub(super) command_timeout: Duration,
}

impl Checked {
    pub(super) fn new(config: ServerConfig, root: Option<&[u8]>) -> Result<Self, Error> {
        let host = host(config.host)?;
        let is_protected = config.security != Security::Plain || is_loopback(&host);
        if config.credentials.is_some() && !is_protected {
            return Err(Error::refused(
                "credentials",
                "need TLS, unless the server is on this machine",
            ));
        }
        for (field, refused) in [
            ("port", config.port == 0),
            ("max_connections", config.max_connections == 0),
            ("connect_timeout", config.connect_timeout.is_zero()),
            ("command_timeout", config.command_timeout.is_zero()),
        ] {
            if refused {
                return Err(Error::refused(field, "must be greater than 0"));
            }
        }
        Ok(Self {
            tls: match config.security {
                Security::Plain => None,
                Security::StartTls | Security::Tls => Some(tls(&host, root)?),
            },
            host,
            port: config.port,
            security: config.security,
            credentials: config
                .credentials
                .map(|(user, password)| Credentials::new(user, password)),
            hello: hello(config.hello_name)?,
            connect_timeout: config.connect_timeout,
            command_timeout: config.command_timeout,
        })
    }
}

fn host(host: String) -> Result<String, Error> {
    if host.parse::<IpAddr>().is_ok() {
        Ok(host)
    } else {
        address::ascii_domain("host", &host)
    }
}

fn hello(name: String) -> Result<ClientId, Error> {
    match name.parse() {
        Ok(IpAddr::V4(address)) => Ok(ClientId::Ipv4(address)),
        Ok(IpAddr::V6(address)) => Ok(ClientId::Ipv6(address)),
        Err(_) => address::ascii_domain("hello_name", &name).map(ClientId::Domain),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn tls(host: &str, root: Option<&[u8]>) -> Result<TlsParameters, Error> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(root) = root {
        let refused = Error::refused("root", "must be a certificate in PEM");
        let root = Certificate::from_pem(root).map_err(|_| refused)?;
        parameters = parameters.add_root_certificate(root);
    }
    parameters
        .build()
        .map_err(|_| Error::refused("root", "cannot be used for TLS"))
}

/// Without user and password.
impl fmt::Debug for ServerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("hello_name", &self.hello_name)
            .field("connect_timeout", &self.connect_timeout)
            .field("command_timeout", &self.command_timeout)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}
