//! Connections: how many there are, and what happens to those that wait.

use crate::support::{Relay, config, is_accepted, letter};
use anyhow::Result;
use std::{sync::Arc, time::Duration};
use tessera_mail::{Error, Sent, Server, ServerConfig};
use tokio::task::JoinSet;

#[tokio::test]
async fn there_are_never_more_than_allowed_and_each_is_used_again() -> Result<()> {
    let relay = Relay::start().await?;
    let server = Arc::new(Server::new(ServerConfig {
        max_connections: 3,
        ..relay.config()
    })?);
    let mut sending = JoinSet::new();
    for number in 0..40 {
        let server = Arc::clone(&server);
        sending.spawn(async move {
            let id = format!("{number}@mail.example");
            server.send(&letter("crowd-3@example.com", &id)).await
        });
    }
    for sent in sending.join_all().await {
        assert!(is_accepted(&sent), "{sent:?}");
    }
    assert_eq!(std::fs::read_to_string(relay.file("peak"))?, "3");
    assert_eq!(relay.kept()?.len(), 40);
    Ok(())
}

#[tokio::test]
async fn a_message_that_finds_no_free_connection_is_not_sent() -> Result<()> {
    let relay = Relay::start().await?;
    let server = Arc::new(Server::new(ServerConfig {
        max_connections: 1,
        connect_timeout: Duration::from_secs(2),
        ..relay.config()
    })?);
    let stalled = tokio::spawn({
        let server = Arc::clone(&server);
        async move {
            server
                .send(&letter("rcpt-stall@example.com", "1@mail.example"))
                .await
        }
    });
    tokio::task::yield_now().await;
    let sent = server
        .send(&letter("person@example.com", "2@mail.example"))
        .await;
    assert!(matches!(sent, Sent::NotSent { .. }), "{sent:?}");
    stalled.abort();
    Ok(())
}

#[tokio::test]
async fn a_refused_message_does_not_spoil_the_next() -> Result<()> {
    let relay = Relay::start().await?;
    let server = Server::new(ServerConfig {
        max_connections: 1,
        ..relay.config()
    })?;
    for (number, to) in ["rcpt-550", "a", "data-554", "b"].iter().enumerate() {
        let id = format!("{number}@mail.example");
        let sent = server
            .send(&letter(&format!("{to}@example.com"), &id))
            .await;
        assert_eq!(is_accepted(&sent), to.len() == 1, "{to}: {sent:?}");
    }
    assert_eq!(std::fs::read_to_string(relay.file("peak"))?, "1");
    Ok(())
}

#[tokio::test]
async fn a_connection_that_died_while_it_waited_is_replaced() -> Result<()> {
    let mut relay = Relay::start().await?;
    let server = relay.server();
    assert!(is_accepted(
        &server
            .send(&letter("person@example.com", "1@mail.example"))
            .await
    ));
    relay.kill().await?;
    relay.restart().await?;
    let sent = server
        .send(&letter("person@example.com", "2@mail.example"))
        .await;
    assert!(is_accepted(&sent), "{sent:?}");
    assert_eq!(relay.kept()?.len(), 2);
    Ok(())
}

#[test]
fn a_configuration_that_cannot_work_is_refused_by_field() {
    let field = |config: ServerConfig| match Server::new(config) {
        Err(Error::Refused { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    let usual = || config(25);
    for (wrong, config) in [
        (
            "host",
            ServerConfig {
                host: "a b".into(),
                ..usual()
            },
        ),
        ("port", ServerConfig { port: 0, ..usual() }),
        (
            "hello_name",
            ServerConfig {
                hello_name: "a\r\nQUIT".into(),
                ..usual()
            },
        ),
        (
            "max_connections",
            ServerConfig {
                max_connections: 0,
                ..usual()
            },
        ),
        (
            "connect_timeout",
            ServerConfig {
                connect_timeout: Duration::ZERO,
                ..usual()
            },
        ),
        (
            "command_timeout",
            ServerConfig {
                command_timeout: Duration::ZERO,
                ..usual()
            },
        ),
    ] {
        assert_eq!(field(config), wrong);
    }
    let credentials = Some(("user".to_owned(), "password".to_owned()));
    let config = ServerConfig {
        host: "relay.example".into(),
        credentials,
        ..usual()
    };
    assert_eq!(field(config), "credentials");
}
