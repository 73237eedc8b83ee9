//! Invitations: a referral code with a time, a number of uses and, if so wished, one guest.
//!
//! An invitation says who may come. It binds no referrer: the chain does, at the registration.

use crate::{
    code::{MAX_REFERRAL_CODE, MIN_REFERRAL_CODE, TypedCode},
    refusal::Refusal,
    time::{MICROS_PER_DAY, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most uses of an invitation.
pub const MAX_USES: u32 = 1_000_000;
/// Longest time that an invitation holds, days.
const MAX_VALID_DAYS: i64 = 366;

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// The referral code, in its canonical form.
    pub code: String,
    /// The person who invites.
    pub inviter: Uuid,
    /// Digest of the identifier of the only guest that it is for; anybody may use it when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<String>,
    /// The first moment at which it holds.
    pub from: Timestamp,
    /// The first moment at which it no longer does.
    pub until: Timestamp,
    /// How many persons may use it.
    pub most_uses: u32,
}

/// Who wants to use an invitation.
#[derive(Debug, Clone, Copy)]
pub struct Guest<'a> {
    /// The person.
    pub person: Uuid,
    /// Digests of the identifiers that are known to be theirs.
    pub identifiers: &'a BTreeSet<String>,
}

impl Invitation {
    /// Refuses an invitation that cannot be kept.
    ///
    /// # Errors
    /// The field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        let read = TypedCode::parse(&self.code, MIN_REFERRAL_CODE, MAX_REFERRAL_CODE);
        if read.is_none_or(|code| code.written() != self.code) {
            let rule = format!(
                "must be {MIN_REFERRAL_CODE} to {MAX_REFERRAL_CODE} capitals, digits, - or _"
            );
            return Err(Refusal::new("code", rule));
        }
        if let Some(guest) = &self.guest {
            Refusal::unless_name("guest", guest, 200)?;
        }
        let most = MAX_VALID_DAYS * MICROS_PER_DAY;
        if self.until <= self.from || self.until.0.saturating_sub(self.from.0) > most {
            let rule = format!("must be later than from, by at most {MAX_VALID_DAYS} days");
            return Err(Refusal::new("until", rule));
        }
        let uses = if self.guest.is_some() { 1 } else { MAX_USES };
        Refusal::unless_number("most_uses", self.most_uses, 1..=uses)
    }

    /// Whether a guest may use it at `now`, when these persons have. Who has used it may come again, as
    /// long as it holds: a request that is sent twice is one use.
    ///
    /// # Errors
    /// The rule that keeps them out.
    pub fn admit(
        &self,
        guest: Guest,
        used_by: &BTreeSet<Uuid>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let refuse = |code, rule: &str| Err(Refusal::coded(code, "invitation", rule));
        if now < self.from {
            return refuse("not_yet_valid", "must be used from its beginning on");
        }
        if self.until <= now {
            return refuse("invitation_ended", "must be used before it ends");
        }
        if guest.person == self.inviter {
            return refuse("own_invitation", "must be used by another person");
        }
        let meant = self.guest.as_ref();
        if meant.is_some_and(|meant| !guest.identifiers.contains(meant)) {
            return refuse("other_guest", "must be used by the guest that it is for");
        }
        let most = usize::try_from(self.most_uses).unwrap_or(usize::MAX);
        if used_by.len() >= most && !used_by.contains(&guest.person) {
            return refuse("used_up", "must not be used by more persons than it is for");
        }
        Ok(())
    }
}
