//! A real browser, driven over `WebDriver`, and a site whose pages it looks at: another origin than the
//! API's, by its port.
//!
//! The crates that speak `WebDriver` change the features of others that the product is built with; of the
//! protocol, these tests need four requests.

use super::{client::state_of, tenant::Tenant};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    http::{StatusCode, Uri, header},
    response::IntoResponse,
};
use reqwest::Client;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;
use tessera_api::ApiConfig;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// No sandbox, since tests may run as root, and nothing that asks its maker's servers.
const ARGUMENTS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
];
const STARTED: &str = "was started successfully on port ";

/// A browser with an empty profile.
pub(crate) struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
    client: Client,
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn start() -> Result<Self> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("scripts/setup test installs chromedriver")?;
        let mut lines = BufReader::new(driver.stdout.take().context("piped")?).lines();
        let port = loop {
            let line = lines.next().context("chromedriver ended")??;
            if let Some((_, port)) = line.split_once(STARTED) {
                break port.trim_end_matches('.').parse()?;
            }
        };
        let profile = TempDir::new()?;
        let folder = format!("--user-data-dir={}", profile.path().display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([folder.as_str()]).collect();
        let mut browser = Self {
            driver,
            address: (Ipv4Addr::LOCALHOST, port).into(),
            session: String::new(),
            client: Client::new(),
            _profile: profile,
        };
        let wanted =
            json!({ "browserName": "chrome", "goog:chromeOptions": { "args": arguments } });
        let opened = browser
            .ask("", &json!({ "capabilities": { "alwaysMatch": wanted } }))
            .await?;
        let session = opened["sessionId"].as_str().context("a session")?;
        browser.session = format!("/{session}");
        Ok(browser)
    }

    async fn ask(&self, command: &str, body: &Value) -> Result<Value> {
        let url = format!("http://{}/session{}{command}", self.address, self.session);
        let answer = self.client.post(url).json(body).send().await?;
        let status = answer.status();
        let mut answer: Value = answer.json().await?;
        ensure!(status.is_success(), "{command} {body}: {answer}");
        Ok(answer["value"].take())
    }

    /// Opens a page, and waits until it is loaded.
    pub(crate) async fn open(&self, url: &str) -> Result<()> {
        self.ask("/url", &json!({ "url": url })).await?;
        Ok(())
    }

    /// What a script of the page returns, or what its promise comes to.
    pub(crate) async fn run(&self, script: &str) -> Result<Value> {
        let body = json!({ "script": script, "args": [] });
        self.ask("/execute/sync", &body).await
    }

    /// Types into a field.
    pub(crate) async fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        self.element(selector, "value", json!({ "text": text }))
            .await
    }

    /// Clicks as a visitor does.
    pub(crate) async fn click(&self, selector: &str) -> Result<()> {
        self.element(selector, "click", json!({})).await
    }

    async fn element(&self, selector: &str, act: &str, body: Value) -> Result<()> {
        let wanted = json!({ "using": "css selector", "value": selector });
        let found = self.ask("/element", &wanted).await?;
        let ids = found.as_object().context("an element")?;
        let id = ids.values().next().and_then(Value::as_str);
        let command = format!("/element/{}/{act}", id.context("an id")?);
        self.ask(&command, &body).await?;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser; the driver alone would leave it behind.
        let end = || -> std::io::Result<()> {
            let mut stream = TcpStream::connect(self.address)?;
            let (host, session) = (self.address, &self.session);
            let request = format!(
                "DELETE /session{session} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(request.as_bytes())?;
            stream.read_exact(&mut [0])?;
            Ok(())
        };
        // Where that fails, it has ended already.
        let _ = end();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The API of an organisation on a socket; its address, and what ends it.
pub(crate) async fn serve(tenant: &Tenant) -> Result<(String, DropGuard)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let config = ApiConfig {
        public_url: address.clone(),
        ..ApiConfig::default()
    };
    let state = state_of(&tenant.api.url, config, 2)?;
    let cancel = CancellationToken::new();
    tokio::spawn(tessera_api::serve(listener, state, cancel.clone()));
    Ok((address, cancel.drop_guard()))
}

/// Serves pages and scripts by their paths; returns its origin.
pub(crate) async fn site(files: BTreeMap<&'static str, String>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let app = Router::new().fallback(async move |uri: Uri| {
        let kind = if uri.path().ends_with(".js") {
            "text/javascript"
        } else {
            "text/html; charset=utf-8"
        };
        match files.get(uri.path()) {
            Some(file) => ([(header::CONTENT_TYPE, kind)], file.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(origin)
}
