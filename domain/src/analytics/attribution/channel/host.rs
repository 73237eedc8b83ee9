//! Hosts of addresses.

/// The host of an address, or of a host name alone, without `www.`; none when there is none.
pub(super) fn host(url: &str) -> Option<String> {
    let address = url
        .trim()
        .split_once("://")
        .map_or(url.trim(), |(_, rest)| rest);
    let authority = address.split(['/', '?', '#', '\\']).next()?;
    let host = authority
        .rsplit('@')
        .next()?
        .split(':')
        .next()?
        .trim_end_matches('.')
        .to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    (!host.is_empty()).then(|| host.to_owned())
}

/// The host itself, then each domain that it is in, without the top-level one.
pub(super) fn and_parents(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |it| {
        it.split_once('.').map(|(_, parent)| parent)
    })
    .filter(move |it| it.contains('.') || *it == host)
}

/// The domain that somebody registered, by the public suffix list: `google.co.uk` of
/// `mail.google.co.uk`. Whoever has it decides on all hosts in it and on no others.
pub(super) fn registrable(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

/// Whether two hosts lie under the same registered domain.
pub(super) fn is_same_site(one: &str, other: &str) -> bool {
    registrable(one) == registrable(other)
}
