//! The channel that brought a person to an event. What visitors send is untrusted text: a channel's
//! name is cleaned and bounded before it is kept.

mod host;
mod link;
mod medium;
mod name;
mod ours;
mod referrers;
mod rules;

pub(crate) use name::channel_contains;
pub use name::{MAX_CHANNEL_CHARS, channel_name};
pub use rules::{ChannelRules, MAX_ENTRIES};

use self::{
    host::{host, is_same_site},
    link::Link,
    medium::channel_of_medium,
};
use crate::event::{CHANNEL_PROPERTY, Event, Properties};

/// The origin of the person is unknown.
pub const DIRECT: &str = "direct";
/// A link in an e-mail.
pub const EMAIL: &str = "email";
/// Unpaid results of search engines.
pub const ORGANIC: &str = "organic";
/// Advertisements.
pub const PAID: &str = "paid";
/// A link on another site or a referral link.
pub const REFERRAL: &str = "referral";
/// Unpaid posts in social networks.
pub const SOCIAL: &str = "social";

impl ChannelRules {
    /// The channel of an event; none when the event does not say where the person came from, or says
    /// that they were here already.
    ///
    /// The first that applies:
    /// 1. the property `channel`, except of `content_shared`, where it says where to;
    /// 2. an event `referral_clicked` is [`REFERRAL`];
    /// 3. a click id, such as `gclid`, has its channel, usually [`PAID`]: an advertiser's system adds
    ///    it to the click itself, where what stands in `utm_medium` is copied along with a link;
    /// 4. `utm_medium`, or without it `utm_source`: what has a word like `cpc`, `ppc`, `retargeting` or
    ///    `paid` in it, or begins with `display` or `banner`, is [`PAID`]; `organic` and `seo` are
    ///    [`ORGANIC`]; `email` and what begins with it are [`EMAIL`]; `social` and its spellings, such
    ///    as `social_media`, are [`SOCIAL`]; `referral` and `link` are [`REFERRAL`]; `none` is
    ///    [`DIRECT`]; other text is a channel of its own;
    /// 5. an event `page_viewed` with a `referrer` has the channel of its host; none when that host is
    ///    the organisation's own, of the same site as the `url`, excluded, or named for signing in or
    ///    paying;
    /// 6. any other `page_viewed` is [`DIRECT`].
    ///
    /// Click ids and `utm_` parameters are properties, or parameters of the query in `url` or `path`. One
    /// that is blank or says `(not set)`, `null` and the like is looked for further.
    pub fn channel_of(&self, event: &Event) -> Option<String> {
        let properties = &event.properties;
        let named = text(properties, CHANNEL_PROPERTY).filter(|_| event.name != "content_shared");
        if let Some(channel) = named.and_then(channel_name) {
            return Some(channel);
        }
        if event.name == "referral_clicked" {
            return Some(REFERRAL.to_owned());
        }
        let link = Link::of(properties);
        let clicked =
            |(id, channel): (&String, &String)| link.has_click(id).then(|| channel.clone());
        if let Some(channel) = self.click_ids.iter().find_map(clicked) {
            return Some(channel);
        }
        let stated = |name| channel_name(link.parameter(name)?);
        if let Some(medium) = stated("utm_medium").or_else(|| stated("utm_source")) {
            return Some(channel_of_medium(medium));
        }
        if event.name != "page_viewed" {
            return None;
        }
        match text(properties, "referrer").and_then(host) {
            Some(referrer) => self.channel_of_host(&referrer, text(properties, "url")),
            None => Some(DIRECT.to_owned()),
        }
    }

    fn channel_of_host(&self, referrer: &str, url: Option<&str>) -> Option<String> {
        let is_own = url
            .and_then(host)
            .is_some_and(|page| is_same_site(&page, referrer));
        if is_own || self.owns(referrer) {
            return None;
        }
        match self.stated_for(referrer) {
            Some(stated) => stated.map(str::to_owned),
            None => referrers::channel(referrer).map(str::to_owned),
        }
    }
}

fn text<'a>(properties: &'a Properties, name: &str) -> Option<&'a str> {
    properties.get(name)?.as_str()
}

#[cfg(test)]
mod tests;
