//! What several files play with: servers in processes of their own, drafts, keys.

use anyhow::{Context, Result, ensure};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    sync::LazyLock,
    time::Duration,
};
use tempfile::TempDir;
use tessera_mail::{
    Draft, Letter, Mailbox, Security, Sent, Server, ServerConfig, Signer, Unsubscribe, compose,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

pub(crate) const DOMAIN: &str = "mail.example";
pub(crate) const SELECTOR: &str = "tessera";

/// A key, made once: that takes a while.
pub(crate) static KEY: LazyLock<(String, Signer)> =
    LazyLock::new(|| Signer::generate_rsa(DOMAIN, SELECTOR).unwrap());

/// A script of ours with the Python that `scripts/setup test` installs packages for.
pub(crate) fn python(script: &str) -> Result<Command> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = here.join("../target/sdks/bin/python");
    ensure!(
        python.exists(),
        "{python:?} is not there: run scripts/setup-sdks"
    );
    let mut command = Command::new(python);
    command
        .arg(here.join("tests/mail/python").join(script))
        .kill_on_drop(true);
    Ok(command)
}

/// Starts a script that prints its port once it listens.
pub(crate) async fn listening(mut command: Command) -> Result<(Child, u16)> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let said = child.stdout.take().context("it has no output")?;
    let mut lines = BufReader::new(said).lines();
    let line = lines.next_line().await?.context("it has ended")?;
    let port = line.strip_prefix("port ").context("no port")?.parse()?;
    Ok((child, port))
}

/// aiosmtpd in a process of its own.
pub(crate) struct Relay {
    child: Child,
    pub(crate) port: u16,
    options: Vec<String>,
    folder: TempDir,
}

impl Relay {
    pub(crate) async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(options: &[&str]) -> Result<Self> {
        let options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
        let folder = TempDir::new()?;
        let (child, port) = listening(Self::command(folder.path(), &options, 0)?).await?;
        Ok(Self {
            child,
            port,
            options,
            folder,
        })
    }

    fn command(folder: &Path, options: &[String], port: u16) -> Result<Command> {
        let mut command = python("server.py")?;
        command
            .arg(folder)
            .args(["--port", &port.to_string()])
            .args(options);
        Ok(command)
    }

    /// Ends the process as a crash does.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Starts another one at the same port.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        let command = Self::command(self.folder.path(), &self.options, self.port)?;
        (self.child, _) = listening(command).await?;
        Ok(())
    }

    pub(crate) fn config(&self) -> ServerConfig {
        config(self.port)
    }

    pub(crate) fn server(&self) -> Server {
        Server::new(self.config()).unwrap()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// How many files there are of each Message-ID.
    pub(crate) fn kept(&self) -> Result<BTreeMap<String, usize>> {
        let mut kept = BTreeMap::new();
        for entry in self.folder.path().read_dir()? {
            let name = entry?.file_name().into_string().unwrap();
            if let Some((message_id, rest)) = name.split_once("--")
                && rest.ends_with(".eml")
            {
                *kept.entry(message_id.to_owned()).or_default() += 1;
            }
        }
        Ok(kept)
    }

    /// The bytes of the only mail with this Message-ID, without the line that the server put before them.
    pub(crate) fn mail(&self, message_id: &str) -> Result<Vec<u8>> {
        let entry = self
            .folder
            .path()
            .read_dir()?
            .filter_map(Result::ok)
            .find(|entry| {
                let name = entry.file_name().into_string().unwrap();
                name.starts_with(&format!("{message_id}--")) && name.ends_with(".eml")
            })
            .context("it is not there")?;
        let kept = std::fs::read(entry.path())?;
        let end = kept
            .iter()
            .position(|byte| *byte == b'\n')
            .context("no line")?;
        Ok(kept[end + 1..].to_vec())
    }
}

pub(crate) fn config(port: u16) -> ServerConfig {
    ServerConfig {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::Plain,
        credentials: None,
        hello_name: DOMAIN.to_owned(),
        connect_timeout: Duration::from_secs(20),
        command_timeout: Duration::from_secs(20),
        max_connections: 4,
    }
}

/// A draft that keeps every rule.
pub(crate) fn draft<'a>(to: &'a str, message_id: &'a str) -> Draft<'a> {
    Draft {
        from: Mailbox {
            name: Some("Acme"),
            address: "news@mail.example",
        },
        reply_to: None,
        to,
        subject: "Your plan",
        text: "Hello,\n\nyour plan is renewed.\n",
        html: Some("<p>Hello,</p>\n<p>your plan is renewed.</p>\n"),
        message_id,
        date_unix_secs: 1_790_000_000,
        unsubscribe: Some(Unsubscribe {
            https_url: "https://mail.example/u/7hJ2k",
            mailto: Some("stop+7hJ2k@mail.example"),
        }),
        feedback_id: Some("renewal:acme:marketing:tessera"),
        auto_submitted: true,
    }
}

pub(crate) fn letter(to: &str, message_id: &str) -> Letter {
    compose(&draft(to, message_id), "bounce+7hJ2k@mail.example", None).unwrap()
}

pub(crate) fn is_accepted(sent: &Sent) -> bool {
    matches!(sent, Sent::Accepted { .. })
}
