//! The sales engine's answers beside what the story knows.

use super::{Sales, deals::Outcome, expected::OnChain, offers::EARLY_BIRD};
use crate::{
    audit,
    chain::Chain,
    demo::{
        Customer,
        visitors::{Stage, Visitor},
    },
};
use anyhow::{Context, Result};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use tessera_client::types::{Address, accounts::SubscriptionState};
use tessera_domain::time::Timestamp;
use tokio::time::{Instant, sleep};

/// How long the engine may take to have everything: what happens on the chain reaches it when it is
/// final.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);
/// Items of a page.
const PAGE: usize = 100;

/// What the engine was asked, what it had to answer, and what it did.
pub struct Comparison(Vec<Line>);

struct Line {
    what: String,
    expected: String,
    answered: String,
}

impl Comparison {
    /// Whether it answered everything right.
    pub fn holds(&self) -> bool {
        self.0.iter().all(Line::holds)
    }

    /// Prints it, the differences marked.
    pub fn print(&self) {
        let mut table = audit::table(&["the sales engine", "has to answer", "answers"]);
        for line in &self.0 {
            let mark = if line.holds() { "" } else { "MISMATCH " };
            table.add_row([
                line.what.as_str(),
                line.expected.as_str(),
                &format!("{mark}{}", line.answered),
            ]);
        }
        say!("{table}");
    }
}

impl Line {
    fn holds(&self) -> bool {
        self.expected == self.answered
    }
}

/// Questions and answers so far.
#[derive(Default)]
struct Lines(Vec<Line>);

impl Lines {
    fn add(&mut self, what: impl Into<String>, expected: impl ToString, answered: &Value) {
        let answered = answered
            .as_str()
            .map_or_else(|| answered.to_string(), str::to_owned);
        self.0.push(Line {
            what: what.into(),
            expected: expected.to_string(),
            answered,
        });
    }
}

