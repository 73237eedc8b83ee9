//! An organisation's rules of channels. Versioned data, as JSON.

use super::{PAID, channel_name, host::and_parents};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most entries of each list.
pub const MAX_ENTRIES: usize = 500;

/// Parameters that advertisers' systems add to the links of advertisements, as of November 2026.
const CLICK_IDS: [&str; 13] = [
    "dclid",
    "epik",
    "fbclid",
    "gbraid",
    "gclid",
    "li_fat_id",
    "msclkid",
    "rdt_cid",
    "sccid",
    "ttclid",
    "twclid",
    "wbraid",
    "yclid",
];

/// Sites that people are sent to for a moment and come back from, to sign in or to pay, as of November
/// 2026.
const EXCLUDED_REFERRERS: [&str; 66] = [
    // To sign in.
    "accounts.dev",
    "accounts.google.com",
    "accounts.youtube.com",
    "amazoncognito.com",
    "appleid.apple.com",
    "auth.magic.link",
    "auth.privy.io",
    "auth0.com",
    "authkit.app",
    "b2clogin.com",
    "ciamlogin.com",
    "duosecurity.com",
    "id.me",
    "id.twitch.tv",
    "id.vk.com",
    "idmsa.apple.com",
    "login.gov",
    "login.live.com",
    "login.microsoftonline.com",
    "login.salesforce.com",
    "login.windows.net",
    "login.yahoo.com",
    "oauth.telegram.org",
    "oauth.vk.com",
    "okta.com",
    "oktapreview.com",
    "onelogin.com",
    "passport.yandex.com",
    "passport.yandex.ru",
    "web3auth.io",
    // To pay.
    "2checkout.com",
    "adyen.com",
    "affirm.com",
    "afterpay.com",
    "arcot.com",
    "authorize.net",
    "banxa.com",
    "bitpay.com",
    "braintreegateway.com",
    "buy.moonpay.com",
    "buy.onramper.com",
    "cardinalcommerce.com",
    "checkout.com",
    "checkout.shopify.com",
    "clearpay.co.uk",
    "coingate.com",
    "commerce.coinbase.com",
    "global.transak.com",
    "hel.io",
    "klarna.com",
    "mollie.com",
    "nowpayments.io",
    "paddle.com",
    "pay.amazon.com",
    "pay.coinbase.com",
    "pay.google.com",
    "paypal.com",
    "payu.com",
    "payu.in",
    "ramp.network",
    "razorpay.com",
    "shop.app",
    "squareup.com",
    "stripe.com",
    "wallet.coinbase.com",
    "worldpay.com",
];

/// How the channel of an event is found. A host stands for all hosts in it too; where several match,
/// the longest counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelRules {
    /// The organisation's own hosts: coming from there is no arrival.
    pub own_hosts: BTreeSet<String>,
    /// Hosts that people come back from, such as payment and sign-in providers: no arrival either.
    pub excluded_referrers: BTreeSet<String>,
    /// Channels of further hosts, or others than the known list gives them.
    pub referrers: BTreeMap<String, String>,
    /// Parameters of links that advertisers' systems add, and the channel that each means.
    pub click_ids: BTreeMap<String, String>,
}

impl Default for ChannelRules {
    fn default() -> Self {
        Self {
            own_hosts: BTreeSet::new(),
            excluded_referrers: EXCLUDED_REFERRERS.map(str::to_owned).into(),
            referrers: BTreeMap::new(),
            click_ids: CLICK_IDS.map(|id| (id.to_owned(), PAID.to_owned())).into(),
        }
    }
}

impl ChannelRules {
    /// Checks the rules, before they are stored.
    ///
    /// # Errors
    /// The first entry that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        for (field, entries) in [
            ("own_hosts", self.own_hosts.len()),
            ("excluded_referrers", self.excluded_referrers.len()),
            ("referrers", self.referrers.len()),
            ("click_ids", self.click_ids.len()),
        ] {
            Refusal::unless_count(field, entries, 0..=MAX_ENTRIES, "entries")?;
        }
        let hosts = [
            ("own_hosts", &self.own_hosts),
            ("excluded_referrers", &self.excluded_referrers),
        ];
        for (field, hosts) in hosts {
            hosts.iter().try_for_each(|host| check_host(field, host))?;
        }
        for (host, channel) in &self.referrers {
            check_host("referrers", host)?;
            check_channel("referrers", channel)?;
        }
        for (id, channel) in &self.click_ids {
            let good = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
            if !(1..=64).contains(&id.len()) || !id.bytes().all(good) {
                let rule = "must have names of 1 to 64 of a-z, A-Z, 0-9, _, - and .";
                return Err(Refusal::new("click_ids", rule));
            }
            check_channel("click_ids", channel)?;
        }
        Ok(())
    }

    /// Whether the host is the organisation's own.
    pub(super) fn owns(&self, host: &str) -> bool {
        and_parents(host).any(|it| self.own_hosts.contains(it))
    }

    /// What the rules say of a host: its channel, or none where it is excluded. None at all when they
    /// do not mention it.
    pub(super) fn stated_for(&self, host: &str) -> Option<Option<&str>> {
        and_parents(host).find_map(|it| match self.referrers.get(it) {
            Some(channel) => Some(Some(channel.as_str())),
            None => self.excluded_referrers.contains(it).then_some(None),
        })
    }
}

fn check_host(field: &str, host: &str) -> Result<(), Refusal> {
    let good = |it: char| it.is_alphanumeric() && !it.is_uppercase() || it == '-' || it == '_';
    let label = |label: &str| !label.is_empty() && label.chars().all(good);
    if host.len() > 253 || host.starts_with("www.") || !host.split('.').all(label) {
        let rule = "must have hosts in lower case, without scheme, port, path and www.";
        return Err(Refusal::new(field, rule));
    }
    Ok(())
}

fn check_channel(field: &str, channel: &str) -> Result<(), Refusal> {
    if channel_name(channel).as_deref() == Some(channel) {
        return Ok(());
    }
    let rule = "must have channels in lower case, of at most 64 characters";
    Err(Refusal::new(field, rule))
}
