//! Passwords and private keys stand nowhere where they could be logged.

use crate::support::{DOMAIN, KEY, Relay, SELECTOR, letter};
use anyhow::Result;
use tessera_mail::{Sent, Server, ServerConfig, Signer};

const PASSWORD: &str = "correct horse battery staple";

#[tokio::test]
async fn a_password_is_neither_shown_nor_repeated() -> Result<()> {
    let relay = Relay::start_with(&["--user", "acme:else"]).await?;
    let config = ServerConfig {
        credentials: Some(("acme".into(), PASSWORD.into())),
        ..relay.config()
    };
    let shown = format!("{config:?}");
    let server = Server::new(config)?;
    let Sent::NotSent { reason } = server.send(&letter("person@example.com", "1@a")).await else {
        panic!();
    };
    for shown in [shown, format!("{server:?}"), reason] {
        assert!(
            !shown.contains("horse") && !shown.contains("acme"),
            "{shown}"
        );
    }
    Ok(())
}

#[test]
fn a_key_is_neither_shown_nor_repeated() {
    let (pem, signer) = &*KEY;
    let line = pem.lines().nth(3).unwrap();
    let broken = pem.replacen(&line[..8], "AAAAAAAA", 1);
    let cut = &pem[..pem.len() / 2];
    for pem in [
        &broken[..],
        cut,
        "",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ] {
        let error = Signer::from_pem(DOMAIN, SELECTOR, pem).unwrap_err();
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(!shown.contains(&line[10..30]), "{shown}");
        }
    }
    assert!(!format!("{signer:?}").contains("key"));
    let letter = letter("person@example.com", "1@mail.example");
    assert!(!format!("{letter:?}").contains("person"));
}