impl Sales {
    /// Asks until all answers are right, or for as long as the engine may take.
    ///
    /// # Errors
    /// When the API or the chain cannot be asked.
    pub async fn compare(
        &self,
        chain: &Chain,
        customers: &[Customer],
        spent: Decimal,
    ) -> Result<Comparison> {
        let on_chain = OnChain::read(chain).await?;
        let started = Instant::now();
        loop {
            let mut lines = Lines::default();
            self.compare_funnel(&mut lines).await?;
            self.compare_people(&mut lines, &on_chain).await?;
            self.compare_channels(&mut lines, &on_chain, customers)
                .await?;
            self.compare_kpis(&mut lines, &on_chain, customers).await?;
            self.compare_subscriptions(&mut lines, &on_chain, customers)
                .await?;
            self.compare_deals(&mut lines).await?;
            self.compare_office(&mut lines, customers, spent).await?;
            let comparison = Comparison(lines.0);
            if comparison.holds() || started.elapsed() > PATIENCE {
                return Ok(comparison);
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    async fn compare_funnel(&self, lines: &mut Lines) -> Result<()> {
        let funnels = self.office.get("/v1/funnels").await?;
        let funnels = funnels["data"].as_array().context("funnels")?;
        let default = funnels
            .iter()
            .find(|funnel| funnel["name"] == "default")
            .context("the default funnel")?;
        let results = format!("/v1/funnels/{}/results", default["id"]);
        let steps = self.office.get(&results).await?["report"]["steps"].take();
        for (at, stage) in [
            Stage::Awareness,
            Stage::Interest,
            Stage::Consideration,
            Stage::Conversion,
        ]
        .into_iter()
        .enumerate()
        {
            let name = steps[at]["name"].as_str().unwrap_or("?");
            let what = format!("funnel: people at {name}");
            lines.add(what, self.reached(stage), &steps[at]["persons"]);
        }
        Ok(())
    }

    async fn compare_people(&self, lines: &mut Lines, chain: &OnChain) -> Result<()> {
        let people = self.visitors.len() + self.unseen(chain);
        // A look at a page gives no points; to register and to subscribe does.
        let leads = self.all("/v1/leads?").await?;
        let scored = self.reached(Stage::Interest) + self.unseen(chain);
        lines.add("leads with a score", scored, &json!(leads.len()));
        let weeks = (Timestamp::from_secs(self.began_at), 400);
        let cohorts = json!({
            "cohort": "signup", "period": "week", "periods": weeks.1, "from": weeks.0,
        });
        let cohorts = self.office.post("/v1/query/retention", &cohorts).await?;
        let rows = cohorts["rows"].as_array().context("rows")?;
        let sizes: u64 = rows.iter().filter_map(|row| row["size"].as_u64()).sum();
        lines.add("retention: people in cohorts", people, &json!(sizes));
        let members = self.office.get("/v1/segments/customers").await?;
        lines.add(
            "segment customers: members",
            chain.live(),
            &members["members"],
        );
        Ok(())
    }

    async fn compare_channels(
        &self,
        lines: &mut Lines,
        chain: &OnChain,
        customers: &[Customer],
    ) -> Result<()> {
        let first = json!({ "models": ["first"] });
        let answer = self.office.post("/v1/query/attribution", &first).await?;
        lines.add(
            "attribution: conversions",
            chain.subscribed(),
            &answer["conversions"],
        );
        let channels = answer["models"][0]["channels"].as_array();
        let credits: BTreeMap<&str, &Value> = channels
            .into_iter()
            .flatten()
            .filter_map(|it| Some((it["channel"].as_str()?, &it["conversion_micros"])))
            .collect();
        for (channel, customers) in self.first_touches(customers) {
            let what = format!("attribution: first touch {channel}, millionths");
            let nothing = Value::Null;
            let credit = credits.get(channel).copied().unwrap_or(&nothing);
            lines.add(what, customers * 1_000_000, credit);
        }
        Ok(())
    }

    async fn compare_kpis(
        &self,
        lines: &mut Lines,
        chain: &OnChain,
        customers: &[Customer],
    ) -> Result<()> {
        let from = Timestamp::from_secs(self.began_at);
        let answer = self.office.get(&format!("/v1/kpis?from={from}")).await?;
        let kpis = answer["kpis"].as_array().context("indicators")?;
        let referred: Vec<Address> = customers
            .iter()
            .filter(|customer| customer.referrer.is_some())
            .map(Customer::address)
            .collect();
        let delivered = self.count(|it| it.gets_mail() && !it.bounces());
        let won = self.deals_that(Outcome::Won);
        for (id, numerator, denominator) in [
            (
                "conversion_rate",
                chain.paid().count(),
                self.visitors.len() + self.unseen(chain),
            ),
            ("email_open_rate", self.count(Visitor::opens), delivered),
            ("click_through_rate", self.count(Visitor::clicks), delivered),
            ("demo_to_close_rate", won, self.deals().len()),
            (
                "referral_conversion_rate",
                chain.paid_by(&referred),
                referred.len() + self.followers().count(),
            ),
        ] {
            let nothing = json!({});
            let kpi = kpis.iter().find(|kpi| kpi["id"] == id).unwrap_or(&nothing);
            let answered = |part: &str| kpi[part].as_str().unwrap_or("?").to_owned();
            let answered = format!("{} of {}", answered("numerator"), answered("denominator"));
            lines.add(
                id,
                format!("{numerator} of {denominator}"),
                &json!(answered),
            );
        }
        let by_machines = self.count(|it| it.is_opened_by_a_machine() && !it.opens());
        lines.add(
            "mails opened by machines alone",
            by_machines,
            &answer["emails"]["opened"]["machines"],
        );
        Ok(())
    }

    async fn compare_subscriptions(
        &self,
        lines: &mut Lines,
        chain: &OnChain,
        customers: &[Customer],
    ) -> Result<()> {
        let survival = self.office.post("/v1/query/survival", &json!({})).await?;
        let all = &survival["all"];
        lines.add(
            "survival: subscriptions",
            chain.subscribed(),
            &all["subscriptions"],
        );
        let cancelled = chain.in_state(SubscriptionState::Cancelled);
        lines.add("survival: cancelled", cancelled, &all["cancelled"]);
        let lapsed = chain.in_state(SubscriptionState::Lapsed);
        lines.add("survival: lapsed", lapsed, &all["lapsed"]);
        let value = self
            .office
            .post("/v1/query/lifetime-value", &json!({}))
            .await?;
        let paid = chain.paid().count();
        lines.add(
            "lifetime value: customers",
            paid,
            &value["totals"]["customers"],
        );
        let stats = self.office.get("/v1/stats").await?;
        lines.add("members", customers.len(), &stats["members"]);
        Ok(())
    }

    async fn compare_deals(&self, lines: &mut Lines) -> Result<()> {
        let won = self.deals_that(Outcome::Won);
        let lost = self.deals_that(Outcome::Lost);
        for (stage, count) in [
            ("won", won),
            ("lost", lost),
            ("proposal", self.deals_that(Outcome::Open)),
        ] {
            let deals = self.all(&format!("/v1/deals?stage={stage}&")).await?;
            lines.add(format!("deals: {stage}"), count, &json!(deals.len()));
        }
        let lift = self.office.get("/v1/deals/lift").await?;
        let rate = &lift["win_rate"];
        let answered = format!("{} of {}", rate["numerator"], rate["denominator"]);
        let expected = format!("{won} of {}", won + lost);
        lines.add("deals: won of those closed", expected, &json!(answered));
        Ok(())
    }

    async fn compare_office(
        &self,
        lines: &mut Lines,
        customers: &[Customer],
        spent: Decimal,
    ) -> Result<()> {
        let spend = self.all("/v1/spend?").await?;
        let amounts = spend.iter().filter_map(|it| it["amount"].as_str());
        let sum: Decimal = amounts.filter_map(|it| it.parse::<Decimal>().ok()).sum();
        lines.add("spend, dollars", spent, &json!(sum.to_string()));
        let offer = self.office.get(&format!("/v1/offers/{EARLY_BIRD}")).await?;
        lines.add(
            format!("offer {EARLY_BIRD}: taken"),
            super::BUYERS,
            &offer["taken"],
        );
        let quotes = self.all("/v1/quotes?").await?;
        let accepted = quotes.iter().filter(|it| !it["accepted_at"].is_null());
        lines.add("quotes: accepted", super::BUYERS, &json!(accepted.count()));
        if let Some(referrer) = customers.first() {
            let path = format!("/v1/referral-links/{}/clicks", referrer.code());
            let clicks = self.office.get(&path).await?["days"][0].take();
            lines.add(
                "referral link: people",
                self.followers().count(),
                &clicks["people"],
            );
            lines.add("referral link: machines", 1, &clicks["machines"]);
        }
        let letters = self.all("/v1/dead-letters?").await?;
        lines.add("dead letters", 1, &json!(letters.len()));
        Ok(())
    }

    /// All items of a list whose path goes on with parameters.
    pub(super) async fn all(&self, path: &str) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut page = format!("{path}limit={PAGE}");
        loop {
            let mut answer = self.office.get(&page).await?;
            let Value::Array(data) = answer["data"].take() else {
                anyhow::bail!("{page}: not a list");
            };
            items.extend(data);
            match answer["next_cursor"].as_str() {
                Some(cursor) => page = format!("{path}limit={PAGE}&cursor={cursor}"),
                None => return Ok(items),
            }
        }
    }
}
