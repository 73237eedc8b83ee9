//! Companies: looked up in the background by real requests to a server of this machine, within bounds, and
//! never where nobody may go.

use crate::support::{
    client::{Api, do_work_of, master_key},
    team::identify,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::any,
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tessera_api::ApiConfig;
use tessera_domain::automation::webhook::Reach;
use tessera_engine::{
    Engine,
    leads::enrichment::{LookupConfig, Lookups},
};
use tokio::{net::TcpListener, task::AbortHandle};

const PAGE: &str = r#"<!doctype html><html><head><title>Acme</title>
<meta property="og:site_name" content="ACME by its page">
<meta name="generator" content="WordPress 6.5.2">
<script type="application/ld+json">{"@context":"https://schema.org","@type":"Organization",
"name":"Acme Mining","numberOfEmployees":{"@type":"QuantitativeValue","value":120},
"address":{"@type":"PostalAddress","addressCountry":"CH"}}</script>
</head><body><a href="https://github.com/acme">code</a><p>ann.smith@acme.com</p></body></html>"#;

pub(super) const LOCAL: LookupConfig = LookupConfig {
    reach: Reach::Loopback,
    plain: true,
    connect_timeout: Duration::from_millis(500),
    timeout: Duration::from_secs(1),
};

/// Every name is this machine's.
struct Here(SocketAddr);

impl Resolve for Here {
    fn resolve(&self, _: Name) -> Resolving {
        let found = [self.0].into_iter();
        Box::pin(std::future::ready(Ok(Box::new(found) as Addrs)))
    }
}

/// What was asked: the host, the path, who asks, and the body.
type Asked = (String, String, String, String);

/// A real HTTP server of the sites of all companies, and of a service that knows them.
pub(super) struct World {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    server: AbortHandle,
}

impl World {
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let kept = asked.clone();
        let answer = move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let header = |name: &str| {
                let value = headers.get(name).and_then(|it| it.to_str().ok());
                value.unwrap_or_default().to_owned()
            };
            let (host, path) = (header("host"), uri.path().to_owned());
            let body = String::from_utf8_lossy(&body).into_owned();
            let asked = (host.clone(), path.clone(), header("authorization"), body);
            kept.lock().expect("kept").push(asked);
            async move {
                if host.ends_with("silent.com") {
                    std::future::pending::<()>().await;
                }
                answer(&host, &path)
            }
        };
        let app = Router::new().fallback(any(answer));
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self {
            address,
            asked,
            server: server.abort_handle(),
        })
    }

    fn lookups(&self, config: LookupConfig) -> Lookups {
        Lookups::resolving(config, Arc::new(Here(self.address)))
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("kept").clone()
    }

    /// An organisation whose companies are these.
    pub(super) async fn tenant(&self) -> Result<Tenant> {
        let lookups = self.lookups(LOCAL);
        let with = |engine| Engine { lookups, ..engine };
        let api = Api::start_as(ApiConfig::default(), with).await?;
        Tenant::join(Arc::new(api), 1).await
    }

    /// What asks these.
    pub(super) fn engine(&self, tenant: &Tenant, config: LookupConfig) -> Engine {
        Engine {
            lookups: self.lookups(config),
            ..Engine::new(tenant.api.mirror.clone(), master_key(), None)
        }
    }

    /// Does what is due, asking these.
    pub(super) async fn work(&self, tenant: &Tenant) -> Result<()> {
        let drained = do_work_of(&self.engine(tenant, LOCAL)).await?;
        ensure!(drained.failed == 0, "{drained:?}");
        Ok(())
    }

    /// Has the company of a new lead looked up; what is known of it then.
    async fn look_up(&self, tenant: &Tenant, email: &str) -> Result<Value> {
        let person = identify(tenant, email, "institution").await?;
        let path = format!("/v1/leads/{person}/enrich");
        let answer = tenant.post(&path, &json!({})).await?;
        ensure!(answer.status == StatusCode::ACCEPTED, "{answer:?}");
        self.work(tenant).await?;
        tenant.json(&format!("/v1/leads/{person}/company")).await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn answer(host: &str, path: &str) -> Response {
    let html = [
        ("content-type", "text/html; charset=utf-8"),
        ("server", "nginx/1.25.3"),
    ];
    let to = |place: &str| (StatusCode::FOUND, [("location", place.to_owned())]).into_response();
    match (host, path) {
        ("acme.com", "/") => to("http://www.acme.com/en"),
        ("www.acme.com", "/en") => (html, PAGE).into_response(),
        ("elsewhere.com", "/") => to("http://acme.com/"),
        ("metadata.com", "/") => to("http://169.254.169.254/latest/meta-data/"),
        ("circle.com", _) => to("http://circle.com/again"),
        ("huge.com", "/") => {
            let page = format!("{PAGE}{}", "x".repeat(8 << 20));
            (html, page).into_response()
        }
        ("picture.com", "/") => ([("content-type", "image/png")], "PNG").into_response(),
        (_, "/v1/lookup") => {
            let facts = json!({ "facts": [
                { "attribute": { "kind": "employees" }, "value": "500" },
                { "attribute": { "kind": "legal_name" }, "value": "Acme Mining AG" },
                { "attribute": { "kind": "shoe_size" }, "value": "42" },
                { "attribute": { "kind": "name" }, "value": "a\u{0}b" },
            ] });
            (StatusCode::OK, facts.to_string()).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What a kind of fact says, and its source.
fn fact(company: &Value, kind: &str) -> (Value, Value) {
    let facts = company["facts"].as_array().into_iter().flatten();
    let mut found = facts.filter(|it| it["attribute"]["kind"] == kind);
    found.next().map_or((Value::Null, Value::Null), |it| {
        (it["value"].clone(), it["source"].clone())
    })
}

#[tokio::test]
async fn settings_that_break_a_rule_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/enrichment";
    let with = |provider: Value| json!({ "automatic": false, "provider": provider });
    for (field, body) in [
        (
            "provider.url",
            with(json!({ "url": "http://example.com/", "key": "k" })),
        ),
        (
            "provider.url",
            with(json!({ "url": "https://127.0.0.1/", "key": "k" })),
        ),
        (
            "provider.key",
            with(json!({ "url": "https://example.com/" })),
        ),
        (
            "provider.key",
            with(json!({ "url": "https://example.com/", "key": "" })),
        ),
        (
            "policies.page.ttl_days",
            json!({ "automatic": false, "policies": {
                "page": { "rank": 1, "legal_basis": "consent", "ttl_days": 0 } } }),
        ),
    ] {
        let answer = tenant.call(Method::PUT, path, Some(&body)).await?;
        let problem = answer.refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let key = tenant.key("read").await?;
    let body = json!({ "automatic": true });
    call(&tenant.api, Method::PUT, path, &key, Some(&body))
        .await?
        .refusal(path, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn a_site_that_leads_astray_or_is_no_page_gives_nothing_and_says_why() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    for (email, part) in [
        ("a@elsewhere.com", "another domain"),
        ("a@metadata.com", "another domain"),
        ("a@circle.com", "too often"),
        ("a@picture.com", "not an HTML page"),
        ("a@missing.com", "404"),
    ] {
        let company = world.look_up(&tenant, email).await?;
        let problem = company["problems"]["site"].as_str().context("a problem")?;
        assert!(problem.contains(part), "{email}: {company}");
        assert_eq!(
            fact(&company, "name"),
            (Value::Null, Value::Null),
            "{company}"
        );
    }
    let hosts: Vec<String> = world.asked().into_iter().map(|it| it.0).collect();
    assert!(
        !hosts
            .iter()
            .any(|it| it == "acme.com" || it.starts_with("169")),
        "{hosts:?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_installation_asks_no_site_at_its_own_addresses() -> Result<()> {
    let world = World::start().await?;
    let public = LookupConfig {
        reach: Reach::Public,
        ..LOCAL
    };
    let tenant = Tenant::open().await?;
    let person = identify(&tenant, "a@acme.com", "institution").await?;
    let path = format!("/v1/leads/{person}/enrich");
    tenant.post(&path, &json!({})).await?;
    do_work_of(&world.engine(&tenant, public)).await?;
    let company = tenant.json(&format!("/v1/leads/{person}/company")).await?;
    assert!(company["problems"]["site"].is_string(), "{company}");
    assert_eq!(world.asked(), []);
    Ok(())
}

#[tokio::test]
async fn mailboxes_of_providers_are_nobodys_company() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    for (email, kind) in [("a@gmail.com", "free"), ("a@mailinator.com", "disposable")] {
        let company = world.look_up(&tenant, email).await?;
        assert_eq!(
            (&company["kind"], &company["facts"]),
            (&json!(kind), &json!([]))
        );
    }
    assert_eq!(world.asked(), []);
    Ok(())
}

#[tokio::test]
async fn a_site_says_who_a_company_is_and_what_it_uses() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    let company = world.look_up(&tenant, "ann@mail.acme.com").await?;
    assert_eq!(
        (&company["domain"], &company["kind"]),
        (&json!("acme.com"), &json!("own"))
    );
    // What is stated to machines is believed before what is shown.
    assert_eq!(
        fact(&company, "name"),
        (json!("Acme Mining"), json!("structured_data"))
    );
    assert_eq!(fact(&company, "employees").0, "120");
    assert_eq!(fact(&company, "country").0, "CH");
    assert_eq!(fact(&company, "domain").1, "mail_domain");
    assert_eq!(fact(&company, "profile").0, "https://github.com/acme");
    let uses = |name: &str| {
        let facts = company["facts"].as_array().into_iter().flatten();
        let mut named = facts.filter(|it| it["attribute"]["name"] == name);
        named.next().cloned().unwrap_or_default()
    };
    assert_eq!(uses("WordPress")["value"], "6.5.2", "{company}");
    assert_eq!(uses("WordPress")["legal_basis"], "legitimate_interest");
    assert!(!company.to_string().contains("ann.smith"), "{company}");
    assert_eq!(company["problems"], json!({}));
    // A domain is asked about once a day, for all of its leads.
    let asked = world.asked().len();
    let colleague = world.look_up(&tenant, "bob@acme.com").await?;
    assert_eq!(colleague["facts"], company["facts"]);
    assert_eq!(world.asked().len(), asked);
    Ok(())
}

#[tokio::test]
async fn a_page_without_end_is_read_to_its_bound() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    let company = world.look_up(&tenant, "a@huge.com").await?;
    assert_eq!(fact(&company, "name").0, "Acme Mining", "{company}");
    Ok(())
}

#[tokio::test]
async fn a_service_is_asked_with_its_key_which_nobody_sees() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    let url = format!("http://{}/v1/lookup", world.address);
    let body = json!({ "automatic": true, "provider": { "url": url, "key": "secret-key" } });
    let answer = tenant
        .call(Method::PUT, "/v1/enrichment", Some(&body))
        .await?;
    ensure!(
        answer.status == StatusCode::OK && !answer.text.contains("secret-key"),
        "{answer:?}"
    );
    let stored: Vec<u8> = sqlx::query_scalar("select provider_key from engine.enrichment")
        .fetch_one(&tenant.api.mirror)
        .await?;
    assert!(!String::from_utf8_lossy(&stored).contains("secret-key"));
    // Named again without its key, it keeps the key.
    let same = json!({ "automatic": true, "provider": { "url": url } });
    let answer = tenant
        .call(Method::PUT, "/v1/enrichment", Some(&same))
        .await?;
    ensure!(answer.status == StatusCode::OK, "{answer:?}");
    // A lead that appears is looked up by itself.
    let person = identify(&tenant, "ann@acme.com", "institution").await?;
    world.work(&tenant).await?;
    let lead = tenant.json(&format!("/v1/leads/{person}")).await?;
    let company = &lead["company"];
    assert_eq!(
        fact(company, "legal_name"),
        (json!("Acme Mining AG"), json!("provider"))
    );
    // The site's own word goes first, and what cannot be read is not there.
    assert_eq!(fact(company, "employees").0, "120");
    assert_eq!(fact(company, "shoe_size").0, Value::Null);
    let asked = world.asked();
    let service = asked
        .iter()
        .find(|it| it.1 == "/v1/lookup")
        .context("asked")?;
    assert_eq!(service.2, "Bearer secret-key");
    assert_eq!(
        serde_json::from_str::<Value>(&service.3)?,
        json!({ "domain": "acme.com" })
    );
    Ok(())
}

#[tokio::test]
async fn facts_end_with_their_time() -> Result<()> {
    let world = World::start().await?;
    let tenant = world.tenant().await?;
    world.look_up(&tenant, "ann@acme.com").await?;
    sqlx::query("update engine.company_fact set expires_at = now() - interval '1 second' where source = 'structured_data'")
        .execute(&tenant.api.mirror)
        .await?;
    let company = world.look_up(&tenant, "bob@acme.com").await?;
    assert_eq!(
        fact(&company, "name"),
        (json!("ACME by its page"), json!("page"))
    );
    // Housekeeping forgets what is used no longer.
    let left: i64 =
        sqlx::query_scalar("select count(*) from engine.company_fact where expires_at <= now()")
            .fetch_one(&tenant.api.mirror)
            .await?;
    assert_eq!(left, 0);
    Ok(())
}
