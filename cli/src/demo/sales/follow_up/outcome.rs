//! What the engine says of journeys and messages, and which mails are there, beside what the story has.

use super::{
    expected::{Reached, Walked},
    folder::{self, Kept},
    journeys::PAST_DUE,
};
use crate::{
    audit,
    chain::Chain,
    demo::{
        Customer, Sales,
        sales::{compare::PATIENCE, expected::OnChain},
    },
};
use anyhow::Result;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};
use tessera_client::types::accounts::SubscriptionState;
use tokio::time::{Instant, sleep};

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// What came of the journeys.
pub struct FollowUp(Vec<Line>);

/// A message of a journey, and where it is.
struct Line {
    journey: &'static str,
    /// How many have entered the journey; nothing in the lines of its further messages.
    entered: Option<Figure>,
    template: &'static str,
    sent: Figure,
    whereabouts: String,
}

/// A number, and what it has to be.
struct Figure {
    expected: usize,
    found: usize,
}

impl Figure {
    fn holds(&self) -> bool {
        self.expected == self.found
    }

    fn shown(&self) -> String {
        let Self { expected, found } = self;
        match self.holds() {
            true => found.to_string(),
            false => format!("MISMATCH {found} instead of {expected}"),
        }
    }
}

impl FollowUp {
    /// Whether all entered who had to, and got what they had to.
    pub fn holds(&self) -> bool {
        let lines = self.0.iter();
        let mut figures = lines.flat_map(|it| it.entered.iter().chain([&it.sent]));
        figures.all(Figure::holds)
    }

    /// Prints it, the differences marked.
    pub fn print(&self) {
        let mut table = audit::table(&[
            "journey",
            "people entered",
            "message",
            "sent",
            "one of them",
        ]);
        for line in &self.0 {
            let entered = line.entered.as_ref().map(Figure::shown);
            let journey = entered.as_ref().map_or("", |_| line.journey);
            table.add_row([
                journey,
                entered.as_deref().unwrap_or_default(),
                line.template,
                &line.sent.shown(),
                &line.whereabouts,
            ]);
        }
        say!("{table}");
    }
}

impl Sales {
    /// Asks until everybody has got what they have to, or for as long as the engine may take. Mails lie in
    /// `folder`, unless they went elsewhere.
    ///
    /// # Errors
    /// When the API or the chain cannot be asked, or the folder cannot be read.
    pub async fn follow_up(
        &self,
        chain: &Chain,
        customers: &[Customer],
        folder: Option<&Path>,
    ) -> Result<FollowUp> {
        let walks = self.walks(chain, customers).await?;
        let started = Instant::now();
        loop {
            let kept = folder.map(folder::mails).transpose()?;
            let mut lines = Vec::new();
            for walked in &walks {
                lines.extend(self.lines(walked, kept.as_ref()).await?);
            }
            let outcome = FollowUp(lines);
            if outcome.holds() || started.elapsed() > PATIENCE {
                return Ok(outcome);
            }
            sleep(PAUSE).await;
        }
    }

    /// Waits until the payments are noted whose grace time has ended by `now`, Unix seconds, as the chain
    /// has them, or for as long as the engine may take.
    ///
    /// # Errors
    /// When the API or the chain cannot be asked.
    pub async fn missed_payments(&self, chain: &Chain, now: i64) -> Result<()> {
        let on_chain = OnChain::read(chain).await?;
        let ended = self.follows_up_since..now;
        let missed = on_chain
            .missed_in(SubscriptionState::PastDue, ended)
            .count();
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let runs = self.all(&format!("/v1/journeys/{PAST_DUE}/runs?")).await?;
            if runs.len() >= missed {
                break;
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn lines(
        &self,
        walked: &Walked,
        kept: Option<&BTreeMap<String, Kept>>,
    ) -> Result<Vec<Line>> {
        let &Walked {
            journey,
            entered,
            ref messages,
        } = walked;
        let flow = self
            .office
            .get(&format!("/v1/journeys/{journey}/flow"))
            .await?;
        let found = flow["ended"]["finished"].as_u64().unwrap_or_default();
        let found = usize::try_from(found)?;
        let mut entered = Some(Figure {
            expected: entered,
            found,
        });
        let mut lines = Vec::new();
        for reached in messages {
            let (found, whereabouts) = self.found(reached, kept).await?;
            lines.push(Line {
                journey,
                entered: entered.take(),
                template: reached.template,
                sent: Figure {
                    expected: reached.users.len(),
                    found,
                },
                whereabouts,
            });
        }
        Ok(lines)
    }

    /// How many of those who have to get a message have it, and where the mail of one of them is, or the
    /// message in an inbox.
    async fn found(
        &self,
        reached: &Reached,
        kept: Option<&BTreeMap<String, Kept>>,
    ) -> Result<(usize, String)> {
        if !reached.is_mail {
            let mut found = 0;
            for user in &reached.users {
                found += self.all(&format!("/v1/inbox?user_id={user}&")).await?.len();
            }
            let one = reached.users.first();
            let one = one.map(|it| format!("GET /v1/inbox?user_id={it}"));
            return Ok((found, one.unwrap_or_default()));
        }
        let path = format!("/v1/messages?template={}&status=sent&", reached.template);
        let messages = self.all(&path).await?;
        let ids = messages.iter().filter_map(|it| it["id"].as_str());
        let Some(kept) = kept else {
            return Ok((ids.count(), "where --smtp-url leads".to_owned()));
        };
        let mails: Vec<&Kept> = ids.filter_map(|id| kept.get(id)).collect();
        let to: BTreeSet<&str> = mails.iter().map(|it| it.to.as_str()).collect();
        let users = reached.users.iter().map(String::as_str);
        let mut found = users.filter(|address| to.contains(address)).count();
        if found == reached.users.len() {
            // A mail to anybody else, or a second one, is one too many.
            found = mails.len();
        }
        let one = mails.first().map(|it| it.path.display().to_string());
        Ok((found, one.unwrap_or_default()))
    }
}
