//! What became of a message, at every stage at which a server can fail.

use crate::support::{Relay, config, draft, is_accepted, letter};
use anyhow::Result;
use std::time::Duration;
use tessera_mail::{Draft, Letter, Sent, Server, ServerConfig, compose};
use tokio::net::TcpListener;

const ID: &str = "1@mail.example";

fn quick(relay: &Relay) -> Server {
    Server::new(ServerConfig {
        command_timeout: Duration::from_millis(500),
        ..relay.config()
    })
    .unwrap()
}

/// One that no socket's buffers hold.
fn large(to: &str) -> Letter {
    let text = "ж".repeat(1 << 20);
    let draft = Draft {
        text: &text,
        html: Some(&text),
        ..draft(to, ID)
    };
    compose(&draft, "bounce@mail.example", None).unwrap()
}

#[tokio::test]
async fn an_answer_of_no_is_passed_on_with_its_code() -> Result<()> {
    let relay = Relay::start().await?;
    let server = relay.server();
    for (to, code, is_permanent) in [
        ("rcpt-450@example.com", 450, false),
        ("rcpt-550@example.com", 550, true),
        ("data-451@example.com", 451, false),
        ("data-554@example.com", 554, true),
        ("rcpt-421@example.com", 421, false),
    ] {
        let Sent::Refused {
            code: said,
            response,
            is_permanent: permanent,
        } = server.send(&letter(to, ID)).await
        else {
            panic!("{to}");
        };
        assert_eq!((said, permanent), (code, is_permanent), "{to}");
        assert_eq!(response, "says the test");
    }
    assert!(relay.kept()?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_our_credentials_lack_is_not_held_against_the_message() -> Result<()> {
    let relay = Relay::start().await?;
    let sent = relay
        .server()
        .send(&letter("rcpt-530@example.com", ID))
        .await;
    assert!(matches!(sent, Sent::NotSent { .. }), "{sent:?}");
    Ok(())
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_message_has_sent_nothing() -> Result<()> {
    let relay = Relay::start().await?;
    for to in ["rcpt-drop@example.com", "rcpt-stall@example.com"] {
        let sent = quick(&relay).send(&letter(to, ID)).await;
        assert!(matches!(sent, Sent::NotSent { .. }), "{to}: {sent:?}");
    }
    assert!(relay.kept()?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_connection_that_breaks_within_the_message_has_sent_nothing() -> Result<()> {
    let relay = Relay::start().await?;
    let sent = relay
        .server()
        .send(&large("content-drop@example.com"))
        .await;
    assert!(matches!(sent, Sent::NotSent { .. }), "{sent:?}");
    assert!(relay.kept()?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_dot_leaves_it_open() -> Result<()> {
    let relay = Relay::start().await?;
    for (to, is_kept) in [
        ("data-drop@example.com", false),
        ("kept-drop@example.com", true),
        ("kept-stall@example.com", true),
    ] {
        let id = format!("{}.mail.example", to.replace("example.com", "1"));
        let sent = quick(&relay).send(&letter(to, &id)).await;
        assert!(matches!(sent, Sent::Uncertain { .. }), "{to}: {sent:?}");
        assert_eq!(relay.kept()?.contains_key(&id), is_kept, "{to}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_or_says_nothing_has_taken_nothing() -> Result<()> {
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let absent = TcpListener::bind("127.0.0.1:0").await?;
    let ports = [silent.local_addr()?.port(), absent.local_addr()?.port()];
    drop(absent);
    for port in ports {
        let server = Server::new(ServerConfig {
            connect_timeout: Duration::from_millis(300),
            ..config(port)
        })?;
        let begun = tokio::time::Instant::now();
        let sent = server.send(&letter("person@example.com", ID)).await;
        assert!(matches!(sent, Sent::NotSent { .. }), "{sent:?}");
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
    Ok(())
}

#[tokio::test]
async fn an_accepted_message_arrives_byte_by_byte() -> Result<()> {
    let relay = Relay::start().await?;
    let server = relay.server();
    let dots = ".\n..\n...\n.leading\n\n.\nend .\n.";
    for (number, text) in [dots, "plain\n", "no end", "\n\n"].into_iter().enumerate() {
        let id = format!("{number}@mail.example");
        for html in [None, Some(dots)] {
            let id = format!("{}{id}", html.map_or("a", |_| "b"));
            let draft = Draft {
                text,
                html,
                ..draft("person@example.com", &id)
            };
            let letter = compose(&draft, "bounce@mail.example", None)?;
            let sent = server.send(&letter).await;
            assert!(is_accepted(&sent), "{sent:?}");
            assert_eq!(
                String::from_utf8(relay.mail(&id)?)?,
                String::from_utf8(letter.bytes().to_vec())?
            );
        }
    }
    let large = large("person@example.com");
    assert!(is_accepted(&server.send(&large).await));
    assert!(relay.mail(ID)? == large.bytes());
    Ok(())
}
