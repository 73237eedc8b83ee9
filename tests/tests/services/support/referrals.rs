//! Members who refer others and pay, on a mirror whose clock is the test's, and campaigns about them.

use super::{
    client::{Answer, do_work, master_key},
    history::{History, TRIAL},
    past::mint_address,
    payments::{MONTH, day},
    people::ago,
    rows::{self, SUBSCRIPTION, WALLET, key},
    tenant::{Tenant, call, sign_in},
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use bytemuck::Zeroable;
use serde_json::{Value, json};
use tessera_domain::people::{Identifier, IdentifierKind};
use tessera_engine::capture::Item;
use tessera_store::people::person::IdentifierKey;
use tessera_types::events::{Refunded, Settlement};
use uuid::Uuid;

/// The day on which wallet 1, which refers all others, had registered.
const BEGINNING: &str = "2024-06-01";

/// An organisation whose members refer each other, and its owner's session.
pub(crate) struct Referring {
    pub(crate) tenant: Tenant,
    pub(crate) owner: String,
    history: History,
}

/// Two periods within 60 days; 10 units to the referrer, 5 points to the referred.
pub(crate) fn rules() -> Value {
    json!({
        "name": "Spring",
        "from": "2025-01-01T00:00:00Z",
        "until": "2025-03-01T00:00:00Z",
        "mint": mint_address(1),
        "decimals": 6,
        "referrers": {},
        "qualification": { "paid": { "kind": "periods", "count": 2 }, "minimum": "0", "within_days": 60 },
        "tiers": [{ "from": 1, "rewards": {
            "referrer": { "kind": "amount", "units": "10" },
            "referred": { "kind": "points", "points": "5" },
        } }],
        "caps": { "budget": { "points": "1000", "units": "1000" } },
    })
}

/// The same, with what a shared browser weighs.
pub(crate) fn watchful() -> Value {
    let mut rules = rules();
    rules["checks"] = json!({ "shared_device": { "pair": 60, "many": 3, "among_many": 40 } });
    rules["holds"] = json!([{ "all": [{ "check": "shared_device", "score": 60 }] }]);
    rules
}

impl Referring {
    /// Wallet 1, and wallets from 2 to `last` that it referred on 2 January 2025.
    pub(crate) async fn open(last: u8) -> Result<Self> {
        let referred: Vec<(u8, u8)> = (2..=last).map(|it| (it, 1)).collect();
        Self::open_by(&referred).await
    }

    /// Wallet 1, and wallets that registered on 2 January 2025, each with the wallet that referred it.
    pub(crate) async fn open_by(referred: &[(u8, u8)]) -> Result<Self> {
        let tenant = Tenant::open().await?;
        let owner = sign_in(&tenant.api, &tenant.authority, Some(&tenant.org())).await?;
        let mut history = History::of(&[rows::org(1)]);
        history.open(&[rows::plan(1, 1)]);
        history.at = Some(day(BEGINNING).timestamp());
        let mut members = vec![rows::member(1, 1, 1)];
        members[0].registered_at = day(BEGINNING).timestamp();
        for (wallet, referrer) in referred {
            let mut member = rows::referred(*wallet, 1, *wallet, &[*referrer]);
            member.registered_at = day("2025-01-02").timestamp();
            members.push(member);
        }
        history.open(&members);
        let wallets = referred.iter().map(|(wallet, _)| *wallet);
        let subscriptions: Vec<_> = wallets.map(|it| rows::subscription(it, 1, it)).collect();
        history.open(&subscriptions);
        let mut conn = tenant.api.mirror.acquire().await?;
        rows::upsert(&mut conn, &members).await?;
        rows::upsert(&mut conn, &subscriptions).await?;
        drop(conn);
        let mut referring = Self {
            tenant,
            owner,
            history,
        };
        referring.comes("2025-01-03").await?;
        Ok(referring)
    }

    /// A wallet pays for a month.
    pub(crate) fn pays(&mut self, wallet: u8, on: &str, units: u64) {
        let at = day(on).timestamp();
        self.history.at = Some(at);
        let settlement = Settlement {
            debit: units,
            merchant: units,
            period_start: at,
            paid_through: at + MONTH,
            ..TRIAL
        };
        let row = rows::subscription(wallet, 1, wallet);
        self.history.pay(&row, settlement, &[]);
    }

    /// A wallet gets its last payment back.
    pub(crate) fn is_refunded(&mut self, wallet: u8, on: &str, units: u64) {
        self.history.at = Some(day(on).timestamp());
        let account = key(SUBSCRIPTION, wallet);
        self.history.push(account, |receipt| Refunded {
            receipt,
            amount: units,
            ..Refunded::zeroed()
        });
    }

    /// Lets a day come on the network, with all that has happened, and workers look.
    pub(crate) async fn comes(&mut self, on: &str) -> Result<()> {
        self.happens(on).await?;
        self.look().await
    }

    /// Lets a day come on the network, with all that has happened.
    pub(crate) async fn happens(&mut self, on: &str) -> Result<()> {
        self.history.store(&self.tenant.api.mirror).await?;
        sqlx::query("update cursor set final_at = $1")
            .bind(day(on).timestamp())
            .execute(&self.tenant.api.mirror)
            .await?;
        Ok(())
    }

    /// Lets workers look, however short ago they did.
    pub(crate) async fn look(&self) -> Result<()> {
        do_work(&self.tenant.api.mirror).await?;
        sqlx::query("update engine.work set due_at = now() where kind = 'referral_campaigns'")
            .execute(&self.tenant.api.mirror)
            .await?;
        let drained = do_work(&self.tenant.api.mirror).await?;
        ensure!(drained.failed == 0, "{drained:?}");
        Ok(())
    }

    /// Adds a version; its number.
    pub(crate) async fn draft(&self, name: &str, rules: &Value) -> Result<i64> {
        let body = json!({ "name": name, "campaign": rules });
        let drafted = self.tenant.posted("/v1/referral-campaigns", &body).await?;
        ensure!(drafted["status"] == "draft", "{drafted}");
        drafted["version"].as_i64().context("a version")
    }

    /// Asks to publish a version.
    pub(crate) async fn publish_version(&self, name: &str, version: i64) -> Result<Answer> {
        let path = format!("/v1/referral-campaigns/{name}/publish");
        self.tenant
            .post(&path, &json!({ "version": version }))
            .await
    }

    /// Adds a version and publishes it, and lets workers look.
    pub(crate) async fn publish(&self, name: &str, rules: &Value) -> Result<()> {
        let version = self.draft(name, rules).await?;
        let published = self.publish_version(name, version).await?;
        ensure!(published.status == StatusCode::OK, "{published:?}");
        self.look().await
    }

    /// A campaign's referrals, by wallet.
    pub(crate) async fn referrals(&self, name: &str) -> Result<Vec<Value>> {
        let path = format!("/v1/referral-campaigns/{name}/referrals?limit=200");
        let page = self.tenant.json(&path).await?;
        let mut rows = page["data"].as_array().context("rows")?.clone();
        rows.sort_by_key(|row| {
            (2..=255).find(|it| row["referred"] == key(WALLET, *it).to_string())
        });
        Ok(rows)
    }

    /// The states of a campaign's referrals, by wallet.
    pub(crate) async fn states(&self, name: &str) -> Result<Vec<String>> {
        let rows = self.referrals(name).await?;
        let state = |row: &Value| row["state"].as_str().map(str::to_owned);
        rows.iter()
            .map(|row| state(row).context("a state"))
            .collect()
    }

    /// The owner does something with a referral.
    pub(crate) async fn decide(
        &self,
        name: &str,
        referral: &Value,
        what: &str,
        body: &Value,
    ) -> Result<Answer> {
        let id = referral["id"].as_str().context("an id")?;
        let path = format!("/v1/referral-campaigns/{name}/referrals/{id}/{what}");
        call(
            &self.tenant.api,
            Method::POST,
            &path,
            &self.owner,
            Some(body),
        )
        .await
    }

    /// The owner releases what is due.
    pub(crate) async fn release(&self, name: &str, referral: &Value) -> Result<Answer> {
        let body = json!({ "rewards": referral["due"] });
        self.decide(name, referral, "release", &body).await
    }

    /// The identifier of a wallet.
    pub(crate) async fn wallet(&self, wallet: u8) -> Result<IdentifierKey> {
        let digests = master_key().digest_key(self.tenant.organisation().await?.0);
        let identifier = Identifier::wallet(key(WALLET, wallet).0)?;
        Ok(IdentifierKey::of(&identifier, &digests))
    }

    /// A wallet is seen on a browser.
    pub(crate) async fn is_seen_on(&self, wallet: u8, browser: &str) -> Result<()> {
        let digests = master_key().digest_key(self.tenant.organisation().await?.0);
        let browser = Identifier::parse(IdentifierKind::Anonymous, browser)?;
        let item = Item {
            identifiers: vec![
                IdentifierKey::of(&browser, &digests),
                self.wallet(wallet).await?,
            ],
            message_key: Uuid::now_v7(),
            body_hash: Uuid::nil(),
            name: "page_viewed".to_owned(),
            at: ago(0).into(),
            properties: serde_json::Map::new(),
        };
        self.tenant.take_in(&[item]).await
    }

    /// The person of a wallet.
    pub(crate) async fn person(&self, wallet: u8) -> Result<Uuid> {
        let wallet = self.wallet(wallet).await?;
        Ok(sqlx::query_scalar(
            "select canonical from engine.identifier join engine.person on person.id = person
             where digest = $1",
        )
        .bind(wallet.digest.as_slice())
        .fetch_one(&self.tenant.api.mirror)
        .await?)
    }
}
