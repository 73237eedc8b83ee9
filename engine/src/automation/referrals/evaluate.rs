//! An evaluation of a campaign's version, which is locked, and what is kept of it.

use super::{facts::Known, wallet};
use crate::{
    Engine, Error, Result,
    capture::{Occurred, occur},
    clock,
    projection::project,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tessera_domain::{
    automation::referral::{Campaign, Decisions, Facts, Reason, Referral, State, evaluate},
    capture::message_key,
    time::{MICROS_PER_SEC, Timestamp},
};
use tessera_store::{
    Key, OrganisationId, PgConnection, StoreError,
    automation::{
        referral::{self, ReferralRow},
        referral_campaign::{self, RunningCampaign},
    },
    mirror::chain_feed::Tip,
    people::person,
    rules::Rules,
};
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// How often referrals that are not decided are looked at, on which also people's devices and merges bear.
const EVERY_SECS: i64 = 3_600;

/// What the campaign says of its referrals at a moment.
pub(super) struct Evaluation {
    name: String,
    version: i32,
    campaign: Campaign,
    facts: Arc<Facts>,
    persons: BTreeMap<String, Uuid>,
    /// The moment, by the network's clock.
    pub(super) now: Timestamp,
    pub(super) referrals: Vec<Referral>,
}

impl Evaluation {
    /// Evaluates a version by all that is final on the chain. None while the mirror is behind what it was
    /// evaluated by before, as when it is filled again.
    pub(super) async fn of(
        engine: &Engine,
        conn: &mut PgConnection,
        ids: (OrganisationId, Key),
        running: RunningCampaign,
        tip: Tip,
    ) -> Result<Option<Self>> {
        let now = Timestamp::from_secs(tip.at);
        let before = running.evaluated_at.map(Timestamp::from);
        if before.is_some_and(|before| now < before) || running.ends_at <= running.starts_at {
            return Ok(None);
        }
        let campaign = Campaign {
            from: running.starts_at.into(),
            until: running.ends_at.into(),
            ..running.campaign
        };
        let Known { facts, persons } = Known::of(engine, conn, ids, &campaign, now).await?;
        let mut evaluation = Self {
            name: running.name,
            version: running.version,
            campaign,
            facts: Arc::new(facts),
            persons,
            now,
            referrals: Vec::new(),
        };
        evaluation.again(conn).await?;
        Ok(Some(evaluation))
    }

    /// Evaluates by the same facts, and the decisions of now.
    pub(super) async fn again(&mut self, conn: &mut PgConnection) -> Result<()> {
        let decisions: Decisions = referral::decisions(conn, &self.name, self.version).await?;
        let (campaign, facts, now) = (self.campaign.clone(), self.facts.clone(), self.now);
        let evaluated = spawn_blocking(move || evaluate(&campaign, &facts, &decisions, now)).await;
        self.referrals = evaluated.map_err(|_| Error::Internal("evaluate a campaign"))??;
        Ok(())
    }

    /// The id of a referral.
    fn id(&self, referral: &Referral) -> Uuid {
        let Self { name, version, .. } = self;
        message_key(&format!("referral:{name}:{version}:{}", referral.referred))
    }

    /// The referral of this id.
    pub(super) fn find(&self, id: Uuid) -> Option<&Referral> {
        self.referrals.iter().find(|it| self.id(it) == id)
    }

    /// When time alone may change something, Unix seconds; none when all are decided.
    pub(super) fn next_look(&self) -> Option<i64> {
        let soon = Timestamp(self.now.0 + EVERY_SECS * MICROS_PER_SEC);
        let undecided = self.referrals.iter().filter_map(|it| match it.state {
            State::Pending => match it.reason {
                Reason::Unmet { until } => Some(until.min(soon)),
                _ => Some(soon),
            },
            State::Qualified | State::Held => Some(soon),
            State::Released | State::Rejected | State::Expired => None,
        });
        undecided
            .min()
            .map(|at| at.0.div_euclid(MICROS_PER_SEC) + 1)
    }

    /// Keeps it, and records the moves as events of both sides.
    pub(super) async fn keep(
        &self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
        rules: &Rules,
    ) -> Result<()> {
        let before = referral::states(conn, &self.name, self.version).await?;
        let mut rows = Vec::with_capacity(self.referrals.len());
        let mut moves = Vec::new();
        for referral in &self.referrals {
            let row = self.row(referral)?;
            let was = before.get(&row.id).and_then(|state| State::parse(state));
            let was = was.unwrap_or(State::Pending);
            if was != referral.state && was.may_become(referral.state) {
                moves.extend(self.moves(referral));
            }
            rows.push(row);
        }
        referral::write(conn, organisation, &self.name, &rows).await?;
        referral_campaign::evaluated(conn, &self.name, self.version, self.now.into()).await?;
        record(conn, organisation, rules, moves).await
    }

    fn row(&self, referral: &Referral) -> Result<ReferralRow> {
        Ok(ReferralRow {
            id: self.id(referral),
            version: self.version,
            referrer: wallet(&referral.referrer)?,
            referred: wallet(&referral.referred)?,
            state: referral.state.as_str().to_owned(),
            has_claims: !referral.released.is_zero(),
            outcome: serde_json::to_value(referral)
                .map_err(|_| Error::Internal("write a referral"))?,
            evaluated_at: self.now.into(),
        })
    }

    /// The events of a move. They name no wallet: what is left of an erased person leads to none.
    fn moves(&self, referral: &Referral) -> Vec<Occurred> {
        let Some(name) = referral.state.event() else {
            return Vec::new();
        };
        let sides = [
            ("referrer", &referral.referrer),
            ("referred", &referral.referred),
        ];
        let known = sides.into_iter().filter_map(|(side, wallet)| {
            let own = [
                ("campaign", json!(self.name)),
                ("version", json!(self.version)),
                ("side", json!(side)),
            ];
            Some(Occurred {
                person: *self.persons.get(wallet)?,
                name,
                properties: own
                    .map(|(name, value)| (name.to_owned(), value))
                    .into_iter()
                    .collect(),
            })
        });
        known.collect()
    }
}

async fn record(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    rules: &Rules,
    moves: Vec<Occurred>,
) -> Result<()> {
    if moves.is_empty() {
        return Ok(());
    }
    let people: BTreeSet<Uuid> = moves.iter().map(|it| it.person).collect();
    let people: Vec<Uuid> = people.into_iter().collect();
    if !person::lock(conn, &people, &[]).await?.is_empty() {
        // One of them was merged in the meantime.
        return Err(StoreError::Raced.into());
    }
    let now = clock::now();
    let touched = occur(conn, organisation, moves, now).await?;
    project(conn, organisation, rules, &touched, now).await
}
