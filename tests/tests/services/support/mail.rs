//! A mail server in a process of its own, and messages that are sent through it.

use crate::support::{
    client::{do_work_of, master_key},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tessera_engine::{Engine, automation::Outgoing};
use tessera_mail::{Security, Server, ServerConfig};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// Where links in mail lead.
pub(crate) const PUBLIC_URL: &str = "https://tessera.example";

/// A mail server: see its script for what becomes of which recipient's mail.
pub(crate) struct Relay {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Relay {
    pub(crate) async fn start() -> Result<Self> {
        let folder = TempDir::new()?;
        let (child, port) = serve(folder.path(), 0).await?;
        Ok(Self {
            child,
            port,
            folder,
        })
    }

    /// Kills it, wherever it is, and starts another one in its place.
    pub(crate) async fn kill_and_restart(&mut self) -> Result<()> {
        self.child.kill().await?;
        (self.child, self.port) = serve(self.folder.path(), self.port).await?;
        Ok(())
    }

    /// Where it listens on this machine.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The files of the mails that it has taken.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in self.folder.path().read_dir()? {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == "eml") {
                files.push(path);
            }
        }
        Ok(files)
    }

    /// The engine of a tenant with this server as the way out.
    pub(crate) fn engine(&self, tenant: &Tenant) -> Result<Engine> {
        self.engine_to(tenant, self.port)
    }

    /// The same with another port, where nobody may listen.
    pub(crate) fn engine_to(&self, tenant: &Tenant, port: u16) -> Result<Engine> {
        let server = Server::new(ServerConfig {
            host: "127.0.0.1".to_owned(),
            port,
            security: Security::Plain,
            credentials: None,
            hello_name: "tessera.example".to_owned(),
            connect_timeout: Duration::from_secs(8),
            command_timeout: Duration::from_secs(8),
            max_connections: 4,
        })?;
        Ok(Engine {
            mail: Some(Arc::new(Outgoing {
                server,
                public_url: PUBLIC_URL.to_owned(),
            })),
            ..Engine::new(tenant.api.mirror.clone(), master_key(), None)
        })
    }

    /// The mails that it has taken, decoded as far as tests look at them.
    pub(crate) fn mails(&self) -> Result<Vec<String>> {
        let mut mails = Vec::new();
        for path in self.files()? {
            mails.push(decoded(&std::fs::read_to_string(path)?));
        }
        Ok(mails)
    }

    /// The only mail that it has taken.
    pub(crate) fn mail(&self) -> Result<String> {
        let mut mails = self.mails()?;
        ensure!(mails.len() == 1, "{} mails", mails.len());
        mails.pop().context("a mail")
    }
}

