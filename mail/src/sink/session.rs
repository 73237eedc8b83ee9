//! A client's session: the commands of RFC 5321 that a mail needs.

use super::{
    folder::Folder,
    lines::{Line, Lines},
};
use std::io;
use tokio::net::TcpStream;

/// Bytes of a message.
const MOST_OF_MESSAGE: usize = 8 << 20;
const MOST_RECIPIENTS: usize = 100;
/// Commands that are wrong before the session ends.
const MOST_MISTAKES: usize = 20;

/// What a client said of the message to come.
#[derive(Default)]
struct Envelope {
    from: Option<String>,
    to: Vec<String>,
}

enum Message {
    Whole(Vec<u8>),
    TooLarge,
    Broken,
}

pub(super) async fn serve(stream: TcpStream, folder: &Folder) -> io::Result<()> {
    let mut lines = Lines::new(stream)?;
    lines
        .say("220 localhost keeps mail and sends none on")
        .await?;
    let mut envelope = Envelope::default();
    let mut mistakes = 0;
    while mistakes < MOST_MISTAKES {
        let line = match lines.next().await? {
            Line::Whole(line) => line,
            Line::Broken => return lines.say("500 this is no line").await,
            Line::Closed => return Ok(()),
        };
        let line = String::from_utf8_lossy(&line).into_owned();
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match &verb.to_ascii_uppercase()[..] {
            "QUIT" => return lines.say("221 goodbye").await,
            "DATA" if !envelope.to.is_empty() => {
                lines.say("354 go ahead").await?;
                let said = take(&mut lines, &std::mem::take(&mut envelope), folder).await?;
                lines.say(said).await?;
                if said.starts_with("500") {
                    return Ok(());
                }
            }
            verb => {
                let said = envelope.answer(verb, rest);
                mistakes += usize::from(said.starts_with('5'));
                lines.say(&said).await?;
            }
        }
    }
    lines.say("421 too many mistakes").await
}

/// Takes a message in and says what became of it.
async fn take(lines: &mut Lines, envelope: &Envelope, folder: &Folder) -> io::Result<&'static str> {
    Ok(match message(lines, envelope).await? {
        Message::Whole(mail) => match folder.store(&mail).await {
            Ok(()) => "250 kept",
            Err(_) => "451 the folder cannot be written to",
        },
        Message::TooLarge => "552 the message is too large",
        Message::Broken => "500 this is no line",
    })
}

/// The message as a file: what a mail program shows, below the envelope.
async fn message(lines: &mut Lines, envelope: &Envelope) -> io::Result<Message> {
    let mut mail = envelope.headers().into_bytes();
    let most = mail.len() + MOST_OF_MESSAGE;
    loop {
        let line = match lines.next().await? {
            Line::Whole(line) => line,
            Line::Broken => return Ok(Message::Broken),
            Line::Closed => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        if line == b"." {
            break;
        }
        if mail.len() <= most {
            mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            mail.extend_from_slice(b"\r\n");
        }
    }
    Ok(if mail.len() <= most {
        Message::Whole(mail)
    } else {
        Message::TooLarge
    })
}

impl Envelope {
    fn answer(&mut self, verb: &str, rest: &str) -> String {
        match verb {
            "EHLO" => {
                *self = Self::default();
                format!(
                    "250-localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE {MOST_OF_MESSAGE}"
                )
            }
            "HELO" | "RSET" => {
                *self = Self::default();
                "250 localhost".into()
            }
            "NOOP" => "250 still here".into(),
            "VRFY" => "252 mail for anybody is kept".into(),
            "MAIL" => self.mail(rest).into(),
            "RCPT" => self.rcpt(rest).into(),
            "DATA" => "503 who is it for?".into(),
            _ => "500 this command is not known".into(),
        }
    }

    fn mail(&mut self, rest: &str) -> &'static str {
        let Some((from, parameters)) = path(rest, "FROM:") else {
            return "501 say MAIL FROM:<address>";
        };
        if self.from.is_some() {
            return "503 one message at a time";
        }
        for parameter in parameters.split_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match &name.to_ascii_uppercase()[..] {
                "SIZE"
                    if value
                        .parse()
                        .is_ok_and(|size: usize| size <= MOST_OF_MESSAGE) => {}
                "SIZE" => return "552 the message is too large",
                "BODY" => {}
                _ => return "555 this parameter is not known",
            }
        }
        self.from = Some(from.to_owned());
        "250 from them"
    }

    fn rcpt(&mut self, rest: &str) -> &'static str {
        match path(rest, "TO:") {
            _ if self.from.is_none() => "503 who is it from?",
            Some((to, "")) if to.contains('@') => {
                if self.to.len() == MOST_RECIPIENTS {
                    return "452 too many recipients";
                }
                self.to.push(to.to_owned());
                "250 for them"
            }
            _ => "501 say RCPT TO:<address>",
        }
    }

    fn headers(&self) -> String {
        let from = self.from.as_deref().unwrap_or_default();
        let mut headers = format!("Return-Path: <{from}>\r\n");
        for to in &self.to {
            headers += &format!("Delivered-To: {to}\r\n");
        }
        headers
    }
}

/// The address between angle brackets, and what follows.
fn path<'a>(rest: &'a str, before: &str) -> Option<(&'a str, &'a str)> {
    let (said, rest) = rest.split_at_checked(before.len())?;
    let (address, parameters) = rest.strip_prefix('<')?.split_once('>')?;
    let is_path = said.eq_ignore_ascii_case(before)
        && address.len() <= 256
        && !address.contains(|c: char| c.is_control() || c.is_whitespace());
    is_path.then_some((address, parameters.trim()))
}
