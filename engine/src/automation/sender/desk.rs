//! What becomes of a message that is due: it goes, waits, or never goes.

use super::{
    claim::{LEASE_SECS, Pending},
    compose::{Sender, fill},
    rates::Rates,
};
use crate::{
    Engine, Result,
    automation::{
        permission::{may, may_show},
        templates,
    },
    people::{proved_addresses, stated_address},
};
use serde_json::Value;
use std::collections::HashMap;
use tessera_domain::{
    automation::{
        delivery::{DeliveryPolicy, Reason, is_stale},
        local_time::TIMEZONE,
        template::{Channel, Facts, Rendered, Template},
    },
    capture::LOCALE,
    event::Properties,
    people::mail_domain_digest,
    time::{MICROS_PER_DAY, Timestamp},
};
use tessera_store::{
    OrganisationId, PgConnection,
    access::organisation,
    automation::{
        delivery_policy,
        inbox::NewInboxMessage,
        mail_sender,
        outbox::{self, Claim, DueRow, Settled},
        template,
    },
    people::{
        person::{self, PersonRow},
        segment_member,
    },
};
use uuid::Uuid;

/// What is decided of a message.
pub(super) enum Decision {
    /// It is sent.
    Mail(Box<Pending>),
    /// It is put where the person finds it.
    Inbox(NewInboxMessage),
    /// It is not sent, or not yet.
    Not(Settled),
}

/// What the decisions of a page share.
pub(super) struct Desk<'a> {
    engine: &'a Engine,
    organisation: OrganisationId,
    name: String,
    policy: DeliveryPolicy,
    sender: Option<Sender>,
    templates: HashMap<(String, i32), Option<Template>>,
    /// Marketing messages to each person that this page sends.
    counted: HashMap<Uuid, u32>,
    /// Mails that may still be sent today.
    left_today: Option<u64>,
    /// Mails to each domain.
    rates: Rates,
    now: Timestamp,
}

impl<'a> Desk<'a> {
    pub(super) async fn open(
        engine: &'a Engine,
        conn: &mut PgConnection,
        organisation: OrganisationId,
        now: Timestamp,
    ) -> Result<Self> {
        let policy = delivery_policy::get(conn).await?;
        let row = mail_sender::get(conn).await?;
        let first = row.as_ref().and_then(|it| it.first_sent_at);
        let day = Timestamp(i64::from(now.day()) * MICROS_PER_DAY);
        let since = first.map_or(0, |first| now.day() - Timestamp::from(first).day());
        let left_today = match policy.most_on(since) {
            Some(most) => {
                let sent = outbox::mails_since(conn, day.into()).await?;
                Some(most.saturating_sub(sent.unsigned_abs()))
            }
            None => None,
        };
        let sender = row
            .map(|row| Sender::open(engine, organisation, row))
            .transpose()?;
        Ok(Self {
            engine,
            organisation,
            name: organisation::current(conn).await?.name,
            policy,
            sender,
            templates: HashMap::new(),
            counted: HashMap::new(),
            left_today,
            rates: Rates::default(),
            now,
        })
    }

    pub(super) async fn decide(
        &mut self,
        conn: &mut PgConnection,
        row: DueRow,
    ) -> Result<Decision> {
        let id = row.id;
        let failed = |reason| Ok(Decision::Not(not(id, "failed", reason, None)));
        let waits = |reason, until| not(id, "intended", reason, Some(until));
        if is_stale(row.first_due_at.into(), self.now) {
            return failed(Reason::Expired);
        }
        let Some(template) = self.template(conn, &row.template, row.version).await? else {
            return failed(Reason::Template);
        };
        let Some(person) = person::get(conn, row.person).await? else {
            return failed(Reason::Erased);
        };
        if !person.identified && person.data_key.is_none() && is_nobody(conn, &person).await? {
            return failed(Reason::Erased);
        }
        let traits = templates::traits(self.engine, conn, &person).await?;
        if let Some(wait) = self.quiet(&template, &traits) {
            return Ok(Decision::Not(waits(Reason::QuietHours, wait)));
        }
        if template.is_marketing() && self.is_capped(conn, &person).await? {
            return failed(Reason::Capped);
        }
        let segments = self.segments(conn, &template, &person).await?;
        let event = row.context.as_object().cloned().unwrap_or_default();
        let facts = Facts {
            person: &traits,
            segments: &segments,
            arms: &row.arms,
            event: &event,
            organisation: &self.name,
            unsubscribe: "",
            preferences: "",
        };
        if template.channel != Channel::Mail {
            let in_the_way = may_show(conn, person.id, template.purpose, &template.topic).await?;
            if let Some(reason) = in_the_way {
                return failed(reason);
            }
            let locale = traits.get(LOCALE).and_then(Value::as_str);
            let Ok(rendered) = template.render(&facts, locale) else {
                return failed(Reason::Template);
            };
            self.count(&template, &person);
            return Ok(Decision::Inbox(in_inbox(id, person.id, rendered)));
        }
        let address = match self.address(conn, &person, &traits).await? {
            Ok(address) => address,
            Err(reason) => return failed(reason),
        };
        let in_the_way = may(conn, &address.digest, template.purpose, &template.topic).await?;
        if let Some(reason) = in_the_way {
            return failed(reason);
        }
        if self.left_today == Some(0) {
            let tomorrow = Timestamp((i64::from(self.now.day()) + 1) * MICROS_PER_DAY);
            return Ok(Decision::Not(waits(Reason::WarmUp, tomorrow)));
        }
        if let Some(most) = self.policy.most_to(&address.domain) {
            let (digest, rate) = (address.domain_digest, (most, row.priority));
            if let Some(turn) = self.rates.wait(conn, &digest, rate, self.now).await? {
                let domain = Some(digest);
                let waits = waits(Reason::DomainRate, turn);
                return Ok(Decision::Not(Settled { domain, ..waits }));
            }
        }
        let (Some(sender), Some(mail)) = (&self.sender, &self.engine.mail) else {
            return failed(Reason::NoSender);
        };
        let filled = fill(
            sender,
            &mail.public_url,
            (id, &row.template),
            &template,
            &address,
            facts,
        );
        let Some(filled) = filled else {
            return failed(Reason::Template);
        };
        self.count(&template, &person);
        self.left_today = self.left_today.map(|left| left - 1);
        self.rates.count(&address.domain_digest);
        Ok(Decision::Mail(Box::new(Pending {
            claim: Claim {
                id,
                attempt: Uuid::new_v4(),
                address: address.digest,
                domain: address.domain_digest,
            },
            filled,
            template,
            attempts: row.attempts.unsigned_abs() + 1,
            first_due: row.first_due_at.into(),
            until: self.now.plus_secs(LEASE_SECS),
        })))
    }