/// Starts the server on a port, or on any that is free; returns which.
async fn serve(folder: &Path, port: u16) -> Result<(Child, u16)> {
    let repository = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let python = repository.join("target/sdks/bin/python");
    ensure!(
        python.exists(),
        "{python:?} is not there: run scripts/setup-sdks"
    );
    let mut child = Command::new(python)
        .arg(repository.join("mail/tests/mail/python/server.py"))
        .arg(folder)
        .args(["--port", &port.to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let said = child.stdout.take().context("it has no output")?;
    let line = BufReader::new(said).lines().next_line().await?;
    let line = line.context("it has ended")?;
    let port = line.strip_prefix("port ").context("no port")?.parse()?;
    Ok((child, port))
}

/// A mail without the soft line breaks and marks of quoted-printable, and with folded headers in one line.
fn decoded(mail: &str) -> String {
    mail.replace("=\r\n", "")
        .replace("=3D", "=")
        .replace("\r\n ", " ")
}

/// A token in a mail: what follows on `before`.
pub(crate) fn token(mail: &str, before: &str) -> Result<String> {
    let (_, rest) = mail.split_once(before).context("no such link")?;
    Ok(rest.chars().take(32).collect())
}

/// States who mail comes from, once.
pub(crate) async fn sender(tenant: &Tenant) -> Result<()> {
    let body = json!({ "from_name": "Hashrate", "from_address": "news@hashrate.example" });
    let put = tenant
        .call(Method::PUT, "/v1/mail-sender", Some(&body))
        .await?;
    ensure!(put.status == StatusCode::OK, "{put:?}");
    Ok(())
}

/// A template of a mail, and what is different about this one.
pub(crate) fn template(name: &str, more: Value) -> Value {
    let mut template = json!({
        "name": name, "channel": "mail", "purpose": "service", "topic": "account",
        "on_uncertain": "resend", "default_locale": "en",
        "locales": { "en": {
            "subject": "Hello {{ person.first_name }}",
            "text": "Dear {{ person.first_name }}, read on: https://hashrate.example/docs",
            "html": "<p>Dear {{ person.first_name }}</p><a href=\"https://hashrate.example/docs?a=1&amp;b=2\">Docs</a>"
        } },
        "fallbacks": { "first_name": "friend" }
    });
    for (field, value) in more.as_object().into_iter().flatten() {
        template[field] = value.clone();
    }
    template
}

/// A template of marketing mail.
pub(crate) fn marketing(name: &str) -> Value {
    let texts = json!({ "en": {
        "subject": "News", "text": "News. Stop: {{ links.unsubscribe }}"
    } });
    let more = json!({ "purpose": "marketing", "topic": "news", "locales": texts });
    template(name, more)
}

/// Drafts a template and puts it in force.
pub(crate) async fn publish(tenant: &Tenant, template: &Value) -> Result<()> {
    let drafted = tenant.posted("/v1/templates", template).await?;
    let name = template["name"].as_str().context("a name")?;
    let version = &drafted["version"];
    let path = format!("/v1/templates/{name}/{version}/publish");
    let published = tenant.call(Method::POST, &path, None).await?;
    ensure!(published.status == StatusCode::NO_CONTENT, "{published:?}");
    Ok(())
}

/// A person with a proved address and these traits.
pub(crate) async fn person(tenant: &Tenant, email: &str, traits: Value) -> Result<String> {
    let body = json!({ "user_id": format!("user of {}", email.replace('@', " at ")), "email": email, "traits": traits });
    let identified = tenant.posted("/v1/identify", &body).await?;
    Ok(identified["person"]
        .as_str()
        .context("a person")?
        .to_owned())
}

/// Asks for a message; its id.
pub(crate) async fn send(tenant: &Tenant, person: &str, template: &str) -> Result<String> {
    let body = json!({ "person": person, "template": template });
    let sent = tenant.posted("/v1/messages", &body).await?;
    Ok(sent["id"].as_str().context("an id")?.to_owned())
}

/// A message.
pub(crate) async fn message(tenant: &Tenant, id: &str) -> Result<Value> {
    tenant.json(&format!("/v1/messages/{id}")).await
}

/// Status and reason of a message.
pub(crate) async fn outcome(tenant: &Tenant, id: &str) -> Result<(String, String)> {
    let message = message(tenant, id).await?;
    let text = |field: &str| message[field].as_str().unwrap_or_default().to_owned();
    Ok((text("status"), text("reason")))
}

/// What a message went through, in order.
pub(crate) async fn history(tenant: &Tenant, id: &str) -> Result<Vec<String>> {
    let message = message(tenant, id).await?;
    let history = message["history"].as_array().context("a history")?;
    let statuses = history.iter().map(|it| it["status"].as_str());
    Ok(statuses.flatten().map(str::to_owned).collect())
}

/// Sends what is due.
pub(crate) async fn deliver(engine: &Engine) -> Result<()> {
    let done = do_work_of(engine).await?;
    ensure!(done.failed == 0, "{done:?}");
    Ok(())
}

/// Makes what waits due.
pub(crate) async fn hurry(tenant: &Tenant) -> Result<()> {
    for change in [
        "update engine.outbound_message set due_at = now() where status = 'intended'",
        "update engine.work set due_at = now() where kind = 'send'",
    ] {
        sqlx::query(change).execute(&tenant.api.mirror).await?;
    }
    Ok(())
}
