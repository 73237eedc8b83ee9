//! Inboxes that are watched over a socket: everything comes, once, to those whose it is.

use crate::support::{
    client::state_of,
    mail::{deliver, hurry, publish, send, template},
    tenant::{Tenant, call, sign_in},
};
use anyhow::{Context, Result, ensure};
use axum::http::Method;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tessera_api::ApiConfig;
use tessera_domain::people::{Identifier, IdentifierKind};
use tessera_engine::{Engine, automation::inbox_streams::InboxStreamLimits};
use tessera_store::{
    automation::inbox_stream::{InboxListener, InboxOwner},
    people::person::IdentifierKey,
};
use tessera_tests::eventually;
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long something may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// The API of a tenant on a socket, with one connection to read inboxes by.
struct Server {
    tenant: Tenant,
    address: SocketAddr,
    client: Client,
    cancel: CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Server {
    async fn start(config: ApiConfig) -> Result<Self> {
        let tenant = Tenant::open().await?;
        let state = state_of(&tenant.api.url, config, 2)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let cancel = CancellationToken::new();
        tokio::spawn(tessera_api::serve(listener, state, cancel.clone()));
        Ok(Self {
            tenant,
            address,
            client: Client::builder().no_proxy().build()?,
            cancel,
        })
    }

    fn get(&self, token: &str, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.client.get(url).bearer_auth(token)
    }

    /// Asks to watch the inbox of a user.
    async fn ask(&self, user: &str, seen: Option<&str>) -> Result<Response> {
        self.ask_as(&self.tenant, user, seen).await
    }

    async fn ask_as(&self, tenant: &Tenant, user: &str, seen: Option<&str>) -> Result<Response> {
        let path = format!("/v1/inbox/events?user_id={user}");
        let mut request = self.get(&tenant.admin_key, &path);
        if let Some(seen) = seen {
            request = request.header("last-event-id", seen);
        }
        Ok(request.send().await?)
    }

    /// Watches the inbox of a user, from where the start is.
    async fn watch(&self, user: &str, seen: Option<&str>) -> Result<Watch> {
        Watch::of(self.ask(user, seen).await?).await
    }
}

/// An event as it comes.
#[derive(Debug)]
struct Seen {
    id: String,
    name: String,
    data: Value,
}

/// One who watches.
struct Watch {
    response: Response,
    read: String,
    start: String,
}

impl Watch {
    async fn of(response: Response) -> Result<Self> {
        ensure!(response.status() == StatusCode::OK, "{response:?}");
        let header = |name: &str| response.headers().get(name).cloned();
        ensure!(header("content-type").is_some_and(|it| it == "text/event-stream"));
        ensure!(header("content-encoding").is_none());
        ensure!(header("x-accel-buffering").is_some_and(|it| it == "no"));
        let mut watch = Self {
            response,
            read: String::new(),
            start: String::new(),
        };
        let start = watch.next().await?.context("a start")?;
        ensure!(start.name == "start", "{start:?}");
        watch.start = start.id;
        Ok(watch)
    }

    /// The next event; none when it has ended.
    async fn next(&mut self) -> Result<Option<Seen>> {
        timeout(PATIENCE, async {
            loop {
                while let Some((event, rest)) = self.read.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.read = rest;
                    let field = |name: &str| {
                        let value = event.lines().find_map(|line| line.strip_prefix(name));
                        value.map(|it| it.trim_start().to_owned())
                    };
                    if let Some(id) = field("id:") {
                        return Ok(Some(Seen {
                            id,
                            name: field("event:").unwrap_or_default(),
                            data: serde_json::from_str(&field("data:").context("data")?)?,
                        }));
                    }
                }
                match self.response.chunk().await? {
                    Some(chunk) => self.read.push_str(std::str::from_utf8(&chunk)?),
                    None => return Ok(None),
                }
            }
        })
        .await
        .context("nothing came")?
    }

    /// The message that comes next.
    async fn message(&mut self) -> Result<Seen> {
        let seen = self.next().await?.context("it has ended")?;
        ensure!(
            seen.name.is_empty() && seen.data["id"] == seen.id,
            "{seen:?}"
        );
        Ok(seen)
    }
}

