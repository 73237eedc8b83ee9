//! Whether a domain's DNS lets its mail through: DKIM, SPF, DMARC.
//!
//! Law: it asks what receivers ask, through DNS and not from what is configured here, and says what
//! to publish where something is missing.

mod dkim;
mod dmarc;
mod dns;
mod spf;

use crate::{
    address,
    compose::compose,
    draft::{Draft, Mailbox, Unsubscribe},
    error::Error,
    letter::Letter,
    signer::{self, Signer},
};
use mail_auth::{
    AuthenticatedMessage, SpfOutput, dmarc::verify::DmarcParameters, spf::verify::SpfParameters,
};
use std::{
    net::{IpAddr, SocketAddr},
    time::{SystemTime, UNIX_EPOCH},
};

/// What to check.
#[derive(Clone, Copy)]
pub struct CheckRequest<'a> {
    /// The domain of the From address and of the envelope.
    pub domain: &'a str,
    /// The selector that the key is published at.
    pub selector: &'a str,
    /// The address that mail leaves from.
    pub relay_ip: Option<IpAddr>,
    /// The private key in PEM, to sign a probe with.
    pub pem: Option<&'a str>,
    /// The server to ask; else those of the system.
    pub nameserver: Option<SocketAddr>,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What.
    pub what: &'static str,
    /// It is as it has to be.
    pub passed: bool,
    /// What was found.
    pub found: String,
    /// The record to publish, if there is one to propose.
    pub publish: Option<Record>,
}

/// A TXT record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// Its value, in one piece.
    pub value: String,
}

/// Checks a domain.
///
/// # Errors
/// A field breaks a rule, or there is nothing to ask.
pub async fn check(request: &CheckRequest<'_>) -> Result<Vec<Checked>, Error> {
    let domain = &address::ascii_domain("domain", request.domain)?;
    let selector = signer::checked_selector(request.selector)?;
    let signer = request
        .pem
        .map(|pem| Signer::from_pem(domain, &selector, pem))
        .transpose()?;
    let authenticator = dns::authenticator(request.nameserver)?;

    let probe = probe(domain, signer.as_ref())?;
    let message = AuthenticatedMessage::parse(probe.bytes()).ok_or(Error::Signing)?;
    let evaluate = async {
        let sender = probe.envelope_from();
        let relay = SpfParameters::verify_mail_from(request.relay_ip?, domain, domain, sender);
        Some(authenticator.verify_spf(relay).await)
    };
    let (verified, evaluated, key) = tokio::join!(
        authenticator.verify_dkim(&message),
        evaluate,
        dkim::record(&authenticator, domain, &selector, signer.as_ref()),
    );
    let nothing = SpfOutput::new(domain.clone());
    let (policy, spf) = tokio::join!(
        authenticator.verify_dmarc(DmarcParameters {
            message: &message,
            dkim_output: &verified,
            dkim2_output: None,
            rfc5321_mail_from_domain: domain,
            spf_output: evaluated.as_ref().unwrap_or(&nothing),
        }),
        spf::check(&authenticator, domain, request.relay_ip, evaluated.as_ref()),
    );
    let is_evaluated = signer.is_some() || evaluated.is_some();
    let signature = signer
        .as_ref()
        .map(|signer| dkim::signature(&verified, signer));
    let all = [
        Some(key),
        signature,
        Some(spf),
        Some(dmarc::check(domain, &policy, is_evaluated)),
    ];
    Ok(all.into_iter().flatten().collect())
}

/// A mail like those that are sent.
fn probe(domain: &str, signer: Option<&Signer>) -> Result<Letter, Error> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let address = &format!("probe@{domain}");
    let draft = Draft {
        from: Mailbox {
            name: None,
            address,
        },
        reply_to: None,
        to: address,
        subject: "Probe",
        text: "Probe\n",
        html: None,
        message_id: address,
        date_unix_secs: i64::try_from(now.as_secs()).unwrap_or_default(),
        unsubscribe: Some(Unsubscribe {
            https_url: &format!("https://{domain}/unsubscribe"),
            mailto: None,
        }),
        feedback_id: None,
        auto_submitted: true,
    };
    compose(&draft, address, signer)
}

impl Checked {
    fn new(what: &'static str, passed: bool, found: impl Into<String>) -> Self {
        Self {
            what,
            passed,
            found: found.into(),
            publish: None,
        }
    }

    fn publish(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.publish = Some(Record {
            name: name.into(),
            value: value.into(),
        });
        self
    }
}
