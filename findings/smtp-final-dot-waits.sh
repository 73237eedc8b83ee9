#!/usr/bin/env bash
# lettre 0.11.23 (a Rust crate), 40 mails over one connection to a server on the same machine, by
# `AsyncSmtpConnection` with tokio 1. The server answers each command as soon as it has read it.
#
#   a connection that `connect_tokio1` opened takes 44 ms for a mail; one over a stream with TCP_NODELAY
#   (`connect_with_transport`) a quarter of a millisecond
#
# The crate writes the message and its final dot one after the other and leaves Nagle's algorithm on, so the dot
# waits until the server acknowledges the message; a server that has nothing to say yet puts that off (by 40 ms on
# Linux). The script fails when that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2024"

[dependencies]
lettre = { version = "=0.11.23", default-features = false, features = ["builder", "smtp-transport", "tokio1"] }
tokio = { version = "=1.54.1", features = ["full"] }
TOML
cat >src/main.rs <<'RUST'
use lettre::{
    address::Envelope,
    transport::smtp::{client::AsyncSmtpConnection, extension::ClientId},
};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

const MAILS: u32 = 40;

/// Takes mails, and never waits before it answers.
async fn serve(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 probe\r\n").await?;
    let (mut line, mut is_data) = (String::new(), false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer: &[u8] = match (is_data, line.trim_end()) {
            (true, ".") => b"250 taken\r\n",
            (true, _) => continue,
            (_, "DATA") => b"354 go on\r\n",
            (_, command) if command.starts_with("EHLO") => b"250 probe\r\n",
            _ => b"250 ok\r\n",
        };
        is_data = answer.starts_with(b"354");
        stream.write_all(answer).await?;
    }
}

async fn a_mail(mut connection: AsyncSmtpConnection) -> Duration {
    let address = |text: &str| text.parse().expect("an address");
    let envelope = Envelope::new(Some(address("a@example.com")), vec![address("b@example.com")]).expect("an envelope");
    let mail = format!("Subject: probe\r\n\r\n{}\r\n", "a line of text\r\n".repeat(50));
    let began = Instant::now();
    for _ in 0..MAILS {
        connection.send(&envelope, mail.as_bytes()).await.expect("it is taken");
    }
    began.elapsed() / MAILS
}

#[tokio::main]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    let hello = ClientId::Domain("probe.example.com".to_owned());
    let opened = AsyncSmtpConnection::connect_tokio1(at, None, &hello, None, None).await.expect("open");
    let by_lettre = a_mail(opened).await;
    let stream = TcpStream::connect(at).await.expect("a connection");
    stream.set_nodelay(true).expect("an option");
    let opened = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await.expect("open");
    let without_delay = a_mail(opened).await;
    println!("a mail, opened by lettre      {by_lettre:?}\na mail, with TCP_NODELAY      {without_delay:?}");
    if by_lettre < without_delay * 8 || by_lettre < Duration::from_millis(20) {
        eprintln!("changed");
        std::process::exit(1);
    }
}
RUST
CARGO_TARGET_DIR="$work/target" cargo run --quiet
