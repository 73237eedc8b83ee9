//! An organisation that sells: its quotes are good on chain, and its plan takes the seed's prices.

use super::tenant::{Tenant, call, org_address, sign_in};
use crate::support::{
    client::Answer,
    history::{History, TRIAL},
    rows,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_domain::time::Timestamp;
use tessera_store::{
    Key, U64,
    mirror::{
        cursor::{self, Moment},
        member::MemberRow,
        org::OrgRow,
        plan::PlanRow,
        subscription::SubscriptionRow,
    },
};
use tessera_types::events::Settlement;

/// A shop and whoever buys there.
pub(crate) struct Shop {
    pub(crate) tenant: Tenant,
    /// The key that signs quotes.
    pub(crate) signer: Key,
}

/// A wallet that is signed in without a role.
pub(crate) struct Customer {
    pub(crate) wallet: Keypair,
    pub(crate) token: String,
}

impl Customer {
    /// The wallet's key.
    pub(crate) fn key(&self) -> Key {
        Key(self.wallet.pubkey().to_bytes())
    }
}

impl Shop {
    /// With a database of its own.
    pub(crate) async fn open() -> Result<Self> {
        Self::of(Tenant::open().await?).await
    }

    /// The shop of an organisation: sets its quote authority, and its plan at 99 coins a month,
    /// quoted between 40 and 30,000.
    pub(crate) async fn of(tenant: Tenant) -> Result<Self> {
        let organisation = tenant.json("/v1/organisation").await?;
        let signer = organisation["quote_signer"].as_str().context("a signer")?;
        let signer: solana_address::Address = signer.parse()?;
        let shop = Self {
            signer: Key(signer.to_bytes()),
            tenant,
        };
        shop.set_org(|org| org).await?;
        shop.set_plan(|plan| plan).await?;
        Ok(shop)
    }

    /// The plan's address.
    pub(crate) fn plan(&self) -> String {
        rows::key(rows::PLAN, self.tenant.number).to_string()
    }

    /// Changes the Org's row.
    pub(crate) async fn set_org(&self, change: impl Fn(OrgRow) -> OrgRow) -> Result<()> {
        let row = OrgRow {
            authority: Key(self.tenant.authority.pubkey().to_bytes()),
            quote_authority: self.signer,
            ..rows::org(self.tenant.number)
        };
        let mut conn = self.tenant.api.mirror.acquire().await?;
        rows::upsert(&mut conn, &[change(row)]).await?;
        Ok(())
    }

    /// Changes the plan's row.
    pub(crate) async fn set_plan(&self, change: impl Fn(PlanRow) -> PlanRow) -> Result<()> {
        let row = PlanRow {
            price: U64(99_000_000),
            price_floor: U64(40_000_000),
            price_ceiling: U64(30_000_000_000),
            ends_at: 4_000_000_000,
            period_secs: 0,
            period_months: 1,
            ..rows::plan(self.tenant.number, self.tenant.number)
        };
        let mut conn = self.tenant.api.mirror.acquire().await?;
        rows::upsert(&mut conn, &[change(row)]).await?;
        Ok(())
    }

    /// Adds members.
    pub(crate) async fn add_members(&self, rows: &[MemberRow]) -> Result<()> {
        let mut conn = self.tenant.api.mirror.acquire().await?;
        rows::upsert(&mut conn, rows).await?;
        Ok(())
    }

    /// A customer who has just signed in.
    pub(crate) async fn customer(&self) -> Result<Customer> {
        let wallet = Keypair::new();
        let org = org_address(self.tenant.number);
        let token = sign_in(&self.tenant.api, &wallet, Some(&org)).await?;
        Ok(Customer { wallet, token })
    }

    /// POSTs as a customer.
    pub(crate) async fn post_as(
        &self,
        customer: &Customer,
        path: &str,
        body: &Value,
    ) -> Result<Answer> {
        let api = &self.tenant.api;
        call(api, Method::POST, path, &customer.token, Some(body)).await
    }

    /// A customer's quote for one seat of the plan, with an offer if there is one.
    pub(crate) async fn ask(&self, customer: &Customer, offer: Option<&str>) -> Result<Answer> {
        let body = json!({
            "segment": "individual", "quantity": 1, "plan": self.plan(), "offer": offer
        });
        self.post_as(customer, "/v1/quotes", &body).await
    }

    /// As [`Shop::ask`], and expects the quote.
    pub(crate) async fn quote(&self, customer: &Customer, offer: Option<&str>) -> Result<Value> {
        let answer = self.ask(customer, offer).await?;
        ensure!(answer.status == StatusCode::CREATED, "{answer:?}");
        answer.json()
    }

    /// Publishes an offer of a fifth off for individuals.
    pub(crate) async fn offer(&self, code: &str, urgency: Value) -> Result<Answer> {
        let body = json!({
            "code": code, "urgency": urgency, "segments": ["individual"],
            "reduction": { "kind": "factor", "factor": "0.8" }
        });
        self.tenant.post("/v1/offers", &body).await
    }

    /// With an offer of so many places, `FEW`.
    pub(crate) async fn with_stock(places: i64) -> Result<Self> {
        let shop = Self::open().await?;
        let answer = shop.offer("FEW", stock(places)).await?;
        ensure!(answer.status == StatusCode::CREATED, "{answer:?}");
        Ok(shop)
    }

    /// How many places of `FEW` are taken, and how many are left.
    pub(crate) async fn taken(&self) -> Result<Value> {
        let offer = self.tenant.json("/v1/offers/FEW").await?;
        Ok(json!([offer["taken"], offer["left"]]))
    }

    /// Moves the deadline of a quote, or of all, to so many seconds from now.
    pub(crate) async fn set_deadline(&self, quote: Option<&str>, secs: i64) -> Result<()> {
        let these = |id| quote.map_or("true".to_owned(), |quote| format!("{id} = '{quote}'"));
        let then = format!("now() + interval '{secs} s'");
        self.sql(&format!(
            "update engine.quote set deadline = {then} where {}",
            these("id")
        ))
        .await?;
        self.sql(&format!(
            "update engine.offer_hold set expires_at = {then}
             where expires_at < 'infinity' and {}",
            these("quote")
        ))
        .await
    }

    /// Writes what the indexer writes of a subscription that began ten minutes ago with a quote.
    pub(crate) async fn subscribe_on_chain(&self, buyer: &Customer, nonce: u64) -> Result<()> {
        let price = 79_200_000;
        let number = self.tenant.number;
        let subscription = SubscriptionRow {
            wallet: buyer.key(),
            price: U64(price),
            quote_nonce: U64(nonce),
            ..rows::subscription(1, number, 1)
        };
        let mut history = History::of(&[rows::org(number)]);
        history.open(&[rows::plan(number, number)]);
        history.at = Some(in_secs(-600).secs());
        let paid = Settlement {
            debit: price,
            merchant: price,
            ..TRIAL
        };
        history.pay(&subscription, paid, &[]);
        let mirror = &self.tenant.api.mirror;
        rows::upsert(&mut *mirror.acquire().await?, &[subscription]).await?;
        history.store(mirror).await?;
        let applied = Moment {
            slot: 110,
            at: in_secs(0).secs(),
        };
        Ok(cursor::complete(&mut *mirror.acquire().await?, applied).await?)
    }

    /// Runs SQL on the engine's tables, whatever their rules.
    pub(crate) async fn sql(&self, statement: &str) -> Result<()> {
        sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
            .execute(&self.tenant.api.mirror)
            .await?;
        Ok(())
    }
}

/// Urgency by a number of places.
pub(crate) fn stock(places: i64) -> Value {
    json!({ "kind": "capacity_limited", "stock": places })
}

/// Now, moved by seconds.
pub(crate) fn in_secs(secs: i64) -> Timestamp {
    Timestamp::from(chrono::Utc::now()).plus_secs(secs)
}

/// The only field that an answer refuses.
pub(crate) fn refused_field(answer: &Answer, path: &str) -> Result<String> {
    let problem = answer.refusal(path, StatusCode::BAD_REQUEST)?;
    let errors = problem["errors"].as_array().context("errors")?;
    ensure!(errors.len() == 1, "{problem}");
    Ok(errors[0]["field"].as_str().context("a field")?.to_owned())
}