fn limits(inbox_streams: InboxStreamLimits) -> ApiConfig {
    ApiConfig {
        inbox_streams,
        ..ApiConfig::default()
    }
}

fn engine(tenant: &Tenant) -> Engine {
    let key = crate::support::client::master_key();
    Engine::new(tenant.api.mirror.clone(), key, None)
}

/// By what the inbox of a user is watched.
async fn owner(tenant: &Tenant, user: &str) -> Result<InboxOwner> {
    let digests = crate::support::client::master_key().digest_key(tenant.organisation().await?.0);
    let user = Identifier::parse(IdentifierKind::User, user)?;
    Ok(InboxOwner::of(&IdentifierKey::of(&user, &digests).digest))
}

async fn note(tenant: &Tenant, name: &str, body: &str) -> Result<()> {
    let texts = json!({ "en": { "title": "Hello", "body": body } });
    let more = json!({ "channel": "inbox", "locales": texts, "fallbacks": {} });
    publish(tenant, &template(name, more)).await
}

/// A server with users and something to say to them.
async fn open(users: &[&str]) -> Result<(Server, Vec<String>)> {
    open_with(ApiConfig::default(), users).await
}

async fn open_with(config: ApiConfig, users: &[&str]) -> Result<(Server, Vec<String>)> {
    let server = Server::start(config).await?;
    note(&server.tenant, "note", "Read this.").await?;
    let mut people = Vec::new();
    for user in users {
        let known = json!({ "user_id": user });
        let known = server.tenant.posted("/v1/identify", &known).await?;
        people.push(known["person"].as_str().context("a person")?.to_owned());
    }
    Ok((server, people))
}

#[tokio::test]
async fn nobody_watches_what_they_may_not_read_or_from_where_there_is_nothing() -> Result<()> {
    let (server, people) = open(&["ada", "bob"]).await?;
    let reader = server.tenant.key("read").await?;
    let path = "/v1/inbox/events?user_id=ada";
    let refused = server.get(&reader, path).send().await?;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let refused = server.get("nobody", path).send().await?;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let of_bob = send(&server.tenant, &people[1], "note").await?;
    deliver(&engine(&server.tenant)).await?;
    for seen in ["yesterday", &of_bob, &Uuid::now_v7().to_string()] {
        let refused = server.ask("ada", Some(seen)).await?;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        let problem: Value = refused.json().await?;
        assert_eq!(problem["errors"][0]["field"], "Last-Event-ID", "{problem}");
    }
    Ok(())
}

#[tokio::test]
async fn a_message_comes_when_it_is_delivered_and_to_nobody_else() -> Result<()> {
    let (server, people) = open(&["ada", "bob"]).await?;
    let mut ada = server.watch("ada", None).await?;
    let mut bob = server.watch("bob", None).await?;
    assert_eq!(ada.start, Uuid::nil().to_string());
    let first = send(&server.tenant, &people[0], "note").await?;
    deliver(&engine(&server.tenant)).await?;
    let seen = ada.message().await?;
    assert_eq!(seen.id, first);
    assert_eq!(seen.data["body"], "Read this.");
    let listed = server.tenant.json("/v1/inbox?user_id=ada").await?;
    assert_eq!(listed["data"][0], seen.data);
    let second = send(&server.tenant, &people[1], "note").await?;
    deliver(&engine(&server.tenant)).await?;
    assert_eq!(bob.message().await?.id, second);
    Ok(())
}

#[tokio::test]
async fn a_wallet_watches_its_own_before_anything_is_known_of_it() -> Result<()> {
    let (server, _) = open(&[]).await?;
    let wallet = Keypair::new();
    let session = sign_in(&server.tenant.api, &wallet, Some(&server.tenant.org())).await?;
    let other = server.get(&session, "/v1/inbox/events?user_id=ada");
    assert_eq!(other.send().await?.status(), StatusCode::BAD_REQUEST);
    let asked = server.get(&session, "/v1/inbox/events").send().await?;
    let mut own = Watch::of(asked).await?;
    let api = &server.tenant.api;
    let known = call(
        api,
        Method::POST,
        "/v1/identify",
        &session,
        Some(&json!({})),
    )
    .await?;
    let person = known.json()?["person"].clone();
    let id = send(&server.tenant, person.as_str().context("an id")?, "note").await?;
    deliver(&engine(&server.tenant)).await?;
    assert_eq!(own.message().await?.id, id);
    Ok(())
}

