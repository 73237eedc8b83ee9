//! Why a message is in its status.

use serde::{Deserialize, Serialize};

/// Why a message was not sent, waits, or may not have been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The person was erased.
    Erased,
    /// No e-mail address of the person is known.
    NoAddress,
    /// The address that they state is not proved to be theirs.
    NotProved,
    /// Mail to the address came back, or a reader complained, or the team forbade it.
    Suppressed,
    /// They want no marketing.
    Unsubscribed,
    /// They do not want the topic.
    TopicRefused,
    /// They got as many messages as the policy allows.
    Capped,
    /// The template cannot be filled in for them.
    Template,
    /// The organisation has stated no sender.
    NoSender,
    /// Their quiet hours have not ended.
    QuietHours,
    /// The sender has sent as much today as it should while it is new.
    WarmUp,
    /// Their domain got as many mails within an hour as the policy allows.
    DomainRate,
    /// The server could not be reached.
    NotSent,
    /// The server takes it later.
    Deferred,
    /// The server does not take it.
    Refused,
    /// There is no such mailbox.
    NoMailbox,
    /// It was tried, or held back, for as long as messages are.
    Expired,
    /// The worker that sent it vanished, or the server did, before it said that it took it.
    NoAnswer,
    /// A reader complained about it.
    Complaint,
    /// It came back.
    Bounced,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 20] = [
        Self::Erased,
        Self::NoAddress,
        Self::NotProved,
        Self::Suppressed,
        Self::Unsubscribed,
        Self::TopicRefused,
        Self::Capped,
        Self::Template,
        Self::NoSender,
        Self::QuietHours,
        Self::WarmUp,
        Self::DomainRate,
        Self::NotSent,
        Self::Deferred,
        Self::Refused,
        Self::NoMailbox,
        Self::Expired,
        Self::NoAnswer,
        Self::Complaint,
        Self::Bounced,
    ];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::NoAddress => "no_address",
            Self::NotProved => "not_proved",
            Self::Suppressed => "suppressed",
            Self::Unsubscribed => "unsubscribed",
            Self::TopicRefused => "topic_refused",
            Self::Capped => "capped",
            Self::Template => "template",
            Self::NoSender => "no_sender",
            Self::QuietHours => "quiet_hours",
            Self::WarmUp => "warm_up",
            Self::DomainRate => "domain_rate",
            Self::NotSent => "not_sent",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::NoMailbox => "no_mailbox",
            Self::Expired => "expired",
            Self::NoAnswer => "no_answer",
            Self::Complaint => "complaint",
            Self::Bounced => "bounced",
        }
    }
}
