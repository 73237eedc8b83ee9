//! A mail as it is sent: filled in, led through us where it links, signed.

use super::desk::Address;
use crate::{Engine, Error, Result, automation::outgoing::Links};
use serde_json::Value;
use std::sync::Arc;
use tessera_domain::{
    access::secret::open,
    automation::{
        delivery::{MessageToken, lead_through, with_end},
        template::{Facts, Template},
    },
    capture::LOCALE,
    time::Timestamp,
};
use tessera_mail::{Draft, Letter, Mailbox, Signer, Unsubscribe, compose};
use tessera_store::{
    OrganisationId,
    automation::{
        mail_sender::SenderRow,
        message_token::{NewToken, TokenUse},
    },
};
use uuid::Uuid;

/// Begin of the addresses that reports go to.
const BOUNCES: &str = "bounces";

/// From whom mail comes, and what signs it.
pub(super) struct Sender(Arc<Identity>);

struct Identity {
    row: SenderRow,
    signer: Signer,
    organisation: OrganisationId,
}

impl Sender {
    /// Opens the key.
    pub(super) fn open(
        engine: &Engine,
        organisation: OrganisationId,
        row: SenderRow,
    ) -> Result<Self> {
        let broken = || Error::Internal("open the key that signs mail");
        let key = engine.master_key.mail_key(organisation.0);
        let pem = open(&key, row.dkim_domain.as_bytes(), &row.dkim_key).map_err(|_| broken())?;
        let pem = String::from_utf8(pem).map_err(|_| broken())?;
        let signer = Signer::from_pem(&row.dkim_domain, &row.dkim_selector, &pem);
        Ok(Self(Arc::new(Identity {
            row,
            signer: signer.map_err(|_| broken())?,
            organisation,
        })))
    }
}

/// A mail that is filled in.
pub(super) struct Filled {
    identity: Arc<Identity>,
    message: Uuid,
    template: String,
    to: String,
    subject: String,
    text: String,
    html: Option<String>,
    unsubscribe: String,
    bounce: MessageToken,
    /// The tokens of its links, to be stored before it is sent.
    pub(super) tokens: Vec<NewToken>,
}

/// Fills a mail in with `facts`, whose links it makes; none where the template cannot be filled in for this person.
pub(super) fn fill(
    sender: &Sender,
    public_url: &str,
    (message, name): (Uuid, &str),
    template: &Template,
    to: &Address,
    facts: Facts<'_>,
) -> Option<Filled> {
    let links = Links(public_url);
    let mut tokens = Vec::new();
    let mut token = |opens, target: Option<&str>| {
        let token = MessageToken::new(rand::random());
        tokens.push(NewToken {
            digest: token.digest(),
            message,
            opens,
            target: target.map(str::to_owned),
        });
        token
    };
    let choose = links.choose(token(TokenUse::Choose, None).text());
    let facts = Facts {
        unsubscribe: &choose,
        preferences: &choose,
        ..facts
    };
    let locale = facts.person.get(LOCALE).and_then(Value::as_str);
    let parts = template.render(&facts, locale).ok()?.parts;
    let postal = sender.0.row.postal_address.as_deref();
    let postal = postal.filter(|_| template.is_marketing());
    let html = parts.html.map(|html| {
        let led = lead_through(&html, public_url, |target| {
            links.through(token(TokenUse::Link, Some(target)).text())
        });
        let picture = links.opened(token(TokenUse::Open, None).text());
        let picture = format!("<img src=\"{picture}\" width=\"1\" height=\"1\" alt=\"\">");
        let postal = postal.map(|it| format!("<p>{}</p>", escaped(it)));
        with_end(&led, &format!("{}{picture}", postal.unwrap_or_default()))
    });
    let text = parts.text.unwrap_or_default();
    let text = match postal {
        Some(postal) => format!("{text}\n\n-- \n{postal}\n"),
        None => text,
    };
    let bounce = token(TokenUse::Bounce, None);
    Some(Filled {
        identity: Arc::clone(&sender.0),
        message,
        template: name.to_owned(),
        to: to.text.clone(),
        subject: parts.subject.unwrap_or_default(),
        text,
        html,
        unsubscribe: choose,
        bounce,
        tokens,
    })
}

impl Filled {
    /// The letter, with the Message-ID that every attempt has.
    ///
    /// # Errors
    /// When no mail can be made of it, as of an address that mail servers do not take.
    pub(super) fn letter(
        &self,
        template: &Template,
        now: Timestamp,
    ) -> std::result::Result<Letter, tessera_mail::Error> {
        let Identity {
            row,
            signer,
            organisation,
        } = &*self.identity;
        let domain = &row.dkim_domain;
        let feedback = format!(
            "{}:{}:{}:tessera",
            self.template,
            organisation.0,
            template.purpose.as_str()
        );
        let unsubscribe = Unsubscribe {
            https_url: &self.unsubscribe,
            mailto: None,
        };
        // Without TLS no provider follows it, and no mail may have it.
        let is_offered = template.is_marketing() && self.unsubscribe.starts_with("https://");
        let draft = Draft {
            from: Mailbox {
                name: Some(&row.from_name),
                address: &row.from_address,
            },
            reply_to: row.reply_to.as_deref(),
            to: &self.to,
            subject: &self.subject,
            text: &self.text,
            html: self.html.as_deref(),
            message_id: &message_id(self.message, domain),
            date_unix_secs: now.secs(),
            unsubscribe: is_offered.then_some(unsubscribe),
            feedback_id: Some(&feedback),
            auto_submitted: true,
        };
        let envelope_from = format!("{BOUNCES}+{}@{domain}", self.bounce.text());
        compose(&draft, &envelope_from, Some(signer))
    }

    /// The name of its template.
    pub(super) fn template(&self) -> &str {
        &self.template
    }
}

/// The Message-ID of a message.
fn message_id(message: Uuid, domain: &str) -> String {
    format!("{message}@{domain}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
