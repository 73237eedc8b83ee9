//! Who comes to the business's site before they decide. What a visitor does follows from their
//! number, so counting visitors gives what the sales engine has to answer.

mod channel;
mod journey;

pub(super) use channel::{Channel, SITE_HOST};
pub(super) use journey::JOURNEY_SECS;

use super::business::{INDIVIDUAL, INSTITUTIONAL, MINING_FARM, STARTER};

/// The e-mail address of a user.
pub(super) fn address_of(user_id: &str) -> String {
    format!("{user_id}@mail.example")
}

/// How far somebody comes: the stages of the default funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Has looked at a page.
    Awareness,
    /// Has read on, or asked for a demo.
    Interest,
    /// Was shown a demo, or has reckoned what it brings.
    Consideration,
    /// Has subscribed.
    Conversion,
}

/// A visitor of the site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visitor {
    /// Unique among the visitors.
    pub(super) number: usize,
    /// How far they come.
    pub(super) stage: Stage,
    /// Place of the plan that they are interested in, or subscribe to.
    pub(super) plan: usize,
    /// When they subscribe, or would have; Unix seconds.
    pub(super) decides_at: i64,
}

impl Visitor {
    /// A customer-to-be.
    pub(super) fn customer(number: usize, plan: usize, decides_at: i64) -> Self {
        Self {
            number,
            stage: Stage::Conversion,
            plan,
            decides_at,
        }
    }

    /// One who does not subscribe.
    pub(super) fn undecided(number: usize, decides_at: i64) -> Self {
        let stage = match (number / 3 + number) % 3 {
            0 => Stage::Awareness,
            1 => Stage::Interest,
            _ => Stage::Consideration,
        };
        let plan = match number % 4 {
            0 => MINING_FARM,
            1 => INSTITUTIONAL,
            _ => INDIVIDUAL,
        };
        Self {
            number,
            stage,
            plan,
            decides_at,
        }
    }

    /// Their name in the browser.
    pub(super) fn anonymous_id(&self) -> String {
        format!("visitor-{}", self.number)
    }

    /// Their name in the business's books, once they have said who they are.
    pub(super) fn user_id(&self) -> String {
        format!("user-{}", self.number)
    }

    /// Whether they say who they are, and do not subscribe.
    pub(super) fn is_a_lead(&self) -> bool {
        (Stage::Interest..Stage::Conversion).contains(&self.stage)
    }

    /// What brought them.
    pub(super) fn channel(&self) -> Channel {
        Channel::ALL[(self.number / 3 + self.number % 3 * 2) % Channel::ALL.len()]
    }

    /// What kind of customer they say to be.
    pub(super) fn segment(&self) -> &'static str {
        match self.plan {
            MINING_FARM => "mining_farm",
            INSTITUTIONAL => "institution",
            STARTER => "trader",
            _ => "individual",
        }
    }

    /// Whether somebody sells to them: large customers who let themselves be shown a demo.
    pub(super) fn has_a_deal(&self) -> bool {
        self.stage >= Stage::Consideration && matches!(self.plan, MINING_FARM | INSTITUTIONAL)
    }

    /// Whether mail is sent to them.
    pub(super) fn gets_mail(&self) -> bool {
        self.stage >= Stage::Interest
    }

    /// Whether their address turns out not to exist, some time after it was accepted.
    pub(super) fn bounces(&self) -> bool {
        self.gets_mail() && self.number % 11 == 10
    }

    /// Whether they open the mail, and not only their mail provider.
    pub(super) fn opens(&self) -> bool {
        self.gets_mail() && !self.bounces() && self.number.is_multiple_of(2)
    }

    /// Whether their mail provider opens it before anybody reads it.
    pub(super) fn is_opened_by_a_machine(&self) -> bool {
        self.gets_mail() && !self.bounces() && self.number % 4 == 1
    }

    /// Whether they follow the link in the mail.
    pub(super) fn clicks(&self) -> bool {
        self.opens() && self.number.is_multiple_of(4)
    }
}
