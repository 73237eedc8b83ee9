//! The sink: a server that keeps mail and sends none on.

use crate::support::{config, draft, is_accepted, letter};
use anyhow::{Context, Result};
use std::path::Path;
use tempfile::TempDir;
use tessera_mail::{Draft, Server, Sink, SinkConfig, compose};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};

const KEEP: usize = 3;

async fn sink(folder: &Path) -> Result<(u16, JoinHandle<std::io::Result<()>>)> {
    let sink = Sink::open(SinkConfig {
        port: 0,
        folder: folder.join("mail"),
        keep: KEEP,
    })
    .await?;
    let address = sink.address()?;
    assert!(address.ip().is_loopback());
    Ok((address.port(), tokio::spawn(sink.run())))
}

/// The kept mails, the oldest first.
fn kept(folder: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in folder.join("mail").read_dir()? {
        paths.push(entry?.path());
    }
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read_to_string(path).context("unreadable"))
        .collect()
}

/// What a session answers, the first character of each line.
async fn session(port: u16, commands: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(commands.as_bytes()).await?;
    stream.shutdown().await?;
    let mut said = String::new();
    stream.read_to_string(&mut said).await?;
    Ok(said
        .lines()
        .map(|line| &line[..3])
        .collect::<Vec<_>>()
        .join(" "))
}

#[tokio::test]
async fn what_is_sent_is_kept_as_it_was_below_its_envelope() -> Result<()> {
    let folder = TempDir::new()?;
    let (port, _running) = sink(folder.path()).await?;
    let server = Server::new(config(port))?;
    let text = ".\n..\n.end\nRCPT TO:<evil@example.com>\n";
    let draft = Draft {
        text,
        ..draft("person@example.com", "1@mail.example")
    };
    let letter = compose(&draft, "bounce+7hJ2k@mail.example", None)?;
    let sent = server.send(&letter).await;
    assert!(is_accepted(&sent), "{sent:?}");
    let expected = format!(
        "Return-Path: <bounce+7hJ2k@mail.example>\r\nDelivered-To: person@example.com\r\n{}",
        std::str::from_utf8(letter.bytes())?
    );
    assert_eq!(kept(folder.path())?, [expected]);
    Ok(())
}

#[tokio::test]
async fn only_the_latest_are_kept() -> Result<()> {
    let folder = TempDir::new()?;
    let (port, _running) = sink(folder.path()).await?;
    let server = Server::new(config(port))?;
    for number in 0..7 {
        let sent = server
            .send(&letter("person@example.com", &format!("{number}@a")))
            .await;
        assert!(is_accepted(&sent), "{sent:?}");
    }
    let kept = kept(folder.path())?;
    assert_eq!(kept.len(), KEEP);
    for (mail, number) in kept.iter().zip(4..) {
        assert!(mail.contains(&format!("Message-ID: <{number}@a>")));
    }
    Ok(())
}

#[tokio::test]
async fn commands_out_of_order_or_unknown_are_refused() -> Result<()> {
    let folder = TempDir::new()?;
    let (port, _running) = sink(folder.path()).await?;
    let said = session(
        port,
        "RCPT TO:<a@b>\r\nDATA\r\nNOOP\r\nAUTH PLAIN AAAA\r\nmail from:<>\r\nMAIL FROM:<a@b>\r\n\
         RCPT TO:<a>\r\nRCPT TO:a@b\r\nrcpt to:<a@b>\r\nRSET\r\nRCPT TO:<a@b>\r\nQUIT\r\n",
    )
    .await?;
    assert_eq!(said, "220 503 503 250 500 250 503 501 501 250 250 503 221");
    let said = session(port, &"NONSENSE\r\n".repeat(30)).await?;
    assert!(said.ends_with("500 421"), "{said}");
    assert!(kept(folder.path())?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_line_that_ends_without_crlf_ends_the_session() -> Result<()> {
    let folder = TempDir::new()?;
    let (port, _running) = sink(folder.path()).await?;
    for end in ["\n", "\r"] {
        let said = session(
            port,
            &format!(
                "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\nDATA\r\nSubject: a\r\n\r\na{end}b\r\n.\r\nQUIT\r\n"
            ),
        )
        .await?;
        assert_eq!(said, "220 250 250 250 250 250 250 354 500", "{end:?}");
    }
    assert!(kept(folder.path())?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_the_session_goes_on() -> Result<()> {
    let folder = TempDir::new()?;
    let (port, _running) = sink(folder.path()).await?;
    let line = format!("{}\r\n", "a".repeat(998));
    let huge = line.repeat((8 << 20) / line.len() + 1);
    let said = session(
        port,
        &format!(
            "MAIL FROM:<a@b> SIZE=9000000\r\nMAIL FROM:<a@b> SIZE=5\r\nRCPT TO:<a@b>\r\nDATA\r\n\
             {huge}.\r\nNOOP\r\nQUIT\r\n"
        ),
    )
    .await?;
    assert_eq!(said, "220 552 250 250 354 552 250 221");
    let said = session(port, &format!("NOOP {}\r\n", "a".repeat(2_000))).await?;
    assert_eq!(said, "220 500");
    assert!(kept(folder.path())?.is_empty());
    Ok(())
}
