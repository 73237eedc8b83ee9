//! What a provider is: something that is asked about a company and answers with facts. The first one needs
//! nobody: it reads the domain itself.

use super::lookups::{Asked, Problem};
use crate::Result;
use futures::future::BoxFuture;
use tessera_domain::{
    leads::enrichment::{Fact, MailDomain, Source, facts_of_mail},
    time::Timestamp,
};

/// Something that is asked about a company.
pub(super) trait Provider: Send + Sync {
    /// Its name, under which a failure is noted.
    fn name(&self) -> &'static str;

    /// Where its facts come from. What it has said before is replaced by what it says now.
    fn sources(&self) -> &'static [Source];

    /// What it says at a moment about the company of a domain. The outer error is a fault of ours; the inner
    /// one is the provider's.
    fn look<'a>(
        &'a self,
        company: &'a MailDomain,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<Asked<Vec<Fact>>>>;
}

/// What a domain says by itself.
pub(super) struct Domain;

impl Provider for Domain {
    fn name(&self) -> &'static str {
        "mail_domain"
    }

    fn sources(&self) -> &'static [Source] {
        &[Source::MailDomain]
    }

    fn look<'a>(
        &'a self,
        company: &'a MailDomain,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<Asked<Vec<Fact>>>> {
        Box::pin(async move { Ok(Ok::<_, Problem>(facts_of_mail(company, at))) })
    }
}
