//! The record of the key, and whether a signature is verified with it.

use super::{Checked, dns::txt};
use crate::signer::{Signer, record_name};
use mail_auth::{
    DkimOutput, DkimResult, MessageAuthenticator,
    common::{parse::TxtRecordParser, verify::DomainKey},
};

/// Bits that a key has to have for receivers to verify with it (RFC 8301).
const FEWEST_BITS: usize = 1024;
const WHAT: &str = "DKIM record";

pub(super) async fn record(
    authenticator: &MessageAuthenticator,
    domain: &str,
    selector: &str,
    signer: Option<&Signer>,
) -> Checked {
    let name = record_name(domain, selector);
    // A version is not demanded, so every record counts.
    let (passed, found) = match txt(authenticator, &name, "").await {
        Err(reason) => (false, reason),
        Ok(records) => judge(&records),
    };
    let checked = Checked::new(WHAT, passed, found);
    match signer {
        Some(signer) if !passed => {
            let (name, value) = signer.dns_record();
            checked.publish(name, value)
        }
        _ => checked,
    }
}

fn judge(records: &[String]) -> (bool, String) {
    let record = match records {
        [] => return (false, "there is none".to_owned()),
        [record] => record,
        several => return (false, format!("there are {}, not one", several.len())),
    };
    match DomainKey::parse(record.as_bytes()) {
        Err(error) => (false, error.to_string()),
        Ok(key) if key.p.public_key_bits() < FEWEST_BITS => (
            false,
            format!("the key has {} bits only", key.p.public_key_bits()),
        ),
        Ok(_) => (true, "a key".to_owned()),
    }
}

pub(super) fn signature(verified: &[DkimOutput<'_>], signer: &Signer) -> Checked {
    let what = "DKIM signature";
    match verified.first().map(DkimOutput::result) {
        Some(DkimResult::Pass) => Checked::new(what, true, "a probe is verified"),
        result => {
            let (name, value) = signer.dns_record();
            let why = result.map_or_else(|| "none".to_owned(), ToString::to_string);
            Checked::new(what, false, why).publish(name, value)
        }
    }
}