#[tokio::test]
async fn whoever_comes_back_gets_what_came_meanwhile_also_what_was_asked_for_before() -> Result<()>
{
    let (server, people) = open(&["ada"]).await?;
    let tenant = &server.tenant;
    let watch = server.watch("ada", None).await?;
    let start = watch.start.clone();
    drop(watch);
    // Asked for first, and delivered last: its id is the lower one.
    let early = send(tenant, &people[0], "note").await?;
    sqlx::query("update engine.outbound_message set due_at = now() + interval '1 hour'")
        .execute(&tenant.api.mirror)
        .await?;
    let late = send(tenant, &people[0], "note").await?;
    deliver(&engine(tenant)).await?;
    let mut watch = server.watch("ada", Some(&start)).await?;
    assert_eq!(watch.message().await?.id, late);
    drop(watch);
    hurry(tenant).await?;
    deliver(&engine(tenant)).await?;
    assert!(early < late);
    let mut watch = server.watch("ada", Some(&late)).await?;
    assert_eq!(watch.start, late);
    assert_eq!(watch.message().await?.id, early);
    // The nil id is before everything, and no id is behind it.
    let mut whole = server.watch("ada", Some(&Uuid::nil().to_string())).await?;
    assert_eq!(whole.message().await?.id, late);
    assert_eq!(whole.message().await?.id, early);
    assert_eq!(server.watch("ada", None).await?.start, early);
    Ok(())
}

#[tokio::test]
async fn an_erasure_ends_it() -> Result<()> {
    let (server, people) = open(&["ada", "bob"]).await?;
    send(&server.tenant, &people[0], "note").await?;
    deliver(&engine(&server.tenant)).await?;
    let nil = Uuid::nil().to_string();
    let mut ada = server.watch("ada", Some(&nil)).await?;
    let mut bob = server.watch("bob", None).await?;
    ada.message().await?;
    // The watchers' own listener also wakes them when it has connected, which may be as late as the erasure.
    let mut notices = InboxListener::new(&server.tenant.api.mirror).await?;
    let owner = owner(&server.tenant, "ada").await?;
    let path = format!("/v1/persons/{}", people[0]);
    server.tenant.call(Method::DELETE, &path, None).await?;
    let heard = timeout(PATIENCE, notices.heard()).await;
    assert_eq!(heard.context("no notice came")??, Some(owner));
    assert!(ada.next().await?.is_none());
    let id = send(&server.tenant, &people[1], "note").await?;
    deliver(&engine(&server.tenant)).await?;
    assert_eq!(bob.message().await?.id, id);
    // Nothing is left to come back to.
    let mut again = server.watch("ada", Some(&nil)).await?;
    assert_eq!(again.start, nil);
    assert!(
        timeout(Duration::from_millis(300), again.next())
            .await
            .is_err()
    );
    Ok(())
}