    async fn template(
        &mut self,
        conn: &mut PgConnection,
        name: &str,
        version: i32,
    ) -> Result<Option<Template>> {
        let key = (name.to_owned(), version);
        if let Some(known) = self.templates.get(&key) {
            return Ok(known.clone());
        }
        let found = template::get(conn, name, Some(version)).await?;
        let found = found.map(|row| row.template);
        self.templates.insert(key, found.clone());
        Ok(found)
    }

    fn quiet(&self, template: &Template, traits: &Properties) -> Option<Timestamp> {
        let zone = traits.get(TIMEZONE).and_then(Value::as_str);
        let wait = self.policy.quiet_until(zone, self.now);
        wait.filter(|_| template.is_marketing())
    }

    /// Whether the person got as many messages as the policy allows, those of this page included.
    async fn is_capped(&self, conn: &mut PgConnection, person: &PersonRow) -> Result<bool> {
        let caps = &self.policy.caps;
        if caps.is_empty() {
            return Ok(false);
        }
        let since = |days: u32| self.now.plus_secs(-86_400 * i64::from(days));
        let after: Vec<_> = caps.iter().map(|cap| since(cap.days).into()).collect();
        let counts = outbox::counts(conn, person.id, &after).await?;
        let here = i64::from(self.counted.get(&person.id).copied().unwrap_or_default());
        let mut all = caps.iter().zip(counts);
        Ok(all.any(|(cap, count)| count + here >= i64::from(cap.most)))
    }

    fn count(&mut self, template: &Template, person: &PersonRow) {
        if template.is_marketing() {
            *self.counted.entry(person.id).or_default() += 1;
        }
    }

    /// The address that the person stated, if it is proved to be theirs.
    async fn address(
        &self,
        conn: &mut PgConnection,
        person: &PersonRow,
        traits: &Properties,
    ) -> Result<std::result::Result<Address, Reason>> {
        let Some(email) = stated_address(traits) else {
            return Ok(Err(Reason::NoAddress));
        };
        let stated = vec![(person.id, email)];
        let mut proved = proved_addresses(self.engine, conn, self.organisation, stated).await?;
        let Some(proved) = proved.pop() else {
            return Ok(Err(Reason::NotProved));
        };
        let text = proved.email.value();
        let domain = text.rsplit_once('@').map_or(text, |(_, domain)| domain);
        let digests = self.engine.digest_key(self.organisation);
        Ok(Ok(Address {
            domain_digest: mail_domain_digest(&digests, domain),
            domain: domain.to_owned(),
            text: text.to_owned(),
            digest: proved.digest,
        }))
    }

    async fn segments(
        &self,
        conn: &mut PgConnection,
        template: &Template,
        person: &PersonRow,
    ) -> Result<Vec<String>> {
        if template.segments().next().is_none() {
            return Ok(Vec::new());
        }
        Ok(segment_member::of_person(conn, person.id).await?)
    }
}

/// Where a mail goes.
pub(super) struct Address {
    pub(super) text: String,
    pub(super) digest: [u8; 32],
    /// What is behind its @.
    domain: String,
    domain_digest: [u8; 32],
}

/// Whether nothing is left by which the person could be known, as after an erasure.
async fn is_nobody(conn: &mut PgConnection, person: &PersonRow) -> Result<bool> {
    Ok(person::identifiers(conn, person.id).await?.is_empty())
}

fn in_inbox(message: Uuid, person: Uuid, rendered: Rendered) -> NewInboxMessage {
    let parts = rendered.parts;
    NewInboxMessage {
        message,
        person,
        title: parts.title,
        body: parts.body.or(parts.text).unwrap_or_default(),
        action_url: parts.action_url,
    }
}

fn not(id: Uuid, status: &'static str, reason: Reason, due: Option<Timestamp>) -> Settled {
    Settled {
        id,
        status,
        reason: Some(reason.as_str()),
        due_at: due.map(Into::into),
        ..Settled::default()
    }
}
