//! What the domain has receivers do with mail that is not its own (RFC 7489, RFC 9989).

use super::Checked;
use mail_auth::{DmarcOutput, DmarcResult};

const WHAT: &str = "DMARC";

/// `is_evaluated` where a signature or a relay was there to be judged.
pub(super) fn check(domain: &str, output: &DmarcOutput, is_evaluated: bool) -> Checked {
    let Some(record) = output.dmarc_record() else {
        let result = output.result();
        if result != DmarcResult::None {
            return Checked::new(WHAT, false, result.to_string());
        }
        return Checked::new(WHAT, false, "there is no record").publish(
            format!("_dmarc.{domain}"),
            format!("v=DMARC1; p=none; rua=mailto:dmarc@{domain}"),
        );
    };
    let policy = format!("p={}", record.p);
    match output.result() {
        DmarcResult::Pass => Checked::new(WHAT, true, format!("{policy}, and the mail passes")),
        _ if !is_evaluated => Checked::new(WHAT, true, policy),
        _ => Checked::new(
            WHAT,
            false,
            format!("{policy}, and neither DKIM nor SPF passes for this domain"),
        ),
    }
}
