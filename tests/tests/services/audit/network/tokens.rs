//! What its token accounts hold.

use super::Network;
use solana_signature::Signature;
use tessera_cli::{audit::Vaults, chain::ChainError};
use tessera_client::types::Address;
use tessera_indexer::node::{TokenBalances, TokenChange, async_trait};

#[async_trait]
impl Vaults for Network {
    async fn balances(
        &self,
        vaults: &[Address],
        min_slot: u64,
    ) -> Result<TokenBalances, ChainError> {
        let mut chain = self.chain();
        chain.tick();
        let slot = chain.business.slot;
        assert!(min_slot <= slot);
        let held = |it: &Address| chain.business.balances.get(it).copied().unwrap_or(0);
        let balances = vaults.iter().map(|it| (*it, held(it))).collect();
        Ok(TokenBalances { slot, balances })
    }

    async fn change(
        &self,
        transaction: &Signature,
        vault: &Address,
    ) -> Result<Option<TokenChange>, ChainError> {
        let chain = self.chain();
        let mut held = chain.business.balances.get(vault).copied().unwrap_or(0);
        for happened in chain.happened.iter().rev() {
            let after = held;
            for it in &happened.transfers {
                if it.to == *vault {
                    held -= it.amount;
                } else if it.from == *vault {
                    held += it.amount;
                }
            }
            if happened.signature() == *transaction {
                return Ok(Some(TokenChange {
                    before: held,
                    after,
                }));
            }
        }
        Ok(None)
    }
}
