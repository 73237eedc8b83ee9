//! Protected connections and signing in.

use crate::support::{Relay, is_accepted, letter};
use anyhow::Result;
use tessera_mail::{Security, Sent, Server, ServerConfig};

const ID: &str = "1@mail.example";
const WAYS: [(&str, Security); 2] = [("always", Security::Tls), ("later", Security::StartTls)];

fn reason(sent: Sent) -> String {
    match sent {
        Sent::NotSent { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_written_to() -> Result<()> {
    for (way, security) in WAYS {
        let relay = Relay::start_with(&["--tls", way]).await?;
        let server = Server::new(ServerConfig {
            security,
            ..relay.config()
        })?;
        reason(server.send(&letter("person@example.com", ID)).await);
        assert!(relay.kept()?.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_written_to() -> Result<()> {
    let relay = Relay::start_with(&["--tls", "always"]).await?;
    let root = std::fs::read(relay.file("cert.pem"))?;
    let config = ServerConfig {
        host: "127.0.0.2".into(),
        security: Security::Tls,
        ..relay.config()
    };
    reason(
        Server::with_root(config, Some(&root))?
            .send(&letter("person@example.com", ID))
            .await,
    );
    assert!(relay.kept()?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_server_without_starttls_is_sent_nothing_in_the_clear() -> Result<()> {
    let relay = Relay::start().await?;
    let security = Security::StartTls;
    let server = Server::new(ServerConfig {
        security,
        ..relay.config()
    })?;
    let reason = reason(server.send(&letter("person@example.com", ID)).await);
    assert_eq!(reason, "the server offers no STARTTLS");
    Ok(())
}

#[tokio::test]
async fn a_message_goes_through_tls_with_credentials() -> Result<()> {
    for (way, security) in WAYS {
        let relay = Relay::start_with(&["--tls", way, "--user", "acme:secret"]).await?;
        let root = std::fs::read(relay.file("cert.pem"))?;
        for (password, is_right) in [("wrong", false), ("secret", true)] {
            let config = ServerConfig {
                security,
                credentials: Some(("acme".into(), password.into())),
                ..relay.config()
            };
            let server = Server::with_root(config, Some(&root))?;
            let sent = server.send(&letter("person@example.com", ID)).await;
            if is_right {
                assert!(is_accepted(&sent), "{way}: {sent:?}");
            } else {
                assert_eq!(reason(sent), "the server refused the credentials (535)");
            }
        }
        assert_eq!(relay.kept()?.len(), 1);
    }
    Ok(())
}
