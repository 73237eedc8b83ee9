//! Whether the domain lets the relay send (RFC 7208).

use super::{Checked, dns::txt};
use mail_auth::{MessageAuthenticator, SpfOutput, SpfResult};
use std::net::IpAddr;

const VERSION: &str = "v=spf1";
const WHAT: &str = "SPF";

pub(super) async fn check(
    authenticator: &MessageAuthenticator,
    domain: &str,
    relay: Option<IpAddr>,
    output: Option<&SpfOutput>,
) -> Checked {
    let records = match txt(authenticator, domain, VERSION).await {
        Ok(records) => records,
        Err(reason) => return Checked::new(WHAT, false, reason),
    };
    let record = match &records[..] {
        [] => {
            return Checked::new(WHAT, false, "there is no record")
                .publish(domain, proposal(None, relay));
        }
        [record] => record,
        // A receiver that finds two believes none.
        several => {
            let found = format!("there are {} records, not one", several.len());
            return Checked::new(WHAT, false, found)
                .publish(domain, proposal(several.first(), relay));
        }
    };
    match output.map(SpfOutput::result) {
        None if is_open(record) => Checked::new(WHAT, false, "everybody may send: +all")
            .publish(domain, proposal(None, relay)),
        None => Checked::new(
            WHAT,
            true,
            "a record; with a relay's address it is evaluated",
        ),
        Some(SpfResult::Pass) if is_open(record) => {
            Checked::new(WHAT, false, "everybody may send: +all")
                .publish(domain, proposal(None, relay))
        }
        Some(SpfResult::Pass) => Checked::new(WHAT, true, "the relay may send"),
        Some(result) => Checked::new(WHAT, false, format!("the relay gets {result}"))
            .publish(domain, proposal(Some(record), relay)),
    }
}

fn is_open(record: &str) -> bool {
    record
        .split_whitespace()
        .any(|term| term.eq_ignore_ascii_case("all") || term.eq_ignore_ascii_case("+all"))
}

/// What stands there, with the relay in front.
fn proposal(record: Option<&String>, relay: Option<IpAddr>) -> String {
    let relay = match relay {
        Some(IpAddr::V4(address)) => format!("ip4:{address}"),
        Some(IpAddr::V6(address)) => format!("ip6:{address}"),
        None => "ip4:ADDRESS-OF-THE-RELAY".to_owned(),
    };
    let rest = record
        .and_then(|record| record.get(VERSION.len()..))
        .map_or("~all", str::trim);
    format!("{VERSION} {relay} {rest}")
}
