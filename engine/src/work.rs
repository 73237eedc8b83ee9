//! Work that is done later, in the background.
//!
//! Law: a kind of work may be done again from its beginning at any moment, because a worker can be
//! cut off between its effects and the note that they are done. So each kind is a function from
//! what the database holds to what it should hold, or finishes in the transaction of its effects.

mod attempt;
mod worker;

pub use worker::{Drained, Worker, WorkerConfig};

use crate::{
    Engine, Result,
    automation::{journeys, recommendations, referrals, retention, sender, webhooks},
    capture, experiments, housekeeping, job, leads, mirror, people, pricing, projection,
};
use std::time::Duration;
use tessera_domain::time::Timestamp;
use tessera_store::{
    OrganisationId, PgConnection,
    work::{self, Due, NewWork, Work},
};

/// How work of a kind is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Receipts into the event log, of one organisation.
    ChainFeed,
    /// Payments that did not come before their grace ended, of one organisation.
    PastDue,
    /// A computation that was asked for.
    Job,
    /// New funnels and scoring models over the past, of one organisation.
    Build,
    /// What is not kept for ever.
    Housekeeping,
    /// Months of the event log, made ahead and dropped when they are no longer kept.
    EventLog,
    /// Places of offers whose quotes have run out.
    OfferHolds,
    /// Some people computed again, to see that what is kept of them is right.
    Verify,
    /// People of segments whom time alone makes members, or members no longer.
    SegmentClock,
    /// Experiments that run, of one organisation.
    ExperimentLook,
    /// Runs of journeys that are due, of one organisation.
    Journeys,
    /// Messages that are due, of one organisation.
    Send,
    /// What is to be delivered to one endpoint.
    Webhooks,
    /// Leads that have appeared, of one organisation, for who is to have them.
    Routing,
    /// Tasks that are late, of one organisation.
    Tasks,
    /// A lead's company, for what is known of it.
    Enrichment,
    /// Where the referrals of campaigns stand, of one organisation.
    ReferralCampaigns,
    /// A recommendation model, of one organisation.
    Recommendations,
    /// The health of customers, of one organisation that has asked for it.
    Health,
}

/// Works that share places among those that are done at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// They take milliseconds.
    Short,
    /// They may take minutes.
    Long,
    /// They wait for others on the network.
    Outgoing,
    /// They wait for companies' sites, longer than anybody should wait for a message.
    LookUps,
}

impl Kind {
    const ALL: [Self; 19] = [
        Self::ChainFeed,
        Self::PastDue,
        Self::Build,
        Self::Job,
        Self::Housekeeping,
        Self::EventLog,
        Self::OfferHolds,
        Self::Verify,
        Self::SegmentClock,
        Self::ExperimentLook,
        Self::Journeys,
        Self::Send,
        Self::Webhooks,
        Self::Routing,
        Self::Tasks,
        Self::Enrichment,
        Self::ReferralCampaigns,
        Self::Recommendations,
        Self::Health,
    ];

    /// Its name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChainFeed => work::CHAIN_FEED,
            Self::PastDue => work::PAST_DUE,
            Self::Build => "build",
            Self::Job => "job",
            Self::Housekeeping => "housekeeping",
            Self::EventLog => "event_log",
            Self::OfferHolds => "offer_holds",
            Self::Verify => "verify",
            Self::SegmentClock => "segment_clock",
            Self::ExperimentLook => "experiment_look",
            Self::Journeys => "journeys",
            Self::Send => "send",
            Self::Webhooks => "webhooks",
            Self::Routing => "routing",
            Self::Tasks => "tasks",
            Self::Enrichment => "enrichment",
            Self::ReferralCampaigns => "referral_campaigns",
            Self::Recommendations => "recommendations",
            Self::Health => "health",
        }
    }

    /// Which works it waits for, and lets wait.
    fn lane(self) -> Lane {
        match self {
            Self::Build
            | Self::Job
            | Self::Housekeeping
            | Self::EventLog
            | Self::Verify
            | Self::ReferralCampaigns
            | Self::Recommendations
            | Self::Health => Lane::Long,
            Self::Send | Self::Webhooks => Lane::Outgoing,
            Self::Enrichment => Lane::LookUps,
            _ => Lane::Short,
        }
    }

    /// How often it is tried, also when it ends the process that tries it; none for what has to happen
    /// in the end.
    fn most_attempts(self) -> Option<i32> {
        (self == Self::Job).then_some(3)
    }

    /// Finishes it undone.
    async fn give_up(self, engine: &Engine, work: &Work, problem: &str) -> Result<()> {
        match self {
            Self::Job => job::give_up(engine, work, problem).await,
            _ => Ok(()),
        }
    }

    async fn perform(self, engine: &Engine, work: &Work) -> Result<()> {
        match self {
            Self::ChainFeed => mirror::feed(engine, work).await,
            Self::PastDue => mirror::note_past_due(engine, work).await,
            Self::Build => projection::build(engine, work).await,
            Self::Job => job::perform(engine, work).await,
            Self::Housekeeping => housekeeping::keep_house(engine, work).await,
            Self::EventLog => capture::tend(engine, work).await,
            Self::OfferHolds => pricing::offers::judge_holds(engine, work).await,
            Self::Verify => projection::verify_some(engine, work).await,
            Self::SegmentClock => people::segment::clock::pass(engine, work).await,
            Self::ExperimentLook => experiments::look::look(engine, work).await,
            Self::Journeys => journeys::step(engine, work).await,
            Self::Send => sender::send(engine, work).await,
            Self::Webhooks => webhooks::deliver(engine, work).await,
            Self::Routing => leads::route(engine, work).await,
            Self::Tasks => leads::tasks::escalate(engine, work).await,
            Self::Enrichment => leads::enrichment::look_up(engine, work).await,
            Self::ReferralCampaigns => referrals::step(engine, work).await,
            Self::Recommendations => recommendations::build(engine, work).await,
            Self::Health => retention::health::compute_again(engine, work).await,
        }
    }
}

/// Schedules a kind of work for an organisation, as soon as the transaction has committed.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn schedule(
    conn: &mut PgConnection,
    kind: Kind,
    organisation: OrganisationId,
) -> Result<()> {
    schedule_at(conn, kind, organisation, Due::Now).await
}

/// Schedules a kind of work for an organisation, for when it is due.
pub(crate) async fn schedule_at(
    conn: &mut PgConnection,
    kind: Kind,
    organisation: OrganisationId,
    due: Due,
) -> Result<()> {
    let work = NewWork {
        kind: kind.as_str(),
        key: &organisation.0.to_string(),
        organisation: Some(organisation),
        due,
    };
    Ok(work::schedule(conn, work).await?)
}

/// When what is due at a moment is, seen from now.
pub(crate) fn until(at: Timestamp, now: Timestamp) -> Due {
    match u64::try_from(at.0.saturating_sub(now.0)) {
        Ok(micros) if micros > 0 => Due::After(Duration::from_micros(micros)),
        _ => Due::Now,
    }
}

/// After how long an attempt that failed is followed by the next.
fn pause(attempts: i32) -> Duration {
    const LONGEST_SECS: u64 = 300;
    let doublings = attempts.clamp(1, 16).unsigned_abs() - 1;
    Duration::from_secs((1_u64 << doublings).min(LONGEST_SECS))
}
