//! The way out for mail.

use super::values::{HttpUrl, Secret, http};
use anyhow::{Context, Result};
use clap::Args;
use percent_encoding::percent_decode_str;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};
use tessera_engine::automation::Outgoing;
use tessera_mail::{Security, Server, ServerConfig};
use url::{Host, Url};

/// How long a connection may take, and an answer.
const CONNECT: Duration = Duration::from_secs(30);
const COMMAND: Duration = Duration::from_secs(60);
/// Connections that are open at a time.
const CONNECTIONS: usize = 8;
const RULE: &str = "expected smtp://user:password@host:port or smtps://user:password@host";

#[derive(Debug, Args)]
pub(crate) struct SmtpArguments {
    /// Server that takes mail: smtp:// with STARTTLS, but for one on this machine, or smtps:// with TLS.
    /// Without one, mail waits, and under `tessera dev` it is kept in a folder
    #[arg(
        long,
        env = "TESSERA_SMTP_URL",
        hide_env_values = true,
        value_name = "SMTP_URL",
        value_parser = smtp()
    )]
    pub(crate) smtp_url: Option<SmtpUrl>,
    /// Where people reach the API from outside, for the links in mail
    #[arg(
        id = "mail_links",
        long = "public-url",
        env = "TESSERA_PUBLIC_URL",
        value_parser = http()
    )]
    pub(crate) public_url: Option<HttpUrl>,
}

/// An `smtp://` or `smtps://` address.
#[derive(Debug, Clone)]
pub(crate) struct SmtpUrl(ServerConfig);

fn smtp() -> Secret<SmtpUrl> {
    Secret(|text| config(text).map(SmtpUrl).ok_or(RULE))
}

impl SmtpArguments {
    /// The way out, if there is one; `here` is where the API is reached unless an option says it.
    pub(crate) fn outgoing(&self, here: Option<String>) -> Result<Option<Arc<Outgoing>>> {
        let Some(SmtpUrl(config)) = self.smtp_url.clone() else {
            return Ok(None);
        };
        let url = self
            .links(here)
            .context("--smtp-url needs --public-url, for the links in mail")?;
        through(config, &url).map(Some)
    }

    /// The way to a server on this machine, whatever `--smtp-url` says; `here` as for
    /// [`Self::outgoing`].
    pub(crate) fn outgoing_to(&self, port: u16, here: String) -> Result<Arc<Outgoing>> {
        let url = self.links(None).unwrap_or(here);
        let host = Ipv4Addr::LOCALHOST.to_string();
        through(server(host, port, Security::Plain, None), &url)
    }

    /// Where links in mail lead.
    fn links(&self, here: Option<String>) -> Option<String> {
        self.public_url.as_ref().map(|url| url.0.clone()).or(here)
    }
}

/// The way through a server, with links that lead to `url`.
fn through(config: ServerConfig, url: &str) -> Result<Arc<Outgoing>> {
    let host = Url::parse(url).ok();
    let host = host.as_ref().and_then(Url::host_str).unwrap_or("localhost");
    let server = Server::new(ServerConfig {
        hello_name: host.to_owned(),
        ..config
    })?;
    Ok(Arc::new(Outgoing {
        server,
        public_url: url.trim_end_matches('/').to_owned(),
    }))
}

fn config(text: &str) -> Option<ServerConfig> {
    let url = Url::parse(text).ok()?;
    let host = match url.host()? {
        Host::Domain(domain) => domain.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    if host.is_empty() {
        return None;
    }
    let is_here = host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    let (security, port) = match url.scheme() {
        "smtps" => (Security::Tls, 465),
        "smtp" if is_here => (Security::Plain, 25),
        "smtp" => (Security::StartTls, 587),
        _ => return None,
    };
    let is_more = !matches!(url.path(), "" | "/") || url.query().is_some();
    if is_more || url.fragment().is_some() {
        return None;
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(Into::into);
    let credentials = match (url.username(), url.password()) {
        ("", None) => None,
        (user, Some(password)) => Some((decoded(user)?, decoded(password)?)),
        _ => return None,
    };
    let port = url.port().unwrap_or(port);
    Some(server(host, port, security, credentials))
}

fn server(
    host: String,
    port: u16,
    security: Security,
    credentials: Option<(String, String)>,
) -> ServerConfig {
    ServerConfig {
        host,
        port,
        security,
        credentials,
        // Replaced by the name by which the API is reached.
        hello_name: "localhost".to_owned(),
        connect_timeout: CONNECT,
        command_timeout: COMMAND,
        max_connections: CONNECTIONS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_server_is_refused() {
        for text in [
            "",
            "host:25",
            "http://host",
            "smtp://",
            "smtp://host/path",
            "smtp://host?tls=no",
            "smtp://user@host",
            "smtp://host:port",
        ] {
            assert!(config(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_server_elsewhere_is_spoken_to_under_tls() {
        let read = |text: &str| {
            let config = config(text).expect("a server");
            (
                config.host,
                config.port,
                config.security,
                config.credentials,
            )
        };
        let secret = Some(("a@b".to_owned(), "p:/".to_owned()));
        assert_eq!(
            read("smtps://a%40b:p%3A%2F@mail.example"),
            ("mail.example".to_owned(), 465, Security::Tls, secret)
        );
        assert_eq!(
            read("smtp://mail.example"),
            ("mail.example".to_owned(), 587, Security::StartTls, None)
        );
        assert_eq!(
            read("smtp://127.0.0.1:2525"),
            ("127.0.0.1".to_owned(), 2525, Security::Plain, None)
        );
    }
}