#[tokio::test]
async fn too_many_are_refused_and_a_place_that_is_left_is_free() -> Result<()> {
    let config = limits(InboxStreamLimits {
        process: 4,
        organisation: 3,
        inbox: 2,
        lifetime: Duration::from_secs(60),
    });
    let (server, _) = open_with(config, &["ada", "bob"]).await?;
    let refused = async |tenant: &Tenant, user: &str, status: StatusCode| {
        let refused = server.ask_as(tenant, user, None).await?;
        ensure!(refused.status() == status, "{refused:?}");
        ensure!(refused.headers().contains_key("retry-after"));
        let problem: Value = refused.json().await?;
        ensure!(problem["status"] == status.as_u16(), "{problem}");
        anyhow::Ok(())
    };
    let tenant = &server.tenant;
    let (_first, second) = (
        server.watch("ada", None).await?,
        server.watch("ada", None).await?,
    );
    refused(tenant, "ada", StatusCode::TOO_MANY_REQUESTS).await?;
    let _third = server.watch("bob", None).await?;
    refused(tenant, "bob", StatusCode::TOO_MANY_REQUESTS).await?;
    let other = Tenant::join(Arc::clone(&tenant.api), 2).await?;
    let _fourth = Watch::of(server.ask_as(&other, "ada", None).await?).await?;
    refused(&other, "bob", StatusCode::SERVICE_UNAVAILABLE).await?;
    drop(second);
    eventually(PATIENCE, async || {
        let asked = server.ask("ada", None).await?;
        Ok(match asked.status() {
            StatusCode::OK => Ok(()),
            status => Err(format!("still {status}")),
        })
    })
    .await
}

#[tokio::test]
async fn it_outlives_the_limit_of_a_request_and_ends_in_its_time() -> Result<()> {
    let lifetime = Duration::from_secs(3);
    let config = ApiConfig {
        request_timeout: Duration::from_secs(1),
        ..limits(InboxStreamLimits {
            lifetime,
            ..InboxStreamLimits::default()
        })
    };
    let (server, _) = open_with(config, &["ada"]).await?;
    let begun = Instant::now();
    let mut ada = server.watch("ada", None).await?;
    assert!(ada.next().await?.is_none());
    assert!(begun.elapsed() >= lifetime);
    Ok(())
}

#[tokio::test]
async fn a_reader_that_does_not_read_stops_nobody_and_keeps_no_place() -> Result<()> {
    let config = limits(InboxStreamLimits {
        inbox: 1,
        lifetime: Duration::from_secs(5),
        ..InboxStreamLimits::default()
    });
    let (server, people) = open_with(config, &["ada", "bob"]).await?;
    let tenant = &server.tenant;
    note(tenant, "long", &"A long story. ".repeat(4_000)).await?;
    // More than sockets take.
    let asked = server.ask("ada", None).await?;
    for _ in 0..300 {
        send(tenant, &people[0], "long").await?;
    }
    deliver(&engine(tenant)).await?;
    let mut bob = server.watch("bob", None).await?;
    let id = send(tenant, &people[1], "note").await?;
    deliver(&engine(tenant)).await?;
    assert_eq!(bob.message().await?.id, id);
    // Its place is free when its time is over, whether it reads or not.
    eventually(PATIENCE, async || {
        let asked = server.ask("ada", None).await?;
        Ok(match asked.status() {
            StatusCode::OK => Ok(()),
            status => Err(format!("still {status}")),
        })
    })
    .await?;
    drop(asked);
    Ok(())
}

#[tokio::test]
async fn who_waits_holds_no_connection_and_one_listens_for_all() -> Result<()> {
    let (server, people) = open(&["ada"]).await?;
    let tenant = &server.tenant;
    let mut watching = Vec::new();
    for number in 0..20 {
        watching.push(server.watch(&format!("user{number}"), None).await?);
    }
    let mut ada = server.watch("ada", None).await?;
    // There is one connection to read by, and it is free.
    let listed = server.get(&tenant.admin_key, "/v1/inbox?user_id=ada");
    assert_eq!(listed.send().await?.status(), StatusCode::OK);
    let listening = "select pid from pg_stat_activity
                     where datname = current_database() and query like 'LISTEN%tessera_inbox%'";
    let pids: Vec<i32> = sqlx::query_scalar(listening)
        .fetch_all(&tenant.api.mirror)
        .await?;
    assert_eq!(pids.len(), 1);
    // What is said while nobody hears it comes all the same.
    sqlx::query("select pg_terminate_backend($1)")
        .bind(pids[0])
        .execute(&tenant.api.mirror)
        .await?;
    let id = send(tenant, &people[0], "note").await?;
    deliver(&engine(tenant)).await?;
    assert_eq!(ada.message().await?.id, id);
    Ok(())
}
