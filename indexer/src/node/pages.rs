//! A listing, page by page.

use super::{Listed, Listing, Node, NodeError, Result};
use solana_signature::Signature;

/// Pages of a listing, newest first. Repeated or unordered entries are an error, because such a
/// listing might never end.
pub struct Pages<'a> {
    node: &'a dyn Node,
    listing: Listing,
    slot: u64,
}

impl<'a> Pages<'a> {
    /// The pages of `listing`.
    pub fn new(node: &'a dyn Node, listing: Listing) -> Self {
        Self {
            node,
            listing,
            slot: u64::MAX,
        }
    }

    /// The next page; none when there are no more.
    ///
    /// # Errors
    /// [`NodeError`]; [`NodeError::Malformed`] when the page does not follow the one before it.
    pub async fn next(&mut self) -> Result<Option<Vec<Listed>>> {
        let page = self.node.signatures(&self.listing).await?;
        let Some(last) = page.last() else {
            return Ok(None);
        };
        if !follows(self.slot, self.listing.before, &page) {
            return Err(NodeError::Malformed {
                method: "getSignaturesForAddress",
                missing: "the order of time",
            });
        }
        self.slot = last.slot;
        self.listing.before = Some(last.signature);
        Ok(Some(page))
    }
}

fn follows(slot: u64, before: Option<Signature>, page: &[Listed]) -> bool {
    let mut slot = slot;
    page.iter().all(|listed| {
        let older = listed.slot <= slot && Some(listed.signature) != before;
        slot = listed.slot;
        older
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(number: u8, slot: u64) -> Listed {
        Listed {
            signature: [number; 64].into(),
            slot,
            index: None,
            failed: false,
        }
    }

    #[test]
    fn a_page_that_goes_up_or_names_the_last_one_again_does_not_follow() {
        let before = Some(listed(1, 9).signature);
        assert!(follows(9, before, &[listed(2, 9), listed(3, 7)]));
        assert!(!follows(9, before, &[listed(2, 10)]));
        assert!(!follows(9, before, &[listed(2, 8), listed(3, 9)]));
        assert!(!follows(9, before, &[listed(1, 9)]));
    }
}
