//! A company's own site: the page at its root, and the headers that come with it. It may lead elsewhere only
//! within the company's domain.

use super::{
    lookups::{Asked, Lookups, Problem, beginning, sent, unless_failed},
    provider::Provider,
};
use crate::Result;
use futures::future::BoxFuture;
use reqwest::{
    Client, Response, Url,
    header::{ACCEPT, CONTENT_TYPE, LOCATION},
};
use tessera_domain::{
    leads::enrichment::{
        Fact, MAX_PAGE_BYTES, MailDomain, Page, Source, facts_of_site, technologies,
    },
    time::Timestamp,
};

/// How often a site may lead elsewhere.
const MAX_REDIRECTS: usize = 3;

/// Companies' own sites.
pub(super) struct Site(pub(super) Lookups);

/// A site's answer.
struct Answered {
    headers: Vec<(String, String)>,
    page: Page,
}

impl Provider for Site {
    fn name(&self) -> &'static str {
        "site"
    }

    fn sources(&self) -> &'static [Source] {
        &[Source::StructuredData, Source::Page, Source::Headers]
    }

    fn look<'a>(
        &'a self,
        company: &'a MailDomain,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<Asked<Vec<Fact>>>> {
        Box::pin(async move {
            let client = self.0.client()?;
            let answered = self.fetch(client, &company.domain).await;
            Ok(answered.map(|Answered { headers, page }| {
                facts_of_site(&page, &technologies(&headers, &page), at)
            }))
        })
    }
}

impl Site {
    async fn fetch(&self, client: &Client, domain: &str) -> Asked<Answered> {
        let scheme = if self.0.config.plain { "http" } else { "https" };
        let mut url = self.within(&format!("{scheme}://{domain}/"), domain)?;
        for _ in 0..=MAX_REDIRECTS {
            let request = client.get(url.clone()).header(ACCEPT, "text/html");
            let response = sent(request).await?;
            let Some(next) = redirect(&response) else {
                return read(response).await;
            };
            let next = url
                .join(&next)
                .map_err(|_| Problem::new("redirects to an invalid address"))?;
            url = self.within(next.as_str(), domain)?;
        }
        Err(Problem::new("redirects too often"))
    }

    /// An address of the domain's own site, where it is expected to be.
    fn within(&self, text: &str, domain: &str) -> Asked<Url> {
        let refuse = || {
            Problem::new("redirects to another domain, or to an address that is not plain https")
        };
        let url = Url::parse(text).map_err(|_| refuse())?;
        let scheme = if self.0.config.plain { "http" } else { "https" };
        let host = url.host_str().unwrap_or_default();
        let is_own = host == domain
            || host
                .strip_suffix(domain)
                .is_some_and(|it| it.ends_with('.'));
        let is_plain =
            url.username().is_empty() && url.password().is_none() && url.port().is_none();
        if url.scheme() == scheme && is_own && is_plain {
            return Ok(url);
        }
        Err(refuse())
    }
}

/// Where an answer leads to, if it leads elsewhere.
fn redirect(response: &Response) -> Option<String> {
    let location = response.headers().get(LOCATION);
    let location = location.filter(|_| response.status().is_redirection())?;
    Some(location.to_str().unwrap_or_default().to_owned())
}

async fn read(response: Response) -> Asked<Answered> {
    unless_failed(&response)?;
    let headers: Vec<(String, String)> = response
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    let kind = response.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|it| it.to_str().ok()).unwrap_or_default();
    if !kind
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("text/html")
    {
        return Err(Problem::new("the answer is not an HTML page"));
    }
    let html = beginning(response, MAX_PAGE_BYTES).await?;
    let page = Page::read(&html);
    Ok(Answered { headers, page })
}
